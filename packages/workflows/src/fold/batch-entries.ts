import { ENTRY_BYTES, type Entry, sequenceNumber } from '@surety/domain';
import type { EntryLookup } from './collateral-changes.js';
import { readKnownEntry } from './entry-bytes.js';
import { foldError } from './fold-errors.js';
import type { AppliedFact } from './ledger-fact.js';

/** Gives the entries of a replayed batch with their sequence numbers; one of an unknown kind is undefined. @throws ENTRIES_MISSING. */
export function* entriesOf(
  fact: AppliedFact,
  entries: EntryLookup,
  generation: number,
): Generator<{ readonly index: bigint; readonly entry: Entry | undefined }> {
  const packed = entries(fact.edge, fact.from, fact.to);
  if (packed.length !== Number(fact.to - fact.from) * ENTRY_BYTES) {
    throw foldError(
      'ENTRIES_MISSING',
      `entries ${fact.from + 1n} to ${fact.to} of ${fact.edge} are not held; hand them in, or read them from the origin chain`,
    );
  }
  for (let at = 0; at < packed.length; at += ENTRY_BYTES) {
    const n = fact.from + BigInt(at / ENTRY_BYTES) + 1n;
    yield { index: sequenceNumber(generation, n), entry: readKnownEntry(packed.subarray(at, at + ENTRY_BYTES)) };
  }
}
