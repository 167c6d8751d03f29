import { ENTRY_BYTES, type JournalPosition, type Keccak256, foldHeads } from '@surety/domain';
import type { EntryLocation } from '../ports/origin-chain.js';
import type { EdgeBook } from './edge-book.js';
import type { EntryFact } from './intake-store.js';
import { entryFact } from './posted-batch.js';

/** Entries that no watcher posted: from the origin chain, or from the transaction that applied them. */
export interface AdoptedEntries {
  /** Index of the entry before the first of them. */
  readonly from: bigint;
  readonly packed: Uint8Array;
  /** Their locations on the origin chain, one each, if known. */
  readonly locations?: readonly EntryLocation[];
}

/** Returns the entries that lead from an edge's position to a signed or applied head. */
export function entriesToGoal(book: EdgeBook, entries: AdoptedEntries, keccak256: Keccak256): EntryFact[] {
  const { position, goals } = book;
  const { from, packed } = entries;
  const skip = Number(position.count - from);
  if (skip < 0 || skip * ENTRY_BYTES >= packed.length) return [];
  const rest = { from: position.count, packed: packed.subarray(skip * ENTRY_BYTES) };
  const facts = entriesAfter(position, locatedFrom(entries, skip, rest), { book, keccak256 });
  let length = facts.length;
  while (length > 0 && goals.get(position.count + BigInt(length)) !== facts[length - 1]?.head) length--;
  return facts.slice(0, length);
}

/** Returns entries that follow a position, with the head after each. */
export function entriesAfter(
  position: JournalPosition,
  { packed, locations = [] }: AdoptedEntries,
  { book, keccak256 }: { readonly book: Pick<EdgeBook, 'known'>; readonly keccak256: Keccak256 },
): EntryFact[] {
  return foldHeads(position, packed, keccak256).map((head, at) => {
    const bytes = packed.slice(at * ENTRY_BYTES, (at + 1) * ENTRY_BYTES);
    const index = position.count + BigInt(at + 1);
    return entryFact({ edge: book.known.edgeId, index, packed: bytes, head, location: locations[at] });
  });
}

function locatedFrom({ locations }: AdoptedEntries, skip: number, rest: AdoptedEntries): AdoptedEntries {
  return locations === undefined ? rest : { ...rest, locations: locations.slice(skip) };
}
