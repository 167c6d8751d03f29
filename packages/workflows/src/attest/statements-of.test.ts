import {
  type JournalPosition,
  ZERO_WORD,
  address,
  blockHash,
  blockHeight,
  bytes32,
  chainId,
  edgeId,
  foldHeads,
  packEntries,
  tokenUnits,
} from '@surety/domain';
import { createKeccak } from 'hash-wasm';
import { describe, expect, it } from 'vitest';
import type { VerifiedFrame } from '../ports/origin-chain.js';
import { epochAt } from './epoch-at.js';
import { type StatementsRequest, statementsOf } from './statements-of.js';
import { isVerifiedStatement } from './verified-statement.js';

const hasher = await createKeccak(256);
const keccak256 = (bytes: Uint8Array): Uint8Array => hasher.init().update(bytes).digest('binary');
const edge = {
  originChainId: 31_337n,
  journal: address(`0x${'11'.repeat(20)}`),
  destinationChainId: 31_339n,
  replica: address(`0x${'22'.repeat(20)}`),
};
const name = edgeId(edge, keccak256);
const packed = packEntries(
  Array.from({ length: 200 }, (_, at) => ({
    kind: 'LOCK' as const,
    asset: 1,
    amount: tokenUnits(BigInt(at) + 1n),
    account: bytes32(`0x${'66'.repeat(32)}`),
    party: ZERO_WORD,
    fee: tokenUnits(0n),
  })),
);
const heads = foldHeads({ count: 0n, head: name }, packed, keccak256);
const positionAt = (count: number): JournalPosition => ({
  count: BigInt(count),
  head: count === 0 ? name : (heads[count - 1] ?? ZERO_WORD),
});

function frameOf(after: number, count: number, changes: Partial<VerifiedFrame> = {}): VerifiedFrame {
  const block = {
    chainId: chainId(31_337),
    height: blockHeight(16),
    hash: blockHash(`0x${'bb'.repeat(32)}`),
    parentHash: blockHash(ZERO_WORD),
    stateRoot: ZERO_WORD,
    timestamp: 1_700_000_000n,
  };
  return {
    journal: {
      edge,
      edgeId: name,
      direction: 'to-ledger',
      contract: edge.journal,
      codeHash: ZERO_WORD,
      fromBlock: blockHeight(1),
    },
    block: block as unknown as VerifiedFrame['block'],
    position: positionAt(count),
    after: positionAt(after),
    entries: { packed: packed.subarray(95 * after, 95 * count), locations: [] },
    ...changes,
  };
}

const stated = (request: Partial<StatementsRequest> & { frame: VerifiedFrame; previous: JournalPosition }): bigint[] =>
  statementsOf({
    name,
    heartbeat: false,
    restated: [],
    epochs: [{ epoch: 1, activeFrom: 0n }],
    keccak256,
    ...request,
  }).statements.map(({ statement }) => statement.count);
const refused = expect.objectContaining({ code: 'FRAME_BROKEN' });

