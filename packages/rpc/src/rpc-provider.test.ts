import { once } from 'node:events';
import { type RequestListener, createServer } from 'node:http';
import { type Keccak256, chainId } from '@surety/domain';
import { keccak256 } from '@surety/contracts';
import { AppError } from '@surety/domain';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { rpcError } from './errors.js';
import { DEFAULT_RPC_LIMITS } from './limits.js';
import { ManualClock } from './testing/manual-clock.js';
import { RecordingObserver } from './testing/lying-transport.js';
import { hashHeader } from './proof/header-hash.js';
import { CallBudget } from './call-budget.js';
import { createHttpTransport } from './http-transport.js';
import { parseBlock } from './answers/parse-block.js';
import { parseLogs } from './answers/parse-logs.js';
import { parseProof } from './answers/parse-proof.js';
import { parseReply } from './answers/parse-reply.js';
import { type RpcCall, RpcProvider } from './rpc-provider.js';
import type { RpcReply, RpcTransport } from './rpc-transport.js';

const hash: Keccak256 = keccak256;
const expected = { id: 7, method: 'eth_getLogs', params: [{}], bytesMax: 1_000 };
const text = (value: unknown): RpcReply => ({ status: 200, body: JSON.stringify(value) });

/** Classifies an act: it returns a value, throws an AppError, or throws anything else. */
function outcomeOf(act: () => unknown): 'value' | 'refused' | 'broken' {
  try {
    act();
    return 'value';
  } catch (error) {
    return error instanceof AppError ? 'refused' : 'broken';
  }
}

