import { ENTRY_BYTES, type Entry, unpackEntry } from '@surety/domain';

/** Parses a hint's entry if it becomes a payment: a release or a loss; undefined for any other. */
export function parsePayable(packed: Uint8Array): Entry | undefined {
  if (packed.length !== ENTRY_BYTES) return undefined;
  try {
    const entry = unpackEntry(packed);
    return entry.kind === 'RELEASE' || entry.kind === 'LOST' ? entry : undefined;
  } catch {
    // Malformed bytes are a hint's lie; it is postponed like any payment that fails.
    return undefined;
  }
}
