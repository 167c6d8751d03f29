import { openComparers } from '@surety/bridges';
import type { RelayerConfig } from '@surety/config';
import { createReader, openProviders, quorumTransport } from '@surety/rpc';
import { type Clock, type DriftBoard, type Observer, type SourceComparer, watchDrift } from '@surety/workflows';

/** Milliseconds for one read at one provider. */
const READ_TIMEOUT_MS = 20_000;

/** Opens a comparer for each source that this relayer serves; nothing is read yet. */
export function servedComparers({ network, chainIds, endpoints }: RelayerConfig, clock: Clock): SourceComparer[] {
  const chains = network.chains.map((chain) =>
    chainIds.includes(chain.chainId) ? chain : { ...chain, vault: undefined },
  );
  return openComparers({ ...network, chains }, (chainId) => {
    const place = { chainId, endpoints: endpoints.get(chainId) ?? [], timeoutMs: READ_TIMEOUT_MS, clock };
    return createReader(quorumTransport(openProviders(place)));
  });
}

/** Compares every served source at once and after each interval, until the signal aborts. */
export function compareLoops(
  { compareIntervalMs }: RelayerConfig,
  world: {
    readonly comparers: readonly SourceComparer[];
    readonly board: DriftBoard;
    readonly clock: Clock;
    readonly observer: Observer;
  },
  signal: AbortSignal,
): Promise<void>[] {
  const { comparers, ...ports } = world;
  return comparers.map((comparer) => watchDrift({ ...ports, comparer, intervalMs: compareIntervalMs }, signal));
}