describe('a response', () => {
  it.each([
    ['HTTP_STATUS', { status: 500, body: 'oops' }],
    ['HTTP_STATUS', { status: 429, body: '{"jsonrpc":"2.0","id":7,"error":{"code":-32005,"message":"limit"}}' }],
    ['HTTP_STATUS', { status: 204, body: '' }],
    ['RANGE_REFUSED', { status: 413, body: '' }],
    [
      'RANGE_REFUSED',
      {
        status: 400,
        body: '{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"query returned more than 10000 results"}}',
      },
    ],
    ['RPC_ERROR', text({ jsonrpc: '2.0', id: 7, error: { code: -32000, message: 'missing trie node' } })],
    ['RPC_ERROR', text({ jsonrpc: '2.0', id: null, error: {} })],
    ['BAD_RESPONSE', text({ jsonrpc: '2.0', id: 7, error: 'text' })],
    ['BAD_RESPONSE', text({ jsonrpc: '2.0', id: 8, result: [] })],
    ['BAD_RESPONSE', text({ jsonrpc: '2.0', id: '7', result: [] })],
    ['BAD_RESPONSE', text({ jsonrpc: '1.0', id: 7, result: [] })],
    ['BAD_RESPONSE', text({ jsonrpc: '2.0', id: 7 })],
    ['BAD_RESPONSE', text([{ jsonrpc: '2.0', id: 7, result: [] }])],
    ['BAD_RESPONSE', text(null)],
    ['BAD_RESPONSE', { status: 200, body: '{"jsonrpc":"2.0","id":7,"result":' }],
    ['RESPONSE_TOO_LARGE', { status: 200, body: ' '.repeat(1_001) }],
  ])('yields %s for %o', (code, reply) => {
    expect(() => parseReply(reply, expected)).toThrow(expect.objectContaining({ code }));
  });

  it('keeps the clipped text of a refusal beside its bytes, and out of the message', () => {
    const refused = (message: unknown) => {
      try {
        return parseReply(text({ jsonrpc: '2.0', id: 7, error: { code: 3, message, data: '0xAB' } }), expected);
      } catch (error) {
        return { ...(error as AppError).context, message: (error as AppError).message };
      }
    };
    const message = 'eth_getLogs was answered with error 3';
    expect(refused('nonce too low')).toEqual({ rpc_code: 3, detail: 'nonce too low', payload: '0xab', message });
    expect(refused('x'.repeat(301))).toMatchObject({ detail: `${'x'.repeat(297)}...`, message });
    expect(refused(null)).toMatchObject({ detail: 'no message' });
  });

  it('returns its result, also if that is null', () => {
    expect(parseReply(text({ jsonrpc: '2.0', id: 7, result: null }), expected)).toBeNull();
    expect(parseReply(text({ jsonrpc: '2.0', id: 7, result: [], error: null }), expected)).toEqual([]);
    expect(parseReply({ status: 200, body: '{"jsonrpc":"2.0","id":7,"result":1}'.padEnd(1_000) }, expected)).toBe(1);
  });

  /** Values close to those of a real node: the right field names with arbitrary content. */
  const wild = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom('0x', '0x0', '0x00', '0xzz', `0x${'f'.repeat(64)}`, `0x${'f'.repeat(65)}`, null, [], {}),
  );
  const names = fc.constantFrom(
    'hash',
    'number',
    'parentHash',
    'stateRoot',
    'timestamp',
    'logsBloom',
    'address',
    'topics',
    'data',
    'blockNumber',
    'blockHash',
    'transactionHash',
    'logIndex',
    'removed',
    'accountProof',
    'storageProof',
    'proof',
    'key',
    'value',
  );
  const nearly = fc.oneof(wild, fc.dictionary(names, wild), fc.array(fc.dictionary(names, wild), { maxLength: 3 }));

  it('of any shape is parsed or refused with a code, and never crashes', () => {
    const filter = { address: `0x${'11'.repeat(20)}`, topics: [null], fromBlock: 0n, toBlock: 9n };
    const parsers = [
      (value: unknown) => parseReply(text(value), expected),
      (value: unknown) => parseBlock(value, hash, 5n),
      (value: unknown) => parseLogs(value, filter, 10),
      (value: unknown) => parseProof(value, 2),
    ];
    fc.assert(
      fc.property(nearly, (value) => {
        for (const parse of parsers) expect(outcomeOf(() => parse(value))).not.toBe('broken');
      }),
      { numRuns: 3_000 },
    );
  });

  it('of any text is parsed or refused with a code', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: 'binary' }), fc.integer({ min: 100, max: 599 }), (body, status) => {
        expect(outcomeOf(() => parseReply({ status, body }, expected))).not.toBe('broken');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a block', () => {
  const header = {
    parentHash: `0x${'01'.repeat(32)}`,
    sha3Uncles: `0x${'02'.repeat(32)}`,
    miner: `0x${'03'.repeat(20)}`,
    stateRoot: `0x${'04'.repeat(32)}`,
    transactionsRoot: `0x${'05'.repeat(32)}`,
    receiptsRoot: `0x${'06'.repeat(32)}`,
    logsBloom: `0x${'00'.repeat(256)}`,
    difficulty: '0x0',
    number: '0x9',
    gasLimit: '0x1',
    gasUsed: '0x0',
    timestamp: '0x5',
    extraData: '0x',
    mixHash: `0x${'07'.repeat(32)}`,
    nonce: '0x0000000000000000',
  };
  const block = { ...header, hash: hashHeader(header, hash) };

  it('that the provider does not know is a failure; one other than the requested block is a lie', () => {
    expect(() => parseBlock(null, hash, 9n)).toThrow(expect.objectContaining({ code: 'UNKNOWN_BLOCK' }));
    expect(() => parseBlock(block, hash, 8n)).toThrow(expect.objectContaining({ code: 'WRONG_BLOCK' }));
    expect(() => parseBlock({ ...block, timestamp: '0x6' }, hash, 9n)).toThrow(
      expect.objectContaining({ code: 'BAD_HEADER' }),
    );
  });

  it('is read with its hash in lower case', () => {
    const read = parseBlock({ ...block, hash: `0x${block.hash.slice(2).toUpperCase()}` }, hash, 9n);
    expect(read).toMatchObject({ height: 9n, hash: block.hash, parentHash: header.parentHash, timestamp: 5n });
  });
});

describe('a budget', () => {
  it('allows the configured number of calls at each provider, and names count and limit past it', () => {
    const budget = new CallBudget('a frame', 2);
    for (const provider of ['p1', 'p2', 'p1', 'p2']) budget.spend(provider);
    expect(() => budget.spend('p1')).toThrowErrorMatchingInlineSnapshot(
      `[AppError: a frame needs call 3 at provider p1; expected at most 2, raise callsPerFrameMax or ask for less]`,
    );
    expect([...budget.counts()]).toEqual([
      ['p1', 2],
      ['p2', 2],
    ]);
  });
});

