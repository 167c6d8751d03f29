import { openComparers } from '@surety/bridges';
import type { AggregatorConfig } from '@surety/config';
import { type Clock, DriftBoard, type KnownEdge, type Observer, watchDrift } from '@surety/workflows';
import type { ViewParts } from './compose-views.js';
import { witnessReader } from './compose-witnesses.js';

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
  const comparers = openComparers(network, (id) => (endpoints.get(id) ?? []).map(({ url }) => url.reveal()));
  const board = new DriftBoard(comparers);
  return {
    views: { drift: board, readEdges: witnessReader(config, { board, edges, clock: ports.clock }) },
    run: (signal) => comparers.map((comparer) => watchDrift({ ...ports, comparer, board, intervalMs }, signal)),
  };
}
