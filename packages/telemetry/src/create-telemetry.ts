import type { Clock, Observer } from '@surety/workflows';
import type { Registry } from 'prom-client';
import { type LogDestination, type LogSettings, createLogger } from './create-logger.js';
import { createMetrics } from './create-metrics.js';
import type { MetricRule } from './metric-rules.js';
import type { TraceSettings } from './send-spans.js';
import type { EntryTracer } from './trace-entries.js';

/** The logger, metrics and observer of a process. */
export interface Telemetry {
  /** Turns each event into one log line and its metrics. */
  readonly observer: Observer;
  readonly registry: Registry;
  /** Writes the one line that names the bound URL. */
  announce(url: string): void;
  /** Sends the spans that wait, if the process traces, for a few seconds at most. Never rejects. */
  readonly close: () => Promise<void>;
}

/** Makes the observer of one process: lines on standard output, metrics in a registry, spans at a collector. It never throws. */
export function createTelemetry(options: {
  readonly service: string;
  readonly log: LogSettings;
  readonly rules?: readonly MetricRule[];
  readonly destination?: LogDestination;
  /** Adds metrics of the process itself (memory, event loop); true by default. */
  readonly defaults?: boolean;
  /** Where spans of entries go, and the clock that they are timed by; nowhere by default. */
  readonly traces?: { readonly settings: TraceSettings; readonly clock: Pick<Clock, 'nowMs'> } | undefined;
}): Telemetry {
  const { service, log, rules = [], destination, defaults = true, traces } = options;
  const logger = createLogger({ service, ...log, ...(destination === undefined ? {} : { destination }) });
  const metrics = createMetrics({ rules, defaults });
  const observe: Observer['observe'] = (event) => {
    metrics.record(event);
    logger.write(event);
    if (traces === undefined) return;
    const atMs = traces.clock.nowMs();
    void tracer?.then((opened) => opened?.record(event, atMs));
  };
  const tracer =
    traces &&
    openTracer({ service, settings: traces.settings, observer: { observe } }).catch((cause: unknown) => {
      const detail = cause instanceof Error ? cause.message : 'it gave no reason';
      observe({ name: 'traces-unopened', level: 'error', fields: { detail } });
      return undefined;
    });
  return {
    registry: metrics.registry,
    announce: (url) => logger.announce(url),
    observer: { observe },
    close: async () => (await tracer)?.close(),
  };
}

/** Loads the library only where it is asked for: it takes a sixth of a second and 17 MiB. */
async function openTracer(of: {
  readonly service: string;
  readonly settings: TraceSettings;
  readonly observer: Observer;
}): Promise<EntryTracer> {
  const { sendSpans, traceEntries } = await import('./tracing.js');
  const { service, settings, observer } = of;
  return traceEntries({ service, oneIn: settings.oneIn, exporter: sendSpans(settings, observer) });
}
