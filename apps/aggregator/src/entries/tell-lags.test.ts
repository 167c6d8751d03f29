import { AGGREGATOR_RULES, createMetrics } from '@surety/telemetry';
import { expect, it } from 'vitest';
import { tellLags } from './tell-lags.js';

it('gives the lag of each attester of each edge as a gauge', async () => {
  const stop = new AbortController();
  const metrics = createMetrics({ rules: AGGREGATOR_RULES, defaults: false });
  const edge = `0x${'ab'.repeat(32)}`;
  const attesters = [
    { address: `0x${'11'.repeat(20)}`, behindS: 0 },
    { address: `0x${'22'.repeat(20)}`, behindS: 45 },
  ];
  const edges = { edges: () => [{ edge, attesters }] } as unknown as Parameters<typeof tellLags>[0]['edges'];
  const clock = { nowMs: () => 0, elapsedMs: () => 0, sleep: async () => stop.abort() };
  await tellLags({ edges, clock, observer: { observe: (event) => metrics.record(event) } }, stop.signal);
  const text = await metrics.registry.metrics();
  for (const { address, behindS } of attesters)
    expect(text).toContain(`surety_attester_lag_seconds{edge="${edge}",attester="${address}"} ${behindS}\n`);
});
