import { ENTRY_BYTES, type Entry } from '@surety/domain';
import type { EntryLookup } from './collateral-changes.js';
import { readKnownEntry } from './entry-bytes.js';
import { foldError } from './fold-errors.js';
import type { AppliedFact } from './ledger-fact.js';

/** One entry of a replayed batch. */
export interface BatchEntry {
  readonly index: bigint;
  /** Undefined if its kind is none that is known. */
  readonly entry: Entry | undefined;
  readonly packed: Uint8Array;
}

/** Gives the entries of a replayed batch with their numbers. @throws ENTRIES_MISSING. */
export function* entriesOf(fact: AppliedFact, entries: EntryLookup): Generator<BatchEntry> {
  const packed = entries(fact.edge, fact.from, fact.to);
  if (packed.length !== Number(fact.to - fact.from) * ENTRY_BYTES) {
    throw foldError(
      'ENTRIES_MISSING',
      `entries ${fact.from + 1n} to ${fact.to} of ${fact.edge} are not held; hand them in, or read them from the origin chain`,
    );
  }
  for (let at = 0; at < packed.length; at += ENTRY_BYTES) {
    const one = packed.subarray(at, at + ENTRY_BYTES);
    yield { index: fact.from + BigInt(at / ENTRY_BYTES) + 1n, entry: readKnownEntry(one), packed: one };
  }
}
