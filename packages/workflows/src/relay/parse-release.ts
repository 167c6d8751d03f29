import { ENTRY_BYTES, type Entry, unpackEntry } from '@surety/domain';

/** Reads a hint's entry of a release; undefined where it is none. */
export function parseRelease(packed: Uint8Array): Entry | undefined {
  if (packed.length !== ENTRY_BYTES) return undefined;
  try {
    const entry = unpackEntry(packed);
    return entry.kind === 'RELEASE' ? entry : undefined;
  } catch {
    // A hint that does not read as an entry is somebody's lie: it is put off like any payment that fails.
    return undefined;
  }
}
