import type { Bytes32 } from '@surety/domain';
import type { IntakeStore } from '../intake/intake-store.js';
import type { EntriesWanted } from './journal-entry-source.js';
import { ENTRIES_PER_ANCHOR } from './limits.js';

/** Returns the newest stored position that ends a block, so that reading need not start at the journal's first block. */
export async function findAnchor(
  store: Pick<IntakeStore, 'loadEntries'>,
  edge: Bytes32,
  count: bigint,
): Promise<EntriesWanted['anchor']> {
  const from = count > ENTRIES_PER_ANCHOR ? count - ENTRIES_PER_ANCHOR : 0n;
  const held = await store.loadEntries({ edge, from, to: count, limit: Number(ENTRIES_PER_ANCHOR) });
  for (let at = held.length - 1; at > 0; at--) {
    const [entry, next] = [held[at - 1], held[at]];
    const block = entry?.location?.blockHeight;
    if (entry === undefined || block === undefined || next?.location === undefined) return undefined;
    if (block < next.location.blockHeight) return { position: { count: entry.index, head: entry.head }, block };
  }
  return undefined;
}
