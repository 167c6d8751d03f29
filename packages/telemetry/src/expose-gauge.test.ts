import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { STAGES_RULE } from './aggregator-rules.js';
import { type GaugeReading, exposeGauge } from './expose-gauge.js';

it('gives at each scrape the series of that moment, lower ones too, and none that is over', async () => {
  const registry = new Registry();
  const edge = `0x${'ab'.repeat(32)}`;
  let readings: readonly GaugeReading[] = [
    { labels: { edge, stage: 'final' }, value: 7 },
    { labels: { edge, stage: 'attested' }, value: 0 },
  ];
  exposeGauge(registry, STAGES_RULE, () => readings);
  const told = async (): Promise<string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith('surety_'));
  expect(await told()).toEqual([
    `surety_stage_count_entries{edge="${edge}",stage="final"} 7`,
    `surety_stage_count_entries{edge="${edge}",stage="attested"} 0`,
  ]);
  readings = [{ labels: { edge, stage: 'final' }, value: 5 }];
  expect(await told()).toEqual([`surety_stage_count_entries{edge="${edge}",stage="final"} 5`]);
});
