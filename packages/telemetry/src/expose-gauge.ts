import { Gauge, type Registry } from 'prom-client';
import type { MetricLabel, MetricRule } from './metric-rules.js';

/** One series of a gauge. */
export interface GaugeReading {
  readonly labels: Readonly<Partial<Record<MetricLabel, string>>>;
  readonly value: number;
}

/** Adds a gauge that is read at each scrape, so that it has exactly the series of what is known then. */
export function exposeGauge(registry: Registry, rule: MetricRule, read: () => readonly GaugeReading[]): void {
  const gauge: Gauge = new Gauge({
    name: rule.metric,
    help: rule.help,
    labelNames: [...rule.labels],
    registers: [registry],
    collect: () => {
      gauge.reset();
      for (const { labels, value } of read()) gauge.set(labels, value);
    },
  });
}
