import { keccak256 } from '@surety/contracts';
import { ENTRY_BYTES, bytes32, foldJournal, hexToBytes } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { cutRun, marksBetween } from './cut-run.js';

const EDGE = bytes32(`0x${'33'.repeat(32)}`);
const AFTER = { count: 3n, head: bytes32(`0x${'11'.repeat(32)}`) };
const packedOf = (length: number): Uint8Array =>
  Uint8Array.from({ length: length * ENTRY_BYTES }, (_, at) => (at * 7) % 251);

describe('a run of a journal', () => {
  it.each([
    [0, []],
    [1, [3n]],
    [512, [3n]],
    [513, [3n, 4n]],
    [1_100, [3n, 79n, 591n]],
  ])('of %i entries is cut from its end', (length, starts) => {
    expect(cutRun(AFTER, packedOf(length), 512).map(({ after }) => after.count)).toEqual(starts);
  });

  it('is whole: each chunk leads to the next one, and the last to the end', () => {
    const packed = packedOf(200);
    let position = AFTER;
    for (const { after, entries } of cutRun(AFTER, packed, 64)) {
      expect(after).toEqual(position);
      expect(hexToBytes(entries).length).toBeLessThanOrEqual(64 * ENTRY_BYTES);
      position = foldJournal(position, hexToBytes(entries), keccak256);
    }
    expect(position).toEqual(foldJournal(AFTER, packed, keccak256));
  });

  it('is marked from the end downwards, each mark leading to a head that is kept by then', () => {
    const packed = packedOf(200);
    const tip = foldJournal(AFTER, packed, keccak256);
    const known = new Map([[tip.count, tip.head]]);
    const marks = marksBetween(EDGE, cutRun(AFTER, packed, 64));
    expect(marks.map(({ count }) => count)).toEqual([139n, 75n, 11n]);
    for (const { count, head, entries } of marks) {
      const reached = foldJournal({ count, head }, hexToBytes(entries), keccak256);
      expect(known.get(reached.count)).toBe(reached.head);
      known.set(count, head);
    }
    expect(marksBetween(EDGE, cutRun(AFTER, packedOf(64), 64))).toEqual([]);
  });
});
