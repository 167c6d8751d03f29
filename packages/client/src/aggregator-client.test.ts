import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatWire } from '@surety/api';
import { type Address, AppError, type Bytes32, type Hex, type JournalHead, bytesToHex } from '@surety/domain';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AggregatorClient, createAggregatorClient } from './aggregator-client.js';
import { ANSWER_BYTES_MAX } from './limits.js';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const EDGE: Bytes32 = `0x${'ab'.repeat(32)}` as Bytes32;
const SIGNER = `0x${'11'.repeat(20)}` as Address;
const SIGNATURE: Hex = `0x${'22'.repeat(65)}`;

let server: Server;
let url: string;
let answer: Answer = () => {};
let seen: { method: string; path: string; body: string; headers: IncomingMessage['headers'] }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      seen.push({ method: request.method ?? '', path: request.url ?? '', body, headers: request.headers });
      answer(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  seen = [];
});

function client(timeoutMs = 5_000): AggregatorClient {
  return createAggregatorClient({ url, timeoutMs });
}

function json(status: number, body: unknown, type = 'application/json'): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
  };
}

function problem(status: number, code: string): Answer {
  const body = { type: 'about:blank', title: code, status, code, detail: 'because', instance: '/x' };
  return json(status, body, 'application/problem+json; charset=utf-8');
}

