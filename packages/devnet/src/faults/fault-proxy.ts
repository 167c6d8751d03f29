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
import { deliverFailure } from './deliver-failure.js';
import { type ArmedFault, type FaultKind, falsify, isFailure, listFaults, parseFaults, strikes } from './fault.js';
import type { ChainHeights, SurveyedWitness } from './falsehoods.js';
import { type ReadKind, type SeenCall, readKindOf } from './read-kind.js';
import { JointReads, type NodeAnswer } from './joint-reads.js';

/** Answers served by one endpoint since it was opened. */
export interface EndpointCounts {
  readonly calls: Readonly<Partial<Record<ReadKind, number>>>;
  /** Answers that a fault changed or withheld. */
  readonly struck: number;
  /** The same by fault and read, as `forged-proof of proof`. */
  readonly told: Readonly<Record<string, number>>;
}

/** Plays many providers in front of local nodes: each endpoint passes calls on, or fails and lies as instructed. */
export interface FaultProxy {
  /**
   * Opens an endpoint for a node and gives its URL. `twinUrl` is a node with another history, for a provider that lies
   * consistently about everything. @throws BAD_CONTROL if the name is taken.
   */
  open(name: string, nodeUrl: string, twinUrl?: string): string;
  /** Sets what an endpoint does wrong from now on; none heals it. @throws BAD_CONTROL for an unknown endpoint. */
  arm(name: string, faults: readonly ArmedFault[]): void;
  /** Heals every endpoint. */
  healAll(): void;
  counts(name: string): EndpointCounts;
  /**
   * URL at which other processes list every fault and each endpoint's armed ones (GET), and arm one: `POST /control/<endpoint>`,
   * a JSON list of faults.
   */
  readonly controlUrl: string;
  stop(): Promise<void>;
}

interface Endpoint {
  readonly nodeUrl: string;
  readonly twinUrl: string;
  faults: readonly ArmedFault[];
  /** Number of calls that each armed fault could have struck. */
  readonly turns: Map<ArmedFault, number>;
  readonly calls: Partial<Record<ReadKind, number>>;
  struck: number;
  readonly told: Record<string, number>;
  /** Where its chain stood as an armed fault first asked for it; undefined until then. */
  since: Promise<ChainHeights> | undefined;
}

const BODY_BYTES_MAX = 16_777_216;

