import type { Clock, Observer } from '@surety/workflows';
import type { EdgeViews } from './edge-views.js';

/** Pause between two looks: half of what a late attester is allowed. */
const LAGS_LOOK_MS = 5_000;

/** Tells how far each attester is behind the others of its edge until the signal aborts; alarms are written by that. */
export async function tellLags(
  {
    edges,
    clock,
    observer,
  }: { readonly edges: Pick<EdgeViews, 'edges'>; readonly clock: Clock; readonly observer: Observer },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const { edge, attesters } of edges.edges())
      for (const { address, behindS = 0 } of attesters)
        observer.observe({
          name: 'attester-lag-read',
          level: 'debug',
          fields: { edge, attester: address, behind_s: behindS },
        });
    await clock.sleep(LAGS_LOOK_MS, signal);
  }
}
