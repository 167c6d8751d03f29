import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as OTLP has it, with the process that sent it. */
export interface CollectedSpan {
  readonly process: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the span above all others. */
  readonly parentSpanId: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A place that takes spans. */
export interface SpanCollector {
  /** What every process needs in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly spans: readonly CollectedSpan[];
  close(): void;
}

type Attribute = { readonly key: string; readonly value: Readonly<Record<string, unknown>> };

interface Body {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

interface SentSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
}

/**
 * Starts a receiver of OTLP over HTTP. It stands for a collector, which is a program that no registry of packages here
 * holds, and keeps what it is sent.
 */
export async function collectSpans(): Promise<SpanCollector> {
  const spans: CollectedSpan[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => void parts.push(part));
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(parts).toString()) as Body;
      for (const { resource, scopeSpans } of resourceSpans) {
        const process = valuesOf(resource.attributes)['service.name'] ?? '';
        spans.push(...scopeSpans.flatMap((scope) => scope.spans.map((span) => readSpan(process, span))));
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    environment: { SURETY_TRACES_URL: `http://127.0.0.1:${port}/v1/traces` },
    spans,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function readSpan(process: string, span: SentSpan): CollectedSpan {
  const { name, traceId, spanId, parentSpanId = '', startTimeUnixNano, endTimeUnixNano, attributes } = span;
  const times = { startNs: BigInt(startTimeUnixNano), endNs: BigInt(endTimeUnixNano) };
  return { process, name, traceId, spanId, parentSpanId, ...times, attributes: valuesOf(attributes) };
}

function valuesOf(attributes: readonly Attribute[]): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]));
}
