import type { ObservedEvent } from '@surety/workflows';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { MetricLabel, MetricRule } from './metric-rules.js';

/** Most different values of one label before further ones are counted as `other`. */
export const LABEL_VALUES_MAX = 64;

/** Most different event names before further ones are counted as `other`. */
export const EVENT_NAMES_MAX = 256;

/** The allowed shape of each label; any other value becomes `other`. */
const LABEL_SHAPES: Readonly<Record<MetricLabel, RegExp>> = {
  chain_id: /^[0-9]{1,16}$/,
  edge: /^0x[0-9a-f]{64}$/,
  attester: /^0x[0-9a-f]{40}$/,
  provider: /^[\w.-]{1,64}$/,
  aggregator: /^[\w.:/-]{1,128}$/,
  endpoint: /^[\w.:[\]-]{1,128}(?: \([0-9]{1,2}\))?$/,
  code: /^[A-Z][A-Z0-9_]{0,63}$/,
  act: /^[a-z][a-z-]{0,31}$/,
  reason: /^[a-z][a-z-]{0,63}$/,
  stage: /^[a-z][a-z-]{0,31}$/,
  source: /^[0-9]{1,5}$/,
  direction: /^(?:to-(?:ledger|vault)|up|down)$/,
  step: /^[0-9.]{1,8}$/,
  witness: /^[\w. -]{1,40}$/,
  underlying: /^[\w./-]{1,20}$/,
  method: /^[\w-]{1,64}$/,
};

/** Seconds: from a fast local read to a slow catch-up. */
const DURATION_BUCKETS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** The metrics of one process. */
export interface Metrics {
  readonly registry: Registry;
  /** Counts an event and applies the rules of its name. */
  record(event: ObservedEvent): void;
}

/**
 * Creates metrics of events. Every event is counted by name and level, one with a `provider` also by provider; one with
 * a `duration_ms` enters a histogram; the rules add special ones. The number of label values is bounded.
 */
export function createMetrics(options: {
  readonly rules: readonly MetricRule[];
  readonly defaults?: boolean;
}): Metrics {
  const registry = new Registry();
  if (options.defaults !== false) collectDefaultMetrics({ register: registry });
  const names = new BoundedValues(EVENT_NAMES_MAX);
  const labels = new BoundedLabels();
  const general = generalMetrics(registry);
  const rules = new Map<string, ((event: ObservedEvent) => void)[]>();
  const metrics = new Map<string, Counter | Gauge>();
  for (const rule of options.rules) {
    const metric = metrics.get(rule.metric) ?? makeMetric(rule, registry);
    metrics.set(rule.metric, metric);
    for (const name of rule.events)
      rules.set(name, [...(rules.get(name) ?? []), (event) => apply(rule, metric, event, labels)]);
  }
  return {
    registry,
    record(event) {
      const name = names.admit(/^[a-z][a-z0-9-]{0,63}$/.test(event.name) ? event.name : 'other');
      general.events.inc({ event: name, level: event.level });
      if (event.level === 'warn' || event.level === 'error') {
        general.failures.inc({ event: name, ...labels.of(event, ['chain_id', 'code']) });
      }
      if (event.fields['provider'] !== undefined) {
        general.providers.inc({ event: name, ...labels.of(event, ['chain_id', 'provider']) });
      }
      const durationMs = numberOf(event.fields['duration_ms']);
      if (durationMs !== undefined) general.durations.observe({ event: name }, durationMs / 1_000);
      for (const rule of rules.get(event.name) ?? []) rule(event);
    },
  };
}

function generalMetrics(registry: Registry): {
  events: Counter;
  failures: Counter;
  providers: Counter;
  durations: Histogram;
} {
  const registers = [registry];
  return {
    events: new Counter({
      name: 'surety_events_total',
      help: 'Events by name and level.',
      labelNames: ['event', 'level'],
      registers,
    }),
    failures: new Counter({
      name: 'surety_failures_total',
      help: 'Warnings and errors by name and code.',
      labelNames: ['event', 'chain_id', 'code'],
      registers,
    }),
    providers: new Counter({
      name: 'surety_provider_events_total',
      help: 'Events of one provider of a chain.',
      labelNames: ['event', 'chain_id', 'provider'],
      registers,
    }),
    durations: new Histogram({
      name: 'surety_event_duration_seconds',
      help: 'How long what an event tells of took.',
      labelNames: ['event'],
      buckets: DURATION_BUCKETS,
      registers,
    }),
  };
}

function makeMetric(rule: MetricRule, registry: Registry): Counter | Gauge {
  const options = { name: rule.metric, help: rule.help, labelNames: [...rule.labels], registers: [registry] };
  return rule.kind === 'counter' ? new Counter(options) : new Gauge(options);
}

function apply(rule: MetricRule, metric: Counter | Gauge, event: ObservedEvent, labels: BoundedLabels): void {
  const value = rule.field === undefined ? 1 : numberOf(event.fields[rule.field]);
  if (value === undefined || (rule.kind === 'counter' && value < 0)) return;
  const values = labels.of(event, rule.labels);
  if (metric instanceof Counter) metric.inc(values, value);
  else metric.set(values, value);
}

function numberOf(value: ObservedEvent['fields'][string] | undefined): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** Admits a bounded number of different values, and calls the rest `other`. */
class BoundedValues {
  readonly #max: number;
  readonly #known = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  admit(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#max) return 'other';
    this.#known.add(value);
    return value;
  }
}

class BoundedLabels {
  readonly #values = new Map<MetricLabel, BoundedValues>();

  of(event: ObservedEvent, names: readonly MetricLabel[]): Record<string, string> {
    return Object.fromEntries(names.map((name) => [name, this.#admit(name, event.fields[name])]));
  }

  #admit(name: MetricLabel, value: ObservedEvent['fields'][string] | undefined): string {
    if (value === undefined || value === null) return 'none';
    const text = String(value);
    if (!LABEL_SHAPES[name].test(text)) return 'other';
    const known = this.#values.get(name) ?? new BoundedValues(LABEL_VALUES_MAX);
    this.#values.set(name, known);
    return known.admit(text);
  }
}
