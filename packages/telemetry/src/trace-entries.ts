import {
  type AttributeValue,
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type IdGenerator,
  RandomIdGenerator,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { ObservedEvent } from '@surety/workflows';
import { type TraceName, nameTrace } from './name-trace.js';
import { safeFields } from './safe-fields.js';
import { SEND_TIMEOUT_MS } from './send-spans.js';
import { LAST_STAGES, TRACE_RULES, type TraceRule } from './trace-rules.js';

/** Most entries of one event that are traced, the last ones: an aggregator that starts anew hears of a whole history at once. */
export const TRACED_ENTRIES_MAX = 1_000n;

/** Most entries that a process remembers between two stages; the oldest are forgotten, and their spans begin late. */
const REMEMBERED_MAX = 16_384;

/** Most spans that wait for the collector; further ones are dropped. */
const QUEUE_MAX = 16_384;

/** Most spans in one request: some 1.5 MB, and few enough requests for the end of a process to send all at once. */
const BATCH_MAX = 2_048;

/** Sends a span for each step that an entry takes in this process. */
export interface EntryTracer {
  /** Turns an event of {@link TRACE_RULES} and its time into spans. Others are ignored. Never throws. */
  readonly record: (event: ObservedEvent, atMs: number) => void;
  /** Sends what waits, for some seconds at most. Never rejects. */
  readonly close: () => Promise<void>;
}

/** Creates the tracer of one process. */
export function traceEntries(options: {
  readonly service: string;
  /** One of so many entries is traced, the same ones by every process with the same number. */
  readonly oneIn: bigint;
  readonly exporter: SpanExporter;
}): EntryTracer {
  const { service, oneIn, exporter } = options;
  const ids = new PresetIds();
  const processor = new BatchSpanProcessor({
    exporter,
    scheduledDelayMillis: 1_000,
    exportTimeoutMillis: SEND_TIMEOUT_MS,
    maxQueueSize: QUEUE_MAX,
    maxExportBatchSize: BATCH_MAX,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': `surety-${service}`, 'service.namespace': 'surety' }),
    sampler: new AlwaysOnSampler(),
    spanProcessors: [processor],
    idGenerator: ids,
  });
  const spans = new EntrySpans(provider.getTracer('surety'), ids, oneIn);
  const rules = new Map(TRACE_RULES.map((rule) => [rule.event, rule]));
  return {
    record: (event, atMs) => {
      const rule = rules.get(event.name);
      if (rule !== undefined) spans.add(rule, event.fields, atMs);
    },
    close: () => provider.shutdown().catch(() => undefined),
  };
}

/** The entries of this process that are on their way, and the spans that they get. */
class EntrySpans {
  readonly #tracer: Tracer;
  readonly #ids: PresetIds;
  readonly #oneIn: bigint;
  /** By entry, oldest first: when this process first and last heard of it. */
  readonly #heard = new Map<string, { readonly firstMs: number; readonly lastMs: number }>();

  constructor(tracer: Tracer, ids: PresetIds, oneIn: bigint) {
    this.#tracer = tracer;
    this.#ids = ids;
    this.#oneIn = oneIn;
  }

  add(rule: TraceRule, fields: ObservedEvent['fields'], nowMs: number): void {
    const { edge, stage } = fields;
    const span = rule.span ?? stage;
    if (typeof edge !== 'string' || typeof span !== 'string') return;
    const told = attributesOf(fields);
    const begins = { 'as-of': secondsOf(fields['as_of'], nowMs), duration: agoOf(fields, nowMs) };
    for (const index of entriesOf(rule, fields)) {
      const name = nameTrace(edge, index);
      if (BigInt(`0x${name.rootId}`) % this.#oneIn !== 0n) continue;
      const entry = `${edge}:${index}`;
      const { firstMs = nowMs, lastMs = nowMs } = this.#heard.get(entry) ?? {};
      const attributes = { ...told, 'surety.edge': edge, 'surety.index': String(index) };
      const startTime = Math.min(rule.begins === 'heard' ? lastMs : begins[rule.begins], nowMs);
      this.#tracer.startSpan(span, { startTime, attributes }, parentOf(name)).end(nowMs);
      if (rule.begins !== 'heard') continue;
      this.#heard.delete(entry);
      if (!LAST_STAGES.has(span)) this.#remember(entry, { firstMs, lastMs: nowMs });
      else {
        this.#ids.next = name;
        this.#tracer.startSpan('entry', { startTime: firstMs, attributes, root: true }, ROOT_CONTEXT).end(nowMs);
        this.#ids.next = undefined;
      }
    }
  }

  #remember(entry: string, times: { readonly firstMs: number; readonly lastMs: number }): void {
    this.#heard.set(entry, times);
    const [oldest] = this.#heard.keys();
    if (this.#heard.size > REMEMBERED_MAX && oldest !== undefined) this.#heard.delete(oldest);
  }
}

/** Gives a root span the names of its entry, and every other span a random name. */
class PresetIds implements IdGenerator {
  next: TraceName | undefined;
  readonly #random = new RandomIdGenerator();

  generateTraceId = (): string => this.next?.traceId ?? this.#random.generateTraceId();

  generateSpanId = (): string => this.next?.rootId ?? this.#random.generateSpanId();
}

/** Indices of the entries that an event tells of, at most {@link TRACED_ENTRIES_MAX}. */
function entriesOf({ index }: TraceRule, fields: ObservedEvent['fields']): readonly bigint[] {
  const last = fields[index ?? 'count'];
  if (typeof last !== 'bigint') return [];
  const from = index === undefined ? fields['from'] : last - 1n;
  const after = typeof from === 'bigint' ? from : last - 1n;
  const count = last - after < TRACED_ENTRIES_MAX ? last - after : TRACED_ENTRIES_MAX;
  return Array.from({ length: Math.max(0, Number(count)) }, (_, at) => last - count + 1n + BigInt(at));
}

/** The context of a span below the entry’s own, which another process may send, or none yet. */
function parentOf({ traceId, rootId }: TraceName): Context {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId: rootId,
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
}

function attributesOf(fields: ObservedEvent['fields']): Attributes {
  const told = Object.entries(safeFields(fields)).filter(([, value]) => value !== null);
  return Object.fromEntries(told.map(([name, value]) => [`surety.${name}`, value as AttributeValue]));
}

function secondsOf(asOf: ObservedEvent['fields'][string] | undefined, nowMs: number): number {
  return typeof asOf === 'bigint' ? Number(asOf) * 1_000 : nowMs;
}

function agoOf({ duration_ms: durationMs }: ObservedEvent['fields'], nowMs: number): number {
  return typeof durationMs === 'number' && durationMs > 0 ? nowMs - durationMs : nowMs;
}
