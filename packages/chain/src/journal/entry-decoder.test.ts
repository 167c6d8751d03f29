import { collateralLedgerAbi, collateralVaultAbi, keccak256 } from '@surety/contracts';
import {
  type Bytes32,
  ENTRY_KINDS,
  type EntryKind,
  address,
  blockHash,
  blockHeight,
  bytes32,
  txHash,
  unpackEntry,
} from '@surety/domain';
import type { ChainLog } from '@surety/workflows';
import { type Hex, encodeAbiParameters, toEventHash } from 'viem';
import { describe, expect, it } from 'vitest';
import { EntryDecoder } from './entry-decoder.js';

const word = (value: bigint): Bytes32 => bytes32(`0x${value.toString(16).padStart(64, '0')}`);
const EDGE = bytes32(`0x${'ed'.repeat(32)}`);
const ACCOUNT = bytes32(`0x${'ac'.repeat(20)}${'00'.repeat(12)}`);
const RECIPIENT = bytes32(`0x${'00'.repeat(12)}${'be'.repeat(20)}`);
const locks = new EntryDecoder('to-ledger', keccak256);
const releases = new EntryDecoder('to-vault', keccak256);
const [LOCKED = EDGE, JOURNALED = EDGE] = locks.topics;
const [RELEASED = EDGE] = releases.topics;

const logOf = (topics: readonly Bytes32[], data: Hex): ChainLog => ({
  address: address(`0x${'11'.repeat(20)}`),
  topics,
  data,
  blockHeight: blockHeight(9n),
  blockHash: blockHash(`0x${'bb'.repeat(32)}`),
  txHash: txHash(`0x${'cc'.repeat(32)}`),
  logIndex: 0,
});
const uints = (count: number): { type: string }[] => Array.from({ length: count }, () => ({ type: 'uint256' }));
const wordsOf = (...values: readonly bigint[]): Hex => encodeAbiParameters(uints(values.length), values);

describe('the log of a lock', () => {
  it('has the topic that its declaration gives', () => {
    const declared = collateralVaultAbi.find((item) => item.type === 'event' && item.name === 'Locked');
    if (declared?.type !== 'event') throw new Error('the vault declares no Locked');
    expect(locks.topics[0]).toBe(toEventHash(declared));
  });

  it('yields its entry', () => {
    const { index, packed } = locks.decode(logOf([LOCKED, EDGE, word(4n), ACCOUNT], wordsOf(3n, 900n, 77n, 5n)));
    expect(index).toBe(4n);
    expect(unpackEntry(packed)).toEqual({
      kind: 'LOCK',
      asset: 3,
      amount: 900n,
      account: ACCOUNT,
      party: word(77n),
      fee: 5n,
    });
  });
});

describe('the log of a release', () => {
  it('has the topic that its declaration gives', () => {
    const declared = collateralLedgerAbi.find((item) => item.type === 'event' && item.name === 'Released');
    if (declared?.type !== 'event') throw new Error('the ledger declares no Released');
    expect(releases.topics[0]).toBe(toEventHash(declared));
  });

  it('yields its entry, with the vault’s own number of the asset', () => {
    const data = wordsOf(41n, 3n, 900n, BigInt(RECIPIENT), 5n);
    const { index, packed } = releases.decode(logOf([RELEASED, EDGE, word(4n), ACCOUNT], data));
    expect(index).toBe(4n);
    expect(unpackEntry(packed)).toEqual({
      kind: 'RELEASE',
      asset: 3,
      amount: 900n,
      account: ACCOUNT,
      party: RECIPIENT,
      fee: 5n,
    });
  });
});

describe('the log of an entry of another kind', () => {
  it('has one topic in both directions, beside the lock’s or release’s', () => {
    expect(JOURNALED).toBe(toEventHash('event Journaled(bytes32,uint64,uint8,uint16,uint128,bytes32,bytes32)'));
    expect(locks.topics).toEqual([LOCKED, JOURNALED]);
    expect(releases.topics).toEqual([RELEASED, JOURNALED]);
  });

  it.each([
    ['REFUND', locks],
    ['SHORTFALL', locks],
    ['APPOINT', locks],
    ['LOST', releases],
  ] as const satisfies readonly (readonly [EntryKind, EntryDecoder])[])(
    'gives a %s, without a fee',
    (kind, decoder) => {
      const data = wordsOf(BigInt(ENTRY_KINDS[kind]), 3n, 900n, 77n);
      const { index, packed } = decoder.decode(logOf([JOURNALED, EDGE, word(4n), ACCOUNT], data));
      expect(index).toBe(4n);
      expect(unpackEntry(packed)).toEqual({
        kind,
        asset: 3,
        amount: 900n,
        account: ACCOUNT,
        party: word(77n),
        fee: 0n,
      });
    },
  );

  it('yields an entry of an unknown kind too: the head decides whether it belongs to the journal', () => {
    const data = wordsOf(99n, 3n, 900n, 77n);
    const { packed } = locks.decode(logOf([JOURNALED, EDGE, word(4n), ACCOUNT], data));
    expect(packed[0]).toBe(99);
  });
});

describe.each([
  ['lock', locks, LOCKED, [2, 16, 32, 12]],
  ['release', releases, RELEASED, [2, 2, 16, 32, 12]],
  ['other entry', releases, JOURNALED, [1, 2, 16, 32]],
] as const)('a log is no %s', (_, decoder, topic, widths) => {
  const words = widths.length;
  const zeros = wordsOf(...Array.from({ length: words }, () => 0n));

  it('with the topic of another event, or none', () => {
    const other = topic === LOCKED ? RELEASED : LOCKED;
    expect(() => decoder.decode(logOf([other, EDGE, word(1n), ACCOUNT], zeros))).toThrow(/tells of no entry/);
    expect(() => decoder.decode(logOf([], zeros))).toThrow(/tells of no entry/);
  });

  it('with another number of topics or words', () => {
    expect(() => decoder.decode(logOf([topic, EDGE, word(1n)], zeros))).toThrow(/another layout/);
    expect(() => decoder.decode(logOf([topic, EDGE, word(1n), ACCOUNT], '0x'))).toThrow(/another layout/);
    const longer = `${zeros}${'00'.repeat(32)}` as const;
    expect(() => decoder.decode(logOf([topic, EDGE, word(1n), ACCOUNT], longer))).toThrow(/another layout/);
  });

  it('with a number wider than its type', () => {
    expect(() => decoder.decode(logOf([topic, EDGE, word(2n ** 64n), ACCOUNT], zeros))).toThrow(/wider than 8 bytes/);
    for (const [at, bytes] of widths.entries()) {
      const values = Array.from({ length: words }, (__, here) => (here === at ? 2n ** BigInt(8 * bytes) - 1n : 0n));
      expect(decoder.decode(logOf([topic, EDGE, word(1n), ACCOUNT], wordsOf(...values))).index).toBe(1n);
      if (bytes === 32) continue;
      const wide = values.map((value) => (value === 0n ? 0n : value + 1n));
      expect(() => decoder.decode(logOf([topic, EDGE, word(1n), ACCOUNT], wordsOf(...wide)))).toThrow(
        `wider than ${bytes} bytes`,
      );
    }
  });
});
