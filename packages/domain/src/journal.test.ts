import fc from 'fast-check';
import { createKeccak } from 'hash-wasm';
import { describe, expect, it } from 'vitest';
import {
  CUT_LENGTH,
  ENTRY_BYTES,
  type Edge,
  ZERO_WORD,
  address,
  appendHead,
  bytes32,
  chainId,
  cutsBetween,
  edgeBetween,
  edgeId,
  edgeName,
  emptyJournal,
  foldHeads,
  foldJournal,
} from './index.js';

const hasher = await createKeccak(256);
const keccak256 = (bytes: Uint8Array): Uint8Array => hasher.init().update(bytes).digest('binary');

const edge: Edge = {
  originChainId: chainId(1),
  journal: address(`0x${'11'.repeat(20)}`),
  destinationChainId: chainId(2),
  replica: address(`0x${'22'.repeat(20)}`),
};
const packedEntries = fc
  .integer({ min: 0, max: 12 })
  .chain((count) => fc.uint8Array({ minLength: count * ENTRY_BYTES, maxLength: count * ENTRY_BYTES }));

describe('the two edges of a vault', () => {
  it('lead from the vault to the ledger and back, under two names', () => {
    const ends = {
      settlementChainId: edge.destinationChainId,
      ledger: edge.replica,
      vaultChainId: edge.originChainId,
      vault: edge.journal,
    };
    expect(edgeBetween(ends, 'to-ledger')).toEqual(edge);
    expect(edgeBetween(ends, 'to-vault')).toEqual({
      ...edge,
      originChainId: edge.destinationChainId,
      journal: edge.replica,
      destinationChainId: edge.originChainId,
      replica: edge.journal,
    });
  });
});

describe('the journal fold', () => {
  it('refuses bytes that are not whole entries', () => {
    expect(() =>
      foldHeads(emptyJournal(edge, keccak256), new Uint8Array(94), keccak256),
    ).toThrowErrorMatchingInlineSnapshot(`[AppError: packed entries have 94 bytes; expected a multiple of 95]`);
  });

  it('gives another edge name for every other field', () => {
    const names = [
      edge,
      { ...edge, originChainId: chainId(3) },
      { ...edge, journal: edge.replica },
      { ...edge, destinationChainId: chainId(3) },
      { ...edge, replica: edge.journal },
    ].map((one) => edgeId(one, keccak256));
    expect(new Set(names).size).toBe(names.length);
  });

  it('gives a new name for every rewind, which commits to how many there were and to the head of the last (I2)', () => {
    const [one, two] = [bytes32(`0x${'01'.repeat(32)}`), bytes32(`0x${'02'.repeat(32)}`)];
    const nameOf = (generation: number, previousHead: typeof one): string =>
      edgeName(edge, { generation, previousHead }, keccak256);
    expect(nameOf(0, ZERO_WORD)).toBe(edgeId(edge, keccak256));
    const names = [nameOf(0, ZERO_WORD), nameOf(1, one), nameOf(1, two), nameOf(2, one), nameOf(2, two)];
    expect(new Set(names).size).toBe(names.length);
  });

  it('stays where it is when nothing is appended', () => {
    const start = emptyJournal(edge, keccak256);
    expect(foldJournal(start, new Uint8Array(0), keccak256)).toEqual(start);
    expect(start).toEqual({ count: 0n, head: edgeId(edge, keccak256) });
  });

  it('gives the same position however the entries are split (I2)', () => {
    fc.assert(
      fc.property(packedEntries, fc.nat(12), (packed, cut) => {
        const start = emptyJournal(edge, keccak256);
        const at = Math.min(cut * ENTRY_BYTES, packed.length);
        const stepwise = foldJournal(
          foldJournal(start, packed.subarray(0, at), keccak256),
          packed.subarray(at),
          keccak256,
        );
        expect(stepwise).toEqual(foldJournal(start, packed, keccak256));
      }),
    );
  });

  it('moves its head with every changed bit (I2)', () => {
    fc.assert(
      fc.property(packedEntries, fc.nat(), fc.nat(7), (packed, byte, bit) => {
        fc.pre(packed.length > 0);
        const start = emptyJournal(edge, keccak256);
        const changed = Uint8Array.from(packed);
        const at = byte % packed.length;
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        expect(foldJournal(start, changed, keccak256).head).not.toBe(foldJournal(start, packed, keccak256).head);
      }),
    );
  });

  it('chains each head from the one before', () => {
    const start = emptyJournal(edge, keccak256);
    const packed = new Uint8Array(2 * ENTRY_BYTES).fill(7);
    const first = appendHead(start.head, packed.subarray(0, ENTRY_BYTES), keccak256);
    expect(foldHeads(start, packed, keccak256)).toEqual([
      first,
      appendHead(first, packed.subarray(ENTRY_BYTES), keccak256),
    ]);
  });
});

describe('cuts', () => {
  it('lie at multiples of 64 above the lower and up to the upper bound', () => {
    expect(cutsBetween(0n, 63n)).toEqual([]);
    expect(cutsBetween(0n, 64n)).toEqual([64n]);
    expect(cutsBetween(64n, 64n)).toEqual([]);
    expect(cutsBetween(63n, 200n)).toEqual([64n, 128n, 192n]);
  });

  it('leave at most 64 entries between two attested counts (I14)', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10_000n), fc.bigInt(0n, 2_000n), (after, grown) => {
        const tip = after + grown;
        const stops = [after, ...cutsBetween(after, tip), tip];
        stops.slice(1).forEach((stop, at) => expect(stop - (stops[at] ?? 0n) <= CUT_LENGTH).toBe(true));
      }),
    );
  });
});
