import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Observer } from '@surety/workflows';

/** Longest wait for the collector, at the end of the process too. */
export const SEND_TIMEOUT_MS = 3_000;

/** Where spans go, and which entries have them. */
export interface TraceSettings {
  /** The collector’s OTLP address for traces over HTTP, such as `http://127.0.0.1:4318/v1/traces`; it may hold a token. */
  readonly url: { reveal(): string };
  /** One of so many entries is traced, the same ones by every process with the same number. */
  readonly oneIn: bigint;
}

/** Sends spans to a collector as OTLP over HTTP. The first of several failures in a row is told to the observer. */
export function sendSpans({ url }: Pick<TraceSettings, 'url'>, observer: Observer): SpanExporter {
  const exporter = new OTLPTraceExporter({ url: url.reveal(), timeoutMillis: SEND_TIMEOUT_MS });
  let isFailing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const { error } = result;
        if (error !== undefined && !isFailing) {
          observer.observe({
            name: 'spans-unsent',
            level: 'warn',
            fields: { count: spans.length, detail: error.message },
          });
        }
        isFailing = error !== undefined;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
