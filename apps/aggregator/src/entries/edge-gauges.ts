import { LAGS_RULE, STAGES_RULE, exposeGauge } from '@surety/telemetry';
import { type Intake, stageCountsOf } from '@surety/workflows';
import type { EdgeViews } from './edge-views.js';

/** Adds the gauges of edges to the metrics of the process: alerts compare them, so each is what is known at the scrape. */
export function exposeEdgeGauges(
  registry: Parameters<typeof exposeGauge>[0],
  { intake, edges }: { readonly intake: Pick<Intake, 'books'>; readonly edges: Pick<EdgeViews, 'edges'> },
): void {
  exposeGauge(registry, STAGES_RULE, () =>
    intake.books
      .flatMap(stageCountsOf)
      .map(({ edge, stage, count }) => ({ labels: { edge, stage }, value: Number(count) })),
  );
  exposeGauge(registry, LAGS_RULE, () =>
    edges
      .edges()
      .flatMap(({ edge, attesters }) =>
        attesters.map(({ address, behindS = 0 }) => ({ labels: { edge, attester: address }, value: behindS })),
      ),
  );
}
