import type { Address, Bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { EdgeBook } from './edge-book.js';
import type { AttestedGap } from './intake-store.js';
import type { KnownEdge } from './known-edge.js';

const HEAD = `0x${'11'.repeat(32)}` as Bytes32;
const KNOWN = {
  edgeId: HEAD,
  edge: { originChainId: 31, destinationChainId: 99 },
  direction: 'to-ledger',
  source: 1,
} as unknown as KnownEdge;

function bookOf(counts: { attested?: bigint; position?: bigint; gaps?: readonly AttestedGap[] } = {}): EdgeBook {
  return new EdgeBook(
    KNOWN,
    {
      rewinds: [],
      position: { count: counts.position ?? 0n, head: HEAD },
      vouchedCount: 0n,
      attestedCount: counts.attested ?? 0n,
      attestedGaps: counts.gaps ?? [],
      goals: [],
      candidates: [],
      attesters: [] as { address: Address; count: bigint; asOf: bigint }[],
    },
    0,
  );
}

function attest(book: EdgeBook, ...counts: bigint[]): void {
  for (const count of counts) book.noteAttested({ count, head: HEAD }, 1);
}

describe('the reachable count of a replica', () => {
  it('is the highest attested count while no step is longer than a cut', () => {
    const book = bookOf();
    attest(book, 64n, 70n, 128n, 192n);
    expect([book.reachableCount, book.attestedCount]).toEqual([192n, 192n]);
  });

  it('ends before a step that is too long, until a count within it is attested, in any order', () => {
    const book = bookOf();
    attest(book, 64n, 320n, 384n);
    expect([book.reachableCount, book.attestedCount]).toEqual([64n, 384n]);
    attest(book, 256n, 128n);
    expect(book.reachableCount).toBe(128n);
    attest(book, 192n);
    expect(book.reachableCount).toBe(384n);
  });

  it('continues from the applied count, and falls with it', () => {
    const book = bookOf();
    attest(book, 64n, 320n, 384n);
    book.noteApplied(300n);
    expect(book.reachableCount).toBe(384n);
    book.noteApplied(200n);
    expect(book.reachableCount).toBe(200n);
    book.noteApplied(400n);
    expect(book.reachableCount).toBe(400n);
  });

  it('is known after a start, even where entries reach further than statements', () => {
    const book = bookOf({ attested: 384n, position: 500n, gaps: [{ from: 64n, to: 320n }] });
    expect([book.reachableCount, book.attestedCount]).toEqual([64n, 500n]);
    book.noteApplied(256n);
    expect(book.reachableCount).toBe(384n);
    book.noteApplied(440n);
    expect(book.reachableCount).toBe(500n);
  });
});
