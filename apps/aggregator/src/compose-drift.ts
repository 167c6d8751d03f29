import { openComparers } from '@surety/bridges';
import type { AggregatorConfig } from '@surety/config';
import { type Clock, DriftBoard, type Observer, watchDrift } from '@surety/workflows';

/** How witnesses stand to the configuration, and the loops that find out. */
export interface DriftWatch {
  readonly board: DriftBoard;
  /** Compares every source at once and after each interval, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>[];
}

/** Opens the comparison of every source; nothing is read yet. */
export function openDriftWatch(
  { network, endpoints, compareIntervalMs: intervalMs }: AggregatorConfig,
  ports: { readonly clock: Clock; readonly observer: Observer },
): DriftWatch {
  const comparers = openComparers(network, (id) => (endpoints.get(id) ?? []).map(({ url }) => url.reveal()));
  const board = new DriftBoard(comparers);
  return {
    board,
    run: (signal) => comparers.map((comparer) => watchDrift({ ...ports, comparer, board, intervalMs }, signal)),
  };
}
