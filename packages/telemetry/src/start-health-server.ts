import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '@surety/domain';
import type { Registry } from 'prom-client';
import { exposeReadiness } from './expose-readiness.js';
import { limitConnections } from './limit-connections.js';

/** A reason why a process is not ready, or a fault of a ready one that operators should see. */
export interface ReadinessReason {
  /** A stable name in capitals. */
  readonly code: string;
  readonly detail: string;
}

/** Readiness of a process. A ready process may still list reasons: it is degraded. */
export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly ReadinessReason[];
}

/** A running health server. */
export interface HealthServer {
  /** Address that people and other processes open, without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Address, metrics, readiness and pages of a health server. */
export interface HealthServerOptions {
  readonly host: string;
  /** 0 asks the system for a free port. */
  readonly port: number;
  readonly readiness: () => Readiness;
  readonly registry: Registry;
  /** Further paths, each with what it gives as JSON; bigint as decimal text. */
  readonly pages?: ReadonlyMap<string, () => unknown>;
}

/** Longest wait for a request's head, and how often the server looks for those that are late. */
const HEAD_TIMEOUT_MS = 5_000;
const HEAD_CHECK_MS = 1_000;

/**
 * Longest life of a connection, which carries one request: whoever does not read its answer holds it no longer, nor does
 * who asks on and on.
 */
const CONNECTION_MS = 10_000;

/** Most connections at once, of all and of one address: probes, one scraper and the relayers need a handful. */
const CONNECTIONS_MAX = 64;
const CONNECTIONS_PER_ADDRESS_MAX = 16;

/**
 * Serves `/health/live`, `/health/ready` (200 or 503 with its reasons), `/metrics` and the pages to anyone who can reach the
 * port.
 * @throws PORT_UNAVAILABLE if it cannot be bound.
 */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const server = createServer(
    {
      headersTimeout: HEAD_TIMEOUT_MS,
      requestTimeout: HEAD_TIMEOUT_MS,
      connectionsCheckingInterval: HEAD_CHECK_MS,
    },
    (request, response) => {
      answer(options, request, response).catch(() => response.destroy());
    },
  );
  limitConnections(server, {
    max: CONNECTIONS_MAX,
    perAddressMax: CONNECTIONS_PER_ADDRESS_MAX,
    trustedProxies: [],
  });
  server.on('connection', (socket) => {
    const end = setTimeout(() => socket.destroy(), CONNECTION_MS);
    socket.once('close', () => clearTimeout(end));
  });
  await listen(server, options);
  exposeReadiness(options.registry, options.readiness);
  const { address, family, port } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { host, port }: HealthServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(portError({ host, port }, cause)));
    server.listen(port, host, resolve);
  });
}

/** Builds PORT_UNAVAILABLE, the error of an address that cannot be bound. */
export function portError({ host, port }: Pick<HealthServerOptions, 'host' | 'port'>, cause: unknown): AppError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  return new AppError({
    code: 'PORT_UNAVAILABLE',
    message: `cannot bind ${host}:${port} (${code}); expected a free port: set SURETY_HTTP_PORT, 0 for any`,
    cause,
  });
}

async function answer(options: HealthServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume();
  const path = (request.url ?? '').split('?', 1)[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return send(
      response,
      405,
      'application/problem+json',
      problem(405, 'METHOD_NOT_ALLOWED', 'only GET is served here'),
    );
  }
  if (path === '/health/live') return send(response, 200, 'application/json', JSON.stringify({ status: 'ok' }));
  if (path === '/health/ready') {
    const { ready, reasons } = options.readiness();
    return send(response, ready ? 200 : 503, 'application/json', JSON.stringify({ ready, reasons }));
  }
  if (path === '/metrics') return send(response, 200, options.registry.contentType, await options.registry.metrics());
  const page = options.pages?.get(path ?? '');
  if (page !== undefined) return send(response, 200, 'application/json', JSON.stringify(page(), asText));
  return send(
    response,
    404,
    'application/problem+json',
    problem(
      404,
      'NOT_FOUND',
      `see ${['/health/live', '/health/ready', '/metrics', ...(options.pages?.keys() ?? [])].join(', ')}`,
    ),
  );
}

function asText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    connection: 'close',
    'x-content-type-options': 'nosniff',
    'content-length': Buffer.byteLength(body),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

function problem(status: number, code: string, detail: string): string {
  return JSON.stringify({ type: 'about:blank', title: code, status, code, detail });
}
