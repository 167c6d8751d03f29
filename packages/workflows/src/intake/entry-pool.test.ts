import { address, bytes32, foldHeads } from '@surety/domain';
import { describe, expect, test } from 'vitest';
import { EntryPool } from './entry-pool.js';
import type { CandidateFact } from './intake-store.js';

const EDGE = bytes32(`0x${'e1'.repeat(32)}`);
const POSTER = address(`0x${'a1'.repeat(20)}`);
const OTHER = address(`0x${'b2'.repeat(20)}`);

function candidate(index: bigint, stage: 'seen' | 'final', poster = POSTER): CandidateFact {
  return { edge: EDGE, poster, index, packed: new Uint8Array(95), stage };
}

describe('an entry of another poster', () => {
  test('differs if it is only seen, or has other bytes', () => {
    const pool = new EntryPool([candidate(1n, 'seen', OTHER), candidate(2n, 'final', OTHER)]);
    expect(pool.isHeldElsewhere(candidate(1n, 'final'))).toBe(false);
    expect(pool.isHeldElsewhere({ ...candidate(2n, 'final'), packed: new Uint8Array(95).fill(1) })).toBe(false);
    expect(pool.isHeldElsewhere(candidate(2n, 'final', OTHER))).toBe(false);
  });

  test('needs no second copy', () => {
    expect(new EntryPool([candidate(2n, 'final', OTHER)]).isHeldElsewhere(candidate(2n, 'final'))).toBe(true);
  });
});

describe('a run to a signed head', () => {
  const position = { count: 4n, head: EDGE };
  const indexes = Array.from({ length: 100 }, (_, at) => BigInt(at + 5));
  const made = () => new EntryPool(indexes.map((index) => candidate(index, 'final')));
  let folds = 0;
  const keccak256 = (bytes: Uint8Array) => {
    folds++;
    return bytes.slice(-32);
  };
  const find = (pool: EntryPool, ...counts: bigint[]) => {
    const heads = foldHeads(position, new Uint8Array(95 * 100), keccak256);
    folds = 0;
    const goals = new Map(counts.map((count) => [count, heads[Number(count) - 5] ?? EDGE]));
    return { found: pool.findRun(position, goals, keccak256)?.heads.length, folds };
  };

  test('folds nothing if no head lies above the position', () => {
    expect(find(made())).toEqual({ found: undefined, folds: 0 });
    expect(find(made(), 4n, 3n)).toEqual({ found: undefined, folds: 0 });
  });

  test('folds nothing while entries up to the lowest head are missing', () => {
    expect(find(made(), 105n, 200n)).toEqual({ found: undefined, folds: 0 });
  });

  test('folds nothing past the highest head', () => {
    const { found, folds: once } = find(made(), 5n);
    expect(found).toBe(1);
    expect(find(made(), 7n, 6n)).toEqual({ found: 3, folds: 3 * once });
  });
});

describe('the entries held without a gap', () => {
  test('are counted anew from where something changed', () => {
    const pool = new EntryPool([1n, 2n, 3n, 4n].map((index) => candidate(index, 'final')));
    const counts = () => [pool.contiguousCount(0n, 'final'), pool.contiguousCount(0n, 'seen')];
    expect(counts()).toEqual([4n, 4n]);
    pool.put([candidate(2n, 'seen', OTHER), candidate(5n, 'seen', OTHER)]);
    expect(counts()).toEqual([4n, 5n]);
    pool.dropFrom(POSTER, 2n);
    expect(counts()).toEqual([1n, 2n]);
    pool.put([candidate(1n, 'seen')]);
    expect(counts()).toEqual([0n, 2n]);
    pool.put([candidate(3n, 'final'), candidate(4n, 'final')]);
    expect([...counts(), pool.contiguousCount(2n, 'final')]).toEqual([0n, 5n, 4n]);
    pool.dropUpTo(3n);
    expect([...counts(), pool.contiguousCount(3n, 'final')]).toEqual([0n, 0n, 4n]);
    pool.clear();
    expect([...counts(), pool.contiguousCount(3n, 'final')]).toEqual([0n, 0n, 3n]);
  });
});

describe('the lowest entry that a poster may withdraw', () => {
  test('is undefined if the poster holds nothing above the count', () => {
    const pool = new EntryPool([candidate(1n, 'seen'), candidate(5n, 'seen', OTHER)]);
    expect(pool.lowestSeenPast(POSTER, 1n)).toBeUndefined();
  });

  test('is above everything that the poster verified as final', () => {
    const pool = new EntryPool([candidate(1n, 'seen'), candidate(2n, 'final'), candidate(3n, 'seen')]);
    expect(pool.lowestSeenPast(POSTER, 0n)).toBe(3n);
  });

  test('is the first above the count, whatever the order of arrival', () => {
    const pool = new EntryPool([candidate(4n, 'seen'), candidate(3n, 'seen'), candidate(2n, 'seen')]);
    expect(pool.lowestSeenPast(POSTER, 2n)).toBe(3n);
  });
});
