import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import type { ObservedEvent } from '@surety/workflows';
import { describe, expect, it } from 'vitest';
import { createTelemetry } from './create-telemetry.js';
import { nameTrace } from './name-trace.js';
import { TRACED_ENTRIES_MAX, traceEntries } from './trace-entries.js';

const EDGE = `0x${'ab'.repeat(32)}`;

/** A tracer, its clock, and what it has sent so far: name, entry, beginning and end in milliseconds. */
function start(oneIn = 1n) {
  const exporter = new InMemorySpanExporter();
  const clock = { at: 1_000_000 };
  const tracer = traceEntries({ service: 'test', oneIn, exporter });
  return {
    clock,
    tell: (name: string, fields: ObservedEvent['fields'], edge = EDGE) =>
      tracer.record({ name, level: 'debug', fields: { edge, ...fields } }, clock.at),
    async spans() {
      const held = exporter.getFinishedSpans.bind(exporter);
      exporter.shutdown = async () => undefined;
      await tracer.close();
      return held();
    },
  };
}

const ms = ([seconds, nanos]: readonly [number, number]): number => seconds * 1_000 + nanos / 1_000_000;

async function told(run: ReturnType<typeof start>) {
  return (await run.spans()).map(({ name, attributes, startTime, endTime }) => [
    `${name} ${String(attributes['surety.index'])}`,
    ms(startTime),
    ms(endTime),
  ]);
}

describe('traceEntries', () => {
  it('gives each entry of a range its span, from the block’s time for what a watcher signs', async () => {
    const run = start();
    run.tell('frame-signed', { from: 4n, count: 6n, as_of: 990n });
    expect(await told(run)).toEqual([
      ['sign 5', 990_000, 1_000_000],
      ['sign 6', 990_000, 1_000_000],
    ]);
  });

  it('begins a stage where the one before ended, and ends the entry’s own span with the last', async () => {
    const run = start();
    run.tell('stage-reached', { stage: 'seen', from: 0n, count: 1n });
    run.clock.at += 100;
    run.tell('stage-reached', { stage: 'final', from: 0n, count: 2n });
    run.clock.at += 50;
    run.tell('stage-reached', { stage: 'applied', from: 0n, count: 1n });
    expect(await told(run)).toEqual([
      ['seen 1', 1_000_000, 1_000_000],
      ['final 1', 1_000_000, 1_000_100],
      ['final 2', 1_000_100, 1_000_100],
      ['applied 1', 1_000_100, 1_000_150],
      ['entry 1', 1_000_000, 1_000_150],
    ]);
  });

  it('puts the spans of every process into one trace, below the entry’s own span', async () => {
    const [watcher, aggregator, relayer] = [start(), start(), start()];
    watcher.tell('frame-signed', { from: 6n, count: 7n, as_of: 990n });
    aggregator.tell('stage-reached', { stage: 'applied', from: 6n, count: 7n });
    relayer.tell('batch-applied', { from: 6n, count: 7n, duration_ms: 40, tx_hash: '0x01', fee_wei: 5n });
    const spans = (await Promise.all([watcher, aggregator, relayer].map((one) => one.spans()))).flat();
    const { traceId, rootId } = nameTrace(EDGE, 7n);
    expect(spans.map(({ name }) => name)).toEqual(['sign', 'applied', 'entry', 'apply']);
    expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]));
    const [root, ...others] = spans.toSorted((a, b) => Number(b.name === 'entry') - Number(a.name === 'entry'));
    expect([root?.spanContext().spanId, root?.parentSpanContext]).toEqual([rootId, undefined]);
    expect(others.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual([rootId, rootId, rootId]);
    expect(new Set(spans.map((span) => span.spanContext().spanId)).size).toBe(4);
    expect(spans.at(-1)?.attributes).toMatchObject({ 'surety.tx_hash': '0x01', 'surety.fee_wei': '5' });
    expect(ms(spans.at(-1)?.startTime ?? [0, 0])).toBe(1_000_000 - 40);
  });

  it('traces the same share of entries in every process', async () => {
    const [one, other] = [start(8n), start(8n)];
    one.tell('frame-signed', { from: 0n, count: 400n, as_of: 990n });
    for (let count = 1n; count <= 400n; count++) other.tell('batch-applied', { from: count - 1n, count });
    const [signed, applied] = [await told(one), await told(other)];
    expect(signed.map(([name]) => String(name).slice(5))).toEqual(applied.map(([name]) => String(name).slice(6)));
    expect(signed.length).toBeGreaterThan(25);
    expect(signed.length).toBeLessThan(80);
  });

  it('traces the last entries alone where an event tells of a whole history', async () => {
    const run = start();
    run.tell('stage-reached', { stage: 'applied', from: 0n, count: 100_000n });
    const names = (await told(run)).map(([name]) => name).filter((name) => String(name).startsWith('applied'));
    expect([names.length, names.at(0), names.at(-1)]).toEqual([
      Number(TRACED_ENTRIES_MAX),
      'applied 99001',
      'applied 100000',
    ]);
  });

  it('takes one entry from an event of a payment, and ignores what belongs to none', async () => {
    const run = start();
    run.tell('release-paid', { seq: 9n, duration_ms: 1 });
    run.tell('provider-failed', { count: 3n });
    run.tell('stage-reached', { stage: 'final' });
    run.tell('frame-signed', { from: 3n, count: 3n, as_of: 1n });
    expect((await told(run)).map(([name]) => name)).toEqual(['pay 9']);
  });
});

describe('a collector that does not answer', () => {
  it('is told once, without its address, and keeps the process neither from working nor from ending', async () => {
    const lines: string[] = [];
    const telemetry = createTelemetry({
      service: 'test',
      log: { level: 'info', format: 'json' },
      destination: { write: (line) => void lines.push(line) },
      defaults: false,
      // Nothing listens on port 1.
      traces: {
        settings: { url: { reveal: () => 'http://127.0.0.1:1/token-4711/v1/traces' }, oneIn: 1n },
        clock: { nowMs: () => 1_000_000 },
      },
    });
    const fields = { edge: EDGE, from: 0n, count: 3n, as_of: 990n };
    telemetry.observer.observe({ name: 'frame-signed', level: 'info', fields });
    await telemetry.close();
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { msg: 'frame-signed' },
      { msg: 'spans-unsent', level: 'warn', count: 3 },
    ]);
    expect(lines.join('')).not.toContain('4711');
  });
});
