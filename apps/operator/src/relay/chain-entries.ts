import type { ProviderEndpoint } from '@surety/config';
import { ENTRY_BYTES } from '@surety/domain';
import { type Clock, type EntryBytes, readWholeJournal } from '@surety/workflows';
import { openFinalChain } from './open-final-chain.js';
import { type RelayedEdge, wayOf } from './relayed-edges.js';

/**
 * Reads an edge's entries from its origin chain as a watcher does: final by the provider quorum, proven by storage,
 * folded from logs. The journal is read once and cached.
 * @throws NO_PROVIDER; while it is read, the errors of `OriginChain`.
 */
export function chainEntries(edge: RelayedEdge, endpoints: readonly ProviderEndpoint[], clock: Clock): EntryBytes {
  let held: Promise<Uint8Array> | undefined;
  const read = async (signal?: AbortSignal): Promise<Uint8Array> => {
    const chain = await openFinalChain(edge.origin, endpoints, clock);
    const frame = await readWholeJournal(chain, wayOf(edge, await chain.readFinalTip(signal)), signal);
    return frame.entries.packed;
  };
  return {
    async readEntries(_edge, from, to, signal) {
      held ??= read(signal);
      let packed = await held;
      if (BigInt(packed.length / ENTRY_BYTES) < to) {
        held = read(signal);
        packed = await held;
      }
      return packed.subarray(Number(from) * ENTRY_BYTES, Number(to) * ENTRY_BYTES);
    },
  };
}