describe('a provider', () => {
  const id = chainId(5);
  const open = (
    transport: RpcTransport,
    limits: Partial<typeof DEFAULT_RPC_LIMITS> = {},
  ): { provider: RpcProvider; clock: ManualClock; observer: RecordingObserver } => {
    const clock = new ManualClock();
    const observer = new RecordingObserver();
    const provider = new RpcProvider(
      { name: 'p1', operator: 'op1', transport },
      { chainId: id, clock, observer, limits: { ...DEFAULT_RPC_LIMITS, ...limits } },
    );
    return { provider, clock, observer };
  };
  const call = (signal?: AbortSignal): RpcCall<unknown> => ({
    method: 'eth_test',
    params: [],
    parse: (result) => result,
    budget: new CallBudget('a test', 100),
    signal,
  });
  const answering = (results: Readonly<Record<string, unknown>>): RpcTransport => ({
    send: (body) => {
      const { id: asked, method } = JSON.parse(body) as { id: number; method: string };
      return Promise.resolve(text({ jsonrpc: '2.0', id: asked, result: results[method] ?? null }));
    },
  });

  it('that stays silent times out, and its transport is aborted', async () => {
    let aborted = false;
    const { provider, clock } = open({
      send: (_, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('stopped'));
          }),
        ),
    });
    const asked = provider.ask(call());
    clock.advance(DEFAULT_RPC_LIMITS.callTimeoutMs - 1);
    expect(aborted).toBe(false);
    clock.advance(1);
    await expect(asked).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
    expect(aborted).toBe(true);
    expect(clock.sleeping).toBe(0);
    expect(provider.stats()).toMatchObject({ asked: 1, failed: 1, lied: 0, lastError: { code: 'TIMEOUT' } });
  });

  it('is never sent more concurrent calls than its limit', async () => {
    const { provider } = open({ send: () => new Promise(() => undefined) }, { inFlightMax: 2 });
    const stop = new AbortController();
    const waiting = [provider.ask(call(stop.signal)), provider.ask(call(stop.signal))];
    await expect(provider.ask(call())).rejects.toMatchObject({ code: 'PROVIDER_BUSY' });
    stop.abort();
    for (const each of waiting) await expect(each).rejects.toMatchObject({ code: 'ABORTED' });
    expect(provider.stats()).toMatchObject({ asked: 2, failed: 1 });
  });

  it('proves its chain once, and is not asked while it is refused', async () => {
    const right = open(answering({ eth_chainId: '0x5' }));
    await Promise.all([right.provider.call(call()), right.provider.call(call())]);
    expect(right.provider.stats()).toMatchObject({ asked: 3, failed: 0 });
    const wrong = open(answering({ eth_chainId: '0x6' }));
    await expect(wrong.provider.call(call())).rejects.toMatchObject({ code: 'WRONG_CHAIN' });
    await expect(wrong.provider.call(call())).rejects.toMatchObject({ code: 'PROVIDER_REFUSED' });
    expect(wrong.provider.stats()).toMatchObject({ asked: 1, lied: 1, failed: 1 });
    wrong.clock.advance(DEFAULT_RPC_LIMITS.recheckAfterMs);
    await expect(wrong.provider.call(call())).rejects.toMatchObject({ code: 'WRONG_CHAIN' });
  });

  it('lets a caller go that stops while another one’s call proves the chain', async () => {
    const { provider, clock } = open({ send: () => new Promise(() => undefined) });
    const stop = new AbortController();
    const [first, second] = [provider.call(call()), provider.call(call(stop.signal))];
    stop.abort();
    await expect(second).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(provider.call(call(stop.signal))).rejects.toMatchObject({ code: 'ABORTED' });
    expect(provider.stats()).toMatchObject({ asked: 1, failed: 0 });
    clock.advance(DEFAULT_RPC_LIMITS.callTimeoutMs);
    await expect(first).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('waits for the full interval again after failing another check', async () => {
    const { provider, clock } = open(answering({}));
    let checks = 0;
    provider.refuse(rpcError('UNPROVEN', 'no proof'), () => {
      checks += 1;
      return Promise.reject(rpcError('RPC_ERROR', 'still no proof'));
    });
    for (let round = 1; round <= 3; round++) {
      clock.advance(DEFAULT_RPC_LIMITS.recheckAfterMs);
      await expect(provider.call(call())).rejects.toMatchObject({ code: 'RPC_ERROR' });
      await expect(provider.call(call())).rejects.toMatchObject({ code: 'PROVIDER_REFUSED' });
      expect(checks).toBe(round);
    }
  });

  it('whose transport throws any error is UNREACHABLE, and the error text does not leak', async () => {
    const { provider, observer } = open({ send: () => Promise.reject(new Error('https://key@example.org refused')) });
    await expect(provider.ask(call())).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(JSON.stringify([provider.stats(), observer.events])).not.toContain('example.org');
  });
});

