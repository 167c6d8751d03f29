import {
  Agent,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
  request as forward,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { devnetError } from '../errors.js';
import { type ArmedFault, falsify, strikes } from './fault.js';

/** What one endpoint served since it was opened. */
export interface EndpointCounts {
  readonly calls: Readonly<Record<string, number>>;
  /** Answers that a fault changed or withheld. */
  readonly struck: number;
}

/** Stands in front of local nodes as many providers: each endpoint passes calls on, or fails and lies as it is told. */
export interface FaultProxy {
  /** Opens an endpoint for a node and gives its URL. @throws BAD_CONTROL if the name is taken. */
  open(name: string, nodeUrl: string): string;
  /** Sets what an endpoint does wrong from now on; none heals it. @throws BAD_CONTROL for an unknown endpoint. */
  arm(name: string, faults: readonly ArmedFault[]): void;
  /** Heals every endpoint. */
  healAll(): void;
  counts(name: string): EndpointCounts;
  /** Where `POST /control/<endpoint>` with a JSON list of faults does the same from another process. */
  readonly controlUrl: string;
  stop(): Promise<void>;
}

interface Endpoint {
  readonly nodeUrl: string;
  faults: readonly ArmedFault[];
  readonly calls: Record<string, number>;
  struck: number;
}

interface RpcCall {
  readonly id?: unknown;
  readonly method?: string;
}

const BODY_BYTES_MAX = 16_777_216;

/** Starts the proxy on a free port of the loopback. All endpoints share one server, each with a path of its own. */
export async function startFaultProxy(): Promise<FaultProxy> {
  const endpoints = new Map<string, Endpoint>();
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const server = createServer((incoming, answer) => {
    void serve(endpoints, agent, incoming, answer).catch((error: unknown) => {
      if (!answer.headersSent) answer.writeHead(502);
      answer.end(String(error));
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const find = (name: string): Endpoint => {
    const endpoint = endpoints.get(name);
    if (endpoint === undefined)
      throw devnetError(
        'BAD_CONTROL',
        `no endpoint is named ${name}; expected one of ${[...endpoints.keys()].join(', ')}`,
      );
    return endpoint;
  };
  return {
    open: (name, nodeUrl) => {
      if (endpoints.has(name)) throw devnetError('BAD_CONTROL', `endpoint ${name} is open already`);
      endpoints.set(name, { nodeUrl, faults: [], calls: {}, struck: 0 });
      return `${base}/${name}`;
    },
    arm: (name, faults) => {
      find(name).faults = faults;
    },
    healAll: () => {
      for (const endpoint of endpoints.values()) endpoint.faults = [];
    },
    counts: (name) => {
      const { calls, struck } = find(name);
      return { calls: { ...calls }, struck };
    },
    controlUrl: `${base}/control`,
    stop: () => stopServer(server, agent),
  };
}

async function serve(
  endpoints: ReadonlyMap<string, Endpoint>,
  agent: Agent,
  incoming: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const path = (incoming.url ?? '/').slice(1);
  const body = await readBody(incoming);
  if (path.startsWith('control/')) {
    const endpoint = endpoints.get(path.slice('control/'.length));
    if (endpoint !== undefined) endpoint.faults = JSON.parse(body) as ArmedFault[];
    answer.writeHead(endpoint === undefined ? 404 : 204).end();
    return;
  }
  const endpoint = endpoints.get(path);
  if (endpoint === undefined) {
    answer.writeHead(404).end(`no endpoint is named ${path}`);
    return;
  }
  const parsed = JSON.parse(body) as RpcCall | RpcCall[];
  const calls = Array.isArray(parsed) ? parsed : [parsed];
  for (const { method = '?' } of calls) endpoint.calls[method] = (endpoint.calls[method] ?? 0) + 1;
  const armed = endpoint.faults.filter((fault) => calls.some(({ method = '' }) => strikes(fault, method)));
  if (armed.length > 0) endpoint.struck += 1;
  if (armed.some(({ kind }) => kind === 'timeout')) return;
  const failure = armed.find((fault) => fault.kind === 'status');
  if (failure !== undefined) {
    answer.writeHead(failure.status, { 'content-type': 'text/plain' }).end('the provider is out of order');
    return;
  }
  const { status, text } = await ask(endpoint.nodeUrl, agent, body);
  answer.writeHead(status, { 'content-type': 'application/json' });
  answer.end(armed.length === 0 ? text : falsifyAnswer(text, calls, armed));
}

function falsifyAnswer(text: string, calls: readonly RpcCall[], faults: readonly ArmedFault[]): string {
  const change = (answer: { id?: unknown; result?: unknown }): unknown => {
    const method = calls.find(({ id }) => id === answer.id)?.method ?? '';
    if (!('result' in answer)) return answer;
    const result = faults
      .filter((fault) => strikes(fault, method))
      .reduce<unknown>((value, fault) => falsify(fault, value), answer.result);
    return { ...answer, result };
  };
  const parsed = JSON.parse(text) as object | object[];
  return JSON.stringify(Array.isArray(parsed) ? parsed.map(change) : change(parsed));
}

function ask(url: string, agent: Agent, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = forward(
      url,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        readBody(response).then((text) => resolve({ status: response.statusCode ?? 502, text }), reject);
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

async function readBody(stream: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stream as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > BODY_BYTES_MAX) throw devnetError('BAD_CONTROL', `a body has more than ${BODY_BYTES_MAX} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function stopServer(server: Server, agent: Agent): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  agent.destroy();
  await closed;
}
