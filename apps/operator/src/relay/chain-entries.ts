import { type HaltStore, createHttpTransport, createOriginChain } from '@surety/chain';
import type { ProviderEndpoint } from '@surety/config';
import { ENTRY_BYTES, blockHeight, chainId } from '@surety/domain';
import type { Clock, EntryBytes } from '@surety/workflows';
import { operatorError } from '../errors.js';
import type { RelayedEdge } from './relayed-edges.js';

/**
 * Reads an edge's entries from its origin chain: final by the provider quorum, proven by storage, folded from logs, as a
 * watcher does. The journal is read once and kept.
 * @throws NO_PROVIDER; in use, what `OriginChain` throws.
 */
export function chainEntries(edge: RelayedEdge, endpoints: readonly ProviderEndpoint[], clock: Clock): EntryBytes {
  const { origin, journal } = edge;
  if (endpoints.length === 0) {
    const names = origin.providers.map((provider) => provider.urlEnv).join(', ');
    throw operatorError('NO_PROVIDER', `no provider of ${origin.name} has a URL; set ${names}`);
  }
  let held: Promise<Uint8Array> | undefined;
  const read = async (signal?: AbortSignal): Promise<Uint8Array> => {
    const chain = await openOrigin(edge, endpoints, clock);
    const block = await chain.readFinalTip(signal);
    const after = { count: 0n, head: journal.edgeId };
    const afterBlock = journal.fromBlock === 0n ? blockHeight(0n) : blockHeight(journal.fromBlock - 1n);
    const frame = await chain.readFrame({ journal, block, after, afterBlock }, signal);
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

function openOrigin(
  { origin }: RelayedEdge,
  endpoints: readonly ProviderEndpoint[],
  clock: Clock,
): ReturnType<typeof createOriginChain> {
  const { finality, limits, development } = origin;
  const depth = finality.rule === 'depth' ? BigInt(finality.depth) : 0n;
  return createOriginChain({
    chainId: chainId(origin.chainId),
    providers: endpoints.map(({ name, operator, url }) => ({
      name,
      operator,
      transport: createHttpTransport({ url: url.reveal() }),
    })),
    finality:
      finality.rule === 'finalized'
        ? { kind: 'finalized-tag' }
        : development
          ? { kind: 'development', depth }
          : { kind: 'depth', depth, reason: finality.reason },
    development,
    haltStore: nothingKept(),
    clock,
    observer: { observe: () => undefined },
    limits: {
      callTimeoutMs: limits.requestTimeoutMs,
      responseBytesMax: limits.responseBytesMax,
      callsPerFrameMax: limits.callsPerFrameMax,
      logSpanInitial: Math.min(2_000, limits.logRangeMax),
      logSpanMax: limits.logRangeMax,
    },
  });
}

/** One run remembers nothing of the run before: it signs nothing, and the destination judges what it posts. */
function nothingKept(): HaltStore {
  return { load: async () => ({ halt: null, finals: [] }), save: async () => undefined };
}