/** Starts the proxy on a free port of the loopback. All endpoints share one server, each with a path of its own. */
export async function startFaultProxy(): Promise<FaultProxy> {
  const endpoints = new Map<string, Endpoint>();
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const joint = new JointReads((url, body) => ask(url, agent, body));
  const server = createServer((incoming, answer) => {
    void serve({ endpoints, agent, joint }, incoming, answer).catch((error: unknown) => {
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
    open: (name, nodeUrl, twinUrl = nodeUrl) => {
      if (endpoints.has(name)) throw devnetError('BAD_CONTROL', `endpoint ${name} is open already`);
      const heard = { turns: new Map(), calls: {}, struck: 0, told: {}, since: undefined };
      endpoints.set(name, { nodeUrl, twinUrl, faults: [], ...heard });
      return `${base}/${name}`;
    },
    arm: (name, faults) => {
      armEndpoint(find(name), faults);
    },
    healAll: () => {
      for (const endpoint of endpoints.values()) armEndpoint(endpoint, []);
    },
    counts: (name) => {
      const { calls, struck, told } = find(name);
      return { calls: { ...calls }, struck, told: { ...told } };
    },
    controlUrl: `${base}/control`,
    stop: () => stopServer(server, agent),
  };
}

async function serve(
  {
    endpoints,
    agent,
    joint,
  }: { readonly endpoints: ReadonlyMap<string, Endpoint>; readonly agent: Agent; readonly joint: JointReads },
  incoming: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const path = (incoming.url ?? '/').slice(1);
  const body = await readBody(incoming);
  if (path === 'control' && incoming.method === 'GET') {
    const armed = Object.fromEntries([...endpoints].map(([name, { faults }]) => [name, faults]));
    answer.writeHead(200, { 'content-type': 'application/json' });
    answer.end(JSON.stringify({ faults: listFaults(), endpoints: armed }, undefined, 2));
    return;
  }
  if (path.startsWith('control/')) {
    controlEndpoint(endpoints, { name: path.slice('control/'.length), body }, answer);
    return;
  }
  const endpoint = endpoints.get(path);
  if (endpoint === undefined) {
    answer.writeHead(404).end(`no endpoint is named ${path}`);
    return;
  }
  const parsed = JSON.parse(body) as SeenCall | SeenCall[];
  const calls = Array.isArray(parsed) ? parsed : [parsed];
  for (const call of calls) {
    const read = readKindOf(call);
    if (read !== undefined) endpoint.calls[read] = (endpoint.calls[read] ?? 0) + 1;
  }
  const armed = takeTurn(endpoint, calls);
  const [first] = calls;
  const failure = armed.find(({ kind }) => isFailure(kind))?.kind;
  const url = armed.some(({ kind }) => kind === 'another-history') ? endpoint.twinUrl : endpoint.nodeUrl;
  if (failure !== undefined && isFailure(failure)) {
    note(endpoint, failure, first);
    return deliverFailure(failure, answer, async () => (await ask(url, agent, body)).text);
  }
  const isPlain = armed.length === 0 && !Array.isArray(parsed);
  const { status, text } = await (isPlain ? joint.ask(url, parsed, body) : ask(url, agent, body));
  if (url !== endpoint.nodeUrl && text !== (await ask(endpoint.nodeUrl, agent, body)).text)
    note(endpoint, 'another-history', first);
  const bent = armed.length === 0 ? text : await falsifyAnswer({ endpoint, agent, calls, armed }, text);
  answer.writeHead(status, { 'content-type': 'application/json' });
  answer.end(bent);
}

/** Arms an endpoint for another process: 204, or 404 or 400 with a sentence that says what is expected. */
function controlEndpoint(
  endpoints: ReadonlyMap<string, Endpoint>,
  { name, body }: { readonly name: string; readonly body: string },
  answer: ServerResponse,
): void {
  const endpoint = endpoints.get(name);
  if (endpoint === undefined) {
    answer.writeHead(404).end(`no endpoint is named ${name}; expected one of ${[...endpoints.keys()].join(', ')}\n`);
    return;
  }
  try {
    armEndpoint(endpoint, parseFaults(body));
    answer.writeHead(204).end();
  } catch (failure) {
    answer.writeHead(400).end(`${failure instanceof Error ? failure.message : String(failure)}\n`);
  }
}

function armEndpoint(endpoint: Endpoint, faults: readonly ArmedFault[]): void {
  endpoint.faults = faults;
  endpoint.turns.clear();
  endpoint.since = undefined;
}

/** Returns the faults that strike now, and counts their turns. */
function takeTurn({ faults, turns }: Endpoint, calls: readonly SeenCall[]): ArmedFault[] {
  return faults.filter((fault) => {
    if (!calls.some((call) => strikes(fault, call))) return false;
    const turn = turns.get(fault) ?? 0;
    turns.set(fault, turn + 1);
    return turn % (fault.oneIn ?? 1) === 0;
  });
}

function note(endpoint: Endpoint, kind: FaultKind, call: SeenCall | undefined): void {
  const key = `${kind} of ${readKindOf(call ?? {})}`;
  endpoint.struck += 1;
  endpoint.told[key] = (endpoint.told[key] ?? 0) + 1;
}

async function falsifyAnswer(
  at: { endpoint: Endpoint; agent: Agent; calls: readonly SeenCall[]; armed: readonly ArmedFault[] },
  text: string,
): Promise<string> {
  const { endpoint, agent, calls, armed } = at;
  const askNode = async (method: string, params: readonly unknown[]): Promise<unknown> => {
    const reply = await ask(endpoint.nodeUrl, agent, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
    return (JSON.parse(reply.text) as { result?: unknown }).result;
  };
  const since = (): Promise<ChainHeights> => (endpoint.since ??= readHeights(askNode));
  const change = async (answer: { id?: unknown; result?: unknown }): Promise<unknown> => {
    const call = calls.find(({ id }) => id === answer.id);
    if (!('result' in answer) || call === undefined) return answer;
    let { result } = answer;
    for (const fault of armed.filter((one) => strikes(one, call))) {
      const truth = JSON.stringify(result);
      result = await falsify(fault.kind, result, { call, since, ask: askNode });
      if (JSON.stringify(result) !== truth) note(endpoint, fault.kind, call);
    }
    return { ...answer, result };
  };
  const parsed = JSON.parse(text) as object | object[];
  return JSON.stringify(Array.isArray(parsed) ? await Promise.all(parsed.map(change)) : await change(parsed));
}

async function readHeights(askNode: SurveyedWitness['ask']): Promise<ChainHeights> {
  const heightOf = async (tag: string): Promise<bigint> => {
    const { number } = (await askNode('eth_getBlockByNumber', [tag, false])) as { readonly number: string };
    return BigInt(number);
  };
  return { newest: await heightOf('latest'), final: await heightOf('finalized') };
}

function ask(url: string, agent: Agent, body: string): Promise<NodeAnswer> {
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
