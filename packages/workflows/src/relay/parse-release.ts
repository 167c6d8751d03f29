import { ENTRY_BYTES, type Entry, unpackEntry } from '@surety/domain';

/** Reads a hint's entry that becomes a payment, a release or a loss; undefined where it is neither. */
export function parsePayable(packed: Uint8Array): Entry | undefined {
  if (packed.length !== ENTRY_BYTES) return undefined;
  try {
    const entry = unpackEntry(packed);
    return entry.kind === 'RELEASE' || entry.kind === 'LOST' ? entry : undefined;
  } catch {
    // A hint that does not read as an entry is somebody's lie: it is put off like any payment that fails.
    return undefined;
  }
}