async function refusal(run: Promise<unknown>): Promise<AppError> {
  try {
    await run;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

function statement(count: bigint, asOf = 1_000n): JournalHead {
  return {
    edge: EDGE,
    count,
    tip: count,
    head: `0x${'cd'.repeat(32)}` as Bytes32,
    blockNumber: 8n,
    blockHash: `0x${'ef'.repeat(32)}` as JournalHead['blockHash'],
    asOf,
    epoch: 1,
  };
}

function signed(count: bigint) {
  return { statement: statement(count), signer: SIGNER, signature: SIGNATURE };
}

const edgeView = {
  edge: EDGE,
  name: EDGE,
  generation: 0,
  direction: 'to-ledger',
  source: 1,
  local: false,
  originChainId: 31_337,
  destinationChainId: 31_338,
  entryCount: '7',
  attestedCount: '5',
  reachableCount: '5',
  appliedCount: '3',
  lastAsOf: '1000',
  condition: null,
  attesters: [{ address: SIGNER, count: '5', asOf: '1000', lagS: null }],
};

describe('an aggregator client refuses', () => {
  it('a URL that is not http', () => {
    expect(() => createAggregatorClient({ url: 'ftp://there', timeoutMs: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[AppError: the address of the aggregator is not an http or https address without credentials; check SURETY_AGGREGATOR_URLS]`,
    );
    expect(() => createAggregatorClient({ url: 'http://a:b@there', timeoutMs: 1 })).toThrow(
      expect.objectContaining({ code: 'BAD_URL', retryable: false }) as Error,
    );
  });

  it('a response above the byte limit, and stops reading it', async () => {
    let written = 0;
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const chunk = Buffer.alloc(1 << 20, 0x20);
      const more = (): void => {
        while (!response.destroyed && written < 64 && response.write(chunk)) written += 1;
        if (written < 64) response.once('drain', () => ((written += 1), more()));
      };
      more();
    };
    const error = await refusal(client().readEdges());
    expect([error.code, error.retryable]).toEqual(['ANSWER_TOO_LARGE', false]);
    expect(written).toBeLessThan(64);
  });

  it('a response of another content type, broken JSON and JSON of another shape', async () => {
    answer = json(200, { edges: [] }, 'text/html');
    expect((await refusal(client().readEdges())).code).toBe('BAD_ANSWER');
    // Nested deeper than a function can follow.
    const deep = `{"edges":${'['.repeat(99_999)}${']'.repeat(99_999)}}`;
    answer = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(deep);
    expect((await refusal(client().readEdges())).message).toContain('holds a list of 1 at');
    answer = (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"edges":');
    expect((await refusal(client().readEdges())).code).toBe('BAD_ANSWER');
    answer = json(200, { edges: [{ ...edgeView, attestedCount: '-1' }] });
    const error = await refusal(client().readEdges());
    expect(error.message).toMatchInlineSnapshot(
      `"the aggregator's answer holds "-1" at answer.edges[0].attestedCount; expected a decimal integer from 0 to 2^64 - 1; ask its operator or use another one"`,
    );
  });

  it('a redirect to another origin', async () => {
    answer = (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    expect((await refusal(client().readEdges())).code).toBe('AGGREGATOR_UNREACHABLE');
  });

  it('to wait longer than its time limit', async () => {
    answer = () => {};
    const error = await refusal(client(50).readEdges());
    expect([error.code, error.retryable]).toEqual(['AGGREGATOR_TIMEOUT', true]);
  });

  it('to continue after its caller aborted', async () => {
    const controller = new AbortController();
    answer = () => controller.abort(new Error('enough'));
    await expect(client().readEdges(controller.signal)).rejects.toThrow('enough');
  });

  it('a closed port as unreachable, retryable', async () => {
    const error = await refusal(createAggregatorClient({ url: 'http://127.0.0.1:1', timeoutMs: 5_000 }).readEdges());
    expect([error.code, error.retryable]).toEqual(['AGGREGATOR_UNREACHABLE', true]);
  });

  it('a problem document by its code; 5xx and 429 are retryable, 4xx are not', async () => {
    answer = problem(404, 'UNKNOWN_EDGE');
    const refused = await refusal(client().readStatements({ edge: EDGE, after: 0n }));
    expect([refused.code, refused.retryable, refused.context['problem_code']]).toEqual([
      'AGGREGATOR_REFUSED',
      false,
      'UNKNOWN_EDGE',
    ]);
    answer = problem(429, 'TOO_MANY');
    expect(await refusal(client().readEdges())).toMatchObject({ code: 'AGGREGATOR_FAILED', retryable: true });
    answer = (_request, response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>');
    expect(await refusal(client().readEdges())).toMatchObject({ code: 'AGGREGATOR_FAILED', retryable: true });
  });

  it('fewer entries or outcomes than requested', async () => {
    answer = json(200, { edge: EDGE, from: '0', to: '2', packed: `0x${'00'.repeat(95)}`, locations: [] });
    expect((await refusal(client().readEntries(EDGE, 0n, 2n))).message).toContain('expected 2 entries of 95 bytes');
    answer = json(200, { outcomes: [{ kind: 'stored', fresh: true }] });
    expect((await refusal(client().postStatements([signed(1n), signed(2n)]))).code).toBe('BAD_ANSWER');
  });

  it('a statement of another edge, and one whose signatures do not match its signers', async () => {
    const view = { statement: formatWire(statement(5n)), signers: [SIGNER], signatures: SIGNATURE, complete: true };
    answer = json(200, { statements: [{ ...view, statement: { ...view.statement, edge: `0x${'00'.repeat(32)}` } }] });
    expect((await refusal(client().readAttested(EDGE, { after: 0n }))).code).toBe('BAD_ANSWER');
    answer = json(200, { statements: [{ ...view, signers: [SIGNER, SIGNER] }] });
    expect((await refusal(client().readAttested(EDGE, { after: 0n }))).message).toContain(
      '65 bytes for each of 2 signers',
    );
  });
});

describe('an aggregator client', () => {
  it('reads edges with exact integers and drops unknown members', async () => {
    answer = json(200, { edges: [{ ...edgeView, later: 1 }] });
    const [edge] = await client().readEdges();
    expect(edge).toEqual({
      ...edgeView,
      entryCount: 7n,
      attestedCount: 5n,
      reachableCount: 5n,
      appliedCount: 3n,
      lastAsOf: 1000n,
      condition: null,
      attesters: [{ address: SIGNER, count: 5n, asOf: 1000n, lagS: null }],
    });
  });

  it('posts statements 256 at a time and returns outcomes in order', async () => {
    answer = (_request, response, body) => {
      const { statements } = JSON.parse(body) as { statements: { statement: { count: string } }[] };
      const outcomes = statements.map(({ statement: { count } }) => ({ kind: 'refused', code: count, detail: '' }));
      json(422, { status: 422, code: '1', detail: '', outcomes }, 'application/problem+json')(_request, response, body);
    };
    const outcomes = await client().postStatements(Array.from({ length: 300 }, (_, at) => signed(BigInt(at))));
    expect(outcomes.map((outcome) => (outcome.kind === 'refused' ? outcome.code : ''))).toEqual(
      Array.from({ length: 300 }, (_, at) => String(at)),
    );
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /v1/statements', 'POST /v1/statements']);
  });

  it('posts entries and returns a refusal as an outcome', async () => {
    const request = {
      edge: EDGE,
      from: 3n,
      entries: { packed: new Uint8Array(95), locations: [] },
      stage: 'final' as const,
      poster: SIGNER,
      signature: SIGNATURE,
    };
    answer = json(200, { kind: 'stored', fresh: false });
    expect(await client().postEntries(request)).toEqual({ kind: 'stored', fresh: false });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      from: '3',
      packed: bytesToHex(new Uint8Array(95)),
      stage: 'final',
      locations: [],
      poster: SIGNER,
      signature: SIGNATURE,
    });
    answer = problem(409, 'CONFLICT');
    expect(await client().postEntries(request)).toEqual({ kind: 'refused', code: 'CONFLICT', detail: 'because' });
    answer = problem(503, 'BUSY');
    expect(await refusal(client().postEntries(request))).toMatchObject({ code: 'AGGREGATOR_FAILED', retryable: true });
  });

  it('reads all pages of complete statements, ascending by count and then by age', async () => {
    const view = (count: bigint, asOf: bigint, complete = true) => ({
      statement: formatWire(statement(count, asOf)),
      signers: [SIGNER],
      signatures: SIGNATURE,
      complete,
    });
    const pages = [
      Array.from({ length: 100 }, (_, at) => view(BigInt(at + 1), 5n)),
      [view(102n, 9n), view(102n, 7n), view(103n, 8n, false)],
    ];
    answer = (request, response, body) => json(200, { statements: pages.shift() })(request, response, body);
    const found = await client().readAttested(EDGE, { after: 0n });
    expect(found).toHaveLength(102);
    expect(found.slice(-2).map((one) => one.statement.asOf)).toEqual([7n, 9n]);
    expect(seen.map(({ path }) => path)).toEqual([
      `/v1/edges/${EDGE}/statements?after=0&limit=100&attested=true`,
      `/v1/edges/${EDGE}/statements?after=100&limit=100&attested=true`,
    ]);
  });

  it('reads no page beyond the requested count', async () => {
    const page = Array.from({ length: 100 }, (_, at) => ({
      statement: formatWire(statement(BigInt(at + 1))),
      signers: [SIGNER],
      signatures: SIGNATURE,
      complete: true,
    }));
    answer = json(200, { statements: page });
    expect(await client().readAttested(EDGE, { after: 0n, upTo: 99n })).toHaveLength(100);
    expect(seen).toHaveLength(1);
  });

  it('reads long ranges of entries in parts of 512', async () => {
    answer = (request, response, body) => {
      const query = new URL(request.url ?? '', url).searchParams;
      const [from, to] = [Number(query.get('from')), Number(query.get('to'))];
      const packed = bytesToHex(new Uint8Array(95 * (to - from)).fill(from > 0 ? 2 : 1));
      json(200, { edge: EDGE, from: String(from), to: String(to), packed, locations: [] })(request, response, body);
    };
    const packed = await client().readEntries(EDGE, 0n, 600n);
    expect(packed.length).toBe(600 * 95);
    expect([packed[0], packed[512 * 95]]).toEqual([1, 2]);
    expect(seen).toHaveLength(2);
  });

  it('reads a whole page of payments, including those that wait for their recipient and stopped ones', async () => {
    const entry = `0x${'10'.repeat(95)}`;
    const payment = (seq: bigint, state: string) => ({ seq: String(seq), entry, readyAt: '9', state, lane: null });
    const next = 2n ** 64n + 1n;
    const stopped = [{ seq: '8', entry, state: 'refunded', reason: 'stolen keys', refunded: '5' }];
    const listed = [payment(4n, 'payable'), payment(7n, 'claimable'), payment(next, 'recorded')];
    answer = json(200, { payments: listed, stopped });
    const packed = new Uint8Array(95).fill(0x10);
    const read = (seq: bigint, state: string) => ({ seq, packed, readyAt: 9n, state });
    const expected = [read(4n, 'payable'), read(7n, 'claimable'), read(next, 'recorded')];
    expect(await client().readPayments(EDGE, 3n)).toEqual(expected);
    expect(await client().readStopped(EDGE, 3n)).toEqual([{ seq: 8n, packed, isRefunded: true }]);
    expect((await refusal(client().readStopped(EDGE, 8n))).code).toBe('BAD_ANSWER');
    expect(seen[0]?.path).toBe(`/v1/edges/${EDGE}/payments?after=3`);
  });

  it('rejects payments out of order, and one whose entry is malformed', async () => {
    const payment = { seq: '3', entry: `0x${'10'.repeat(95)}`, readyAt: '9', state: 'payable', lane: 'small' };
    answer = json(200, { payments: [payment], stopped: [] });
    expect((await refusal(client().readPayments(EDGE, 3n))).code).toBe('BAD_ANSWER');
    answer = json(200, { payments: [{ ...payment, entry: '0x10' }], stopped: [] });
    expect((await refusal(client().readPayments(EDGE, 0n))).message).toContain('expected an entry of 95 bytes');
  });

  it('reads a page of parked credits, and rejects one out of order', async () => {
    const credit = { source: 1, account: EDGE, vaultAsset: 3, amount: '9', fee: '1', reason: 'CAP' };
    answer = json(200, { parked: [{ ...credit, index: '4' }] });
    expect(await client().readParked(1, 3n)).toEqual([{ ...credit, index: 4n, amount: 9n, fee: 1n }]);
    expect(seen.map(({ path }) => path)).toEqual(['/v1/sources/1/parked?after=3']);
    answer = json(200, { parked: [{ ...credit, index: '3' }] });
    expect((await refusal(client().readParked(1, 3n))).code).toBe('BAD_ANSWER');
  });

  it('reads an account of an aggregator that names no block of it yet', async () => {
    const names = { account: EDGE, owner: SIGNER, home: 0, sub: '0' };
    answer = json(200, { ...names, lines: [], parked: [], entries: [], releases: [], protocols: [] });
    expect(await client().readAccount(EDGE)).toMatchObject({ account: EDGE, lines: [] });
  });

  it('reads the sums of all claims', async () => {
    answer = json(200, { assets: [], blocks: [] });
    expect(await client().readSolvency()).toEqual({ assets: [], blocks: [] });
  });

  it('reads an unready health response, and no entry for an unknown id', async () => {
    answer = json(503, { ready: false, reasons: [{ code: 'SYNCING', detail: 'behind' }] });
    expect(await client().readReadiness()).toEqual({ ready: false, reasons: [{ code: 'SYNCING', detail: 'behind' }] });
    answer = problem(404, 'UNKNOWN_ENTRY');
    expect(await client().readEntry('0x00')).toEqual([]);
  });

  it('reads a body of exactly the byte limit', async () => {
    answer = (_request, response) => {
      const head = '{"edges":[]';
      const body = head + ' '.repeat(ANSWER_BYTES_MAX - head.length - 1) + '}';
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    };
    expect(await client().readEdges()).toEqual([]);
  });

  it('streams events across chunk borders, resumes after an id and ends when aborted', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': hello\n\nid: 7\nevent: entry\nda');
      response.write('ta: {"stage":\ndata: "seen"}\n\nevent: margin\r\ndata: 1\r\n\r\n');
    };
    const controller = new AbortController();
    const events = [];
    for await (const event of client().readEvents({ lastEventId: '6', signal: controller.signal })) {
      events.push(event);
      if (events.length === 2) controller.abort();
    }
    expect(events).toEqual([
      { id: '7', name: 'entry', payload: { stage: 'seen' } },
      { id: '7', name: 'margin', payload: 1 },
    ]);
    expect(seen[0]?.headers['last-event-id']).toBe('6');
  });

  it('names its process in posts alone', async () => {
    answer = (request, response) => {
      const body = request.method === 'POST' ? { kind: 'stored', fresh: true } : { edges: [] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const named = createAggregatorClient({ url, timeoutMs: 5_000, process: '0123456789abcdef' });
    await named.readEdges();
    const entries = { packed: new Uint8Array(), locations: [] };
    await named.postEntries({ edge: EDGE, from: 0n, entries, stage: 'final', poster: SIGNER, signature: SIGNATURE });
    expect(seen.map(({ headers }) => headers['surety-process'])).toEqual([undefined, '0123456789abcdef']);
  });

  it('rejects an event without an end and a stream of another type', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${'x'.repeat(70_000)}`);
    };
    const drain = (): Promise<unknown> => client().readEvents()[Symbol.asyncIterator]().next();
    expect((await refusal(drain())).code).toBe('ANSWER_TOO_LARGE');
    answer = json(200, {});
    expect((await refusal(drain())).code).toBe('BAD_ANSWER');
  });
});