describe('statementsOf refuses', () => {
  it('entries that do not reach the proven count', () => {
    const frame = frameOf(0, 10, { entries: { packed: packed.subarray(0, 95 * 9), locations: [] } });
    expect(() => stated({ frame, previous: positionAt(0) })).toThrowError(refused);
  });

  it('entries that fold to a different head than the proven one', () => {
    const frame = frameOf(0, 10, { position: { count: 10n, head: bytes32(`0x${'99'.repeat(32)}`) } });
    expect(() => stated({ frame, previous: positionAt(0) })).toThrowError(refused);
  });

  it('a frame that does not pass through the position verified before', () => {
    const previous = { count: 5n, head: bytes32(`0x${'99'.repeat(32)}`) };
    expect(() => stated({ frame: frameOf(0, 10), previous })).toThrowError(refused);
  });

  it('a position verified before that lies outside the frame', () => {
    expect(() => stated({ frame: frameOf(4, 10), previous: positionAt(3) })).toThrowError(refused);
    expect(() => stated({ frame: frameOf(4, 10), previous: positionAt(11) })).toThrowError(refused);
  });

  it('to restate a cut that the journal had not reached before', () => {
    const request = { frame: frameOf(0, 130), previous: positionAt(70), heartbeat: true, restated: [positionAt(128)] };
    expect(() => stated(request)).toThrowError(refused);
  });

  it('to name an epoch if the destination has none', () => {
    expect(() =>
      stated({ frame: frameOf(0, 1), previous: positionAt(0), epochs: [] }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[AppError: no attester set covers block time 1700000000; expected one active by then, but the destination names none]`,
    );
  });
});

describe('statementsOf', () => {
  it('states nothing before the first epoch of the destination, and passes its cuts to the next frame', () => {
    const request = { name, frame: frameOf(0, 70), previous: positionAt(0), heartbeat: true, restated: [], keccak256 };
    const early = statementsOf({ ...request, epochs: [{ epoch: 1, activeFrom: 1_700_000_001n }] });
    expect(early).toEqual({ statements: [], cuts: [positionAt(64)] });
    expect(statementsOf({ ...request, epochs: [{ epoch: 1, activeFrom: 1_700_000_000n }] }).statements).toHaveLength(2);
  });

  it('states nothing at a frame without growth or heartbeat', () => {
    expect(stated({ frame: frameOf(10, 10), previous: positionAt(10) })).toEqual([]);
  });

  it('states an unchanged head at a heartbeat', () => {
    expect(stated({ frame: frameOf(10, 10), previous: positionAt(10), heartbeat: true })).toEqual([10n]);
  });

  it('states each cut passed since the previous frame, then its own head', () => {
    expect(stated({ frame: frameOf(0, 200), previous: positionAt(0) })).toEqual([64n, 128n, 192n, 200n]);
    expect(stated({ frame: frameOf(0, 200), previous: positionAt(128) })).toEqual([192n, 200n]);
    expect(stated({ frame: frameOf(60, 64), previous: positionAt(63) })).toEqual([64n]);
  });

  it('puts restated cuts first, each count once', () => {
    const restated = [positionAt(64), positionAt(128)];
    expect(stated({ frame: frameOf(128, 128), previous: positionAt(128), heartbeat: true, restated })).toEqual([
      64n,
      128n,
    ]);
    expect(stated({ frame: frameOf(128, 130), previous: positionAt(128), heartbeat: true, restated })).toEqual([
      64n,
      128n,
      130n,
    ]);
  });

  it('returns the passed cuts even if nothing is signed', () => {
    const { cuts } = statementsOf({
      name,
      frame: frameOf(0, 130),
      previous: positionAt(0),
      heartbeat: false,
      restated: [],
      epochs: [{ epoch: 1, activeFrom: 0n }],
      keccak256,
    });
    expect(cuts).toEqual([positionAt(64), positionAt(128)]);
  });

  it('creates immutable values, the only ones that count as verified, under the given name', () => {
    const next = bytes32(`0x${'e2'.repeat(32)}`);
    const request = { name: next, heartbeat: false, restated: [], epochs: [{ epoch: 3, activeFrom: 0n }], keccak256 };
    const [made] = statementsOf({ ...request, frame: frameOf(0, 1), previous: positionAt(0) }).statements;
    if (made === undefined) throw new Error('nothing was made');
    expect(isVerifiedStatement(made)).toBe(true);
    expect(isVerifiedStatement({ ...made })).toBe(false);
    expect(Object.isFrozen(made) && Object.isFrozen(made.statement)).toBe(true);
    expect(made.statement).toEqual({
      edge: next,
      count: 1n,
      tip: 1n,
      head: heads[0],
      blockNumber: 16n,
      blockHash: `0x${'bb'.repeat(32)}`,
      asOf: 1_700_000_000n,
      epoch: 3,
    });
  });
});

describe('epochAt', () => {
  const epochs = [
    { epoch: 1, activeFrom: 100n },
    { epoch: 2, activeFrom: 200n },
  ];

  it('refuses a time before every epoch, and any time without epochs', () => {
    expect(() => epochAt(epochs, 99n)).toThrowError(expect.objectContaining({ code: 'NO_EPOCH', retryable: true }));
    expect(() => epochAt([], 99n)).toThrowError(expect.objectContaining({ code: 'NO_EPOCH' }));
  });

  it('begins an epoch at its first second and ends it one second before the next', () => {
    expect([100n, 199n, 200n, 9_999n].map((asOf) => epochAt(epochs, asOf))).toEqual([1, 1, 2, 2]);
  });
});
