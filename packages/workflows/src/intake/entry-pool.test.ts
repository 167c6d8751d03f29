import { address, bytes32 } from '@surety/domain';
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
