import { type HaltStore, type OriginChainReader, createOriginChain, lagBlocksOf } from '@surety/chain';
import type { Network, ProviderEndpoint } from '@surety/config';
import { chainId } from '@surety/domain';
import { createHttpTransport } from '@surety/rpc';
import type { Clock } from '@surety/workflows';
import { operatorError } from '../errors.js';

/**
 * Opens a chain as a watcher reads it: final by the provider quorum, proven by storage.
 * @throws NO_PROVIDER; while it is read, the errors of `OriginChain`.
 */
export async function openFinalChain(
  chain: Network['chains'][number],
  endpoints: readonly ProviderEndpoint[],
  clock: Clock,
): Promise<OriginChainReader> {
  const { finality, limits, development } = chain;
  if (endpoints.length === 0) {
    const names = chain.providers.map((provider) => provider.urlEnv).join(', ');
    throw operatorError('NO_PROVIDER', `no provider of ${chain.name} has a URL; set ${names}`);
  }
  const depth = finality.rule === 'depth' ? BigInt(finality.depth) : 0n;
  return createOriginChain({
    chainId: chainId(chain.chainId),
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
      lagBlocksMax: lagBlocksOf(finality),
    },
  });
}

/** One run remembers nothing of the run before. */
function nothingKept(): HaltStore {
  return { load: async () => ({ halt: null, finals: [] }), save: async () => undefined };
}
