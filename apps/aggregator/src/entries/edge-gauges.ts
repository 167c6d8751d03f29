import { STAGES_RULE, exposeGauge } from '@surety/telemetry';
import { type Intake, stageCountsOf } from '@surety/workflows';

/** Adds the gauges of edges to the metrics of the process: alerts compare them, so each is what is known at the scrape. */
export function exposeEdgeGauges(
  registry: Parameters<typeof exposeGauge>[0],
  { intake }: { readonly intake: Pick<Intake, 'books'> },
): void {
  exposeGauge(registry, STAGES_RULE, () =>
    intake.books
      .flatMap(stageCountsOf)
      .map(({ edge, stage, count }) => ({ labels: { edge, stage }, value: Number(count) })),
  );
}
