import { keccak256 } from '@surety/contracts';
import { ENTRY_BYTES, bytes32, foldJournal } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { planCarries } from './carry-pending.js';
import type { PendingEntries } from './read-pending.js';

const HEAD = bytes32(`0x${'11'.repeat(32)}`);

function pendingOf(from: bigint, length: number): PendingEntries {
  const after = { count: from, head: HEAD };
  const packed = Uint8Array.from({ length: length * ENTRY_BYTES }, (_, at) => (at % 251) + length);
  return { after, tip: foldJournal(after, packed, keccak256), packed };
}

const endsOf = (from: bigint, length: number): bigint[] =>
  planCarries(pendingOf(from, length)).map(({ from: start, packed }) => start + BigInt(packed.length / ENTRY_BYTES));

describe('the batches of pending entries', () => {
  it('are none where nothing waits', () => {
    expect([endsOf(0n, 0), endsOf(64n, 0), endsOf(67n, 0)]).toEqual([[], [], []]);
  });

  it('end at cuts of the journal and at its tip', () => {
    expect(endsOf(3n, 140)).toEqual([64n, 128n, 143n]);
    expect(endsOf(0n, 128)).toEqual([64n, 128n]);
    expect(endsOf(63n, 1)).toEqual([64n]);
  });

  it('follow each other, and lead to the head at each end', () => {
    const pending = pendingOf(3n, 140);
    let position = pending.after;
    for (const { from, packed, head } of planCarries(pending)) {
      expect(from).toBe(position.count);
      position = foldJournal(position, packed, keccak256);
      expect(position.head).toBe(head);
    }
    expect(position).toEqual(pending.tip);
  });
});
