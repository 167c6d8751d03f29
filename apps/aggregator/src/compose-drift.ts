import { openComparers } from '@surety/bridges';
import type { AggregatorConfig } from '@surety/config';
import { openProviders, quorumTransport } from '@surety/rpc';
import { type Clock, DriftBoard, type KnownEdge, type Observer, watchDrift } from '@surety/workflows';
import { createPublicClient } from 'viem';
import type { ViewParts } from './compose-views.js';
import { witnessReader } from './compose-witnesses.js';

/** Milliseconds for one read at one provider. */
const READ_TIMEOUT_MS = 20_000;

/** How witnesses stand to the configuration, and the loops that find out. */
export interface DriftWatch {
  readonly views: Pick<ViewParts, 'drift' | 'readEdges'>;
  /** Compares every source at once and after each interval, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>[];
}

/** Opens the comparison of every source; nothing is read yet. */
export function openDriftWatch(
  config: AggregatorConfig,
  { edges, ...ports }: { readonly clock: Clock; readonly observer: Observer; readonly edges: readonly KnownEdge[] },
): DriftWatch {
  const { network, endpoints, compareIntervalMs: intervalMs } = config;
  const comparers = openComparers(network, (chainId) => {
    const place = { chainId, endpoints: endpoints.get(chainId) ?? [], timeoutMs: READ_TIMEOUT_MS, clock: ports.clock };
    return createPublicClient({ transport: quorumTransport(openProviders(place)) });
  });
  const board = new DriftBoard(comparers);
  return {
    views: { drift: board, readEdges: witnessReader(config, { board, edges, clock: ports.clock }) },
    run: (signal) => comparers.map((comparer) => watchDrift({ ...ports, comparer, board, intervalMs }, signal)),
  };
}