describe('the HTTP transport', () => {
  const servers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of servers.splice(0)) await close();
  });
  const serve = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(() => {
      server.closeAllConnections();
      server.close();
      return once(server, 'close');
    });
    const address = server.address();
    return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
  };
  const send = (url: string, bytesMax = 1_000, signal = new AbortController().signal): Promise<RpcReply> =>
    createHttpTransport({ url, headers: { 'x-key': 'k' } }).send('{"a":1}', { signal, bytesMax });

  it('stops reading an endless body at the limit', async () => {
    let written = 0;
    const url = await serve((_, response) => {
      const pour = (): void => {
        while (!response.destroyed && written < 64 * 1024 * 1024) {
          written += 65_536;
          if (!response.write(Buffer.alloc(65_536, 0x20))) return void response.once('drain', pour);
        }
      };
      pour();
    });
    await expect(send(url, 100_000)).rejects.toMatchObject({ code: 'RESPONSE_TOO_LARGE' });
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  it.each<[string, string, RequestListener]>([
    [
      'breaks off',
      'broke off its answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': '50' });
        response.write('{"json', () => response.socket?.destroy());
      },
    ],
    ['hangs up at once', 'could not be reached', (request) => void request.socket.destroy()],
    [
      'redirects',
      'redirects (HTTP 302)',
      (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    ],
  ])('is UNREACHABLE where the server %s', async (_, words, listener) => {
    const message = expect.stringContaining(words) as string;
    await expect(send(await serve(listener))).rejects.toMatchObject({ code: 'UNREACHABLE', message });
  });

  it('aborts when its caller does', async () => {
    const stop = new AbortController();
    const url = await serve(() => stop.abort());
    await expect(send(url, 1_000, stop.signal)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('sends nothing for a caller that has stopped', async () => {
    let asked = 0;
    const url = await serve((_, response) => void response.end(String(++asked)));
    await expect(send(url, 1_000, AbortSignal.abort())).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect((await send(url)).body).toBe('1');
  });

  it('closes the connection of an answer that nobody waits for', async () => {
    const stop = new AbortController();
    const closed = new Promise<void>((resolve) => {
      void serve((_, response) => {
        response.once('close', resolve);
        response.write(' ', () => stop.abort());
      }).then((url) => send(url, 1_000, stop.signal).catch(() => undefined));
    });
    await expect(closed).resolves.toBeUndefined();
  });

  it('is UNREACHABLE at an address that is none, without showing it', async () => {
    for (const url of ['nowhere', 'ftp://127.0.0.1/secret', 'http://127.0.0.1:1/secret']) {
      const error = await send(url).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'UNREACHABLE' });
      expect((error as Error).message).not.toContain('secret');
    }
  });

  it('posts the request with its headers and returns status and body', async () => {
    const url = await serve((request, response) => {
      const { method, headers } = request;
      response.writeHead(418).end(`${method} ${headers['content-type']} ${String(headers['x-key'])}`);
    });
    expect(await send(url)).toEqual({ status: 418, body: 'POST application/json k' });
    const echo = await serve(({ headers }, response) => void response.end(headers.authorization));
    expect((await send(echo.replace('//', '//user:p%40ss@'))).body).toBe(`Basic ${btoa('user:p@ss')}`);
    expect((await send(echo.replace('//', '//:key@'))).body).toBe(`Basic ${btoa(':key')}`);
    expect(() => createHttpTransport({ url: 'http://user:50%@localhost/' })).toThrow('write %25');
    const exact = await serve((_, response) => void response.end(' '.repeat(1_000)));
    expect((await send(exact)).body).toHaveLength(1_000);
  });
});
