import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '@surety/domain';
import { systemClock } from '@surety/process';
import type { RpcEndpoint } from '@surety/rpc';
import type { ObservedEvent } from '@surety/workflows';
import { afterEach, describe, expect, it } from 'vitest';
import { createChainReads } from './chain-reads.js';
import { RPC_BYTES_MAX } from './limits.js';
import { type Rpc, createRpc } from './rpc.js';
import { ModelDesk } from './testing/model-sender.js';

type Said = { result?: unknown; error?: unknown } | string | undefined;
type Answer = (method: string) => Said | Promise<Said>;

let servers: Server[] = [];

afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  servers = [];
});

/** Starts a provider of chain 7 by default that answers by method; a string is sent as the raw body. */
async function provider(name: string, answer: Answer, asked: string[] = []): Promise<RpcEndpoint> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    const reply = async (): Promise<void> => {
      const { method, id } = JSON.parse(body) as { method: string; id: number };
      asked.push(`${name} ${method}`);
      const said = (await answer(method)) ?? (method === 'eth_chainId' ? { result: '0x7' } : undefined);
      if (said === undefined) return;
      response.setHeader('content-type', 'application/json');
      response.end(typeof said === 'string' ? said : JSON.stringify({ jsonrpc: '2.0', id, ...said }));
    };
    request.on('end', () => void reply());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return { name, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

let events: ObservedEvent[] = [];

function rpc(...endpoints: RpcEndpoint[]): Rpc {
  events = [];
  return createRpc({
    chainId: 7,
    endpoints,
    timeoutMs: 1_000,
    clock: systemClock,
    observer: { observe: (event) => events.push(event) },
  });
}

async function refusal(run: Promise<unknown>): Promise<AppError> {
  const error: unknown = await run.then(
    () => new Error('nothing was thrown'),
    (cause: unknown) => cause,
  );
  if (error instanceof AppError) return error;
  throw error;
}

const isNonce = (method: string): boolean => method === 'eth_getTransactionCount';
const good: Answer = (method) => (isNonce(method) ? { result: '0x5' } : undefined);

describe('providers of a chain', () => {
  it('are refused when all of them serve another chain', async () => {
    const wrong = await provider('wrong', (method) => (method === 'eth_chainId' ? { result: '0x8' } : undefined));
    expect((await refusal(rpc(wrong).call('eth_getTransactionCount', []))).code).toBe('CHAIN_MISMATCH');
  });

  it('are not refused because one serves another chain while the others fail for a while', async () => {
    const wrong = await provider('wrong', (method) => (method === 'eth_chainId' ? { result: '0x8' } : undefined));
    const busy: Answer = (method) =>
      isNonce(method) ? { error: { code: -32_005, message: 'rate limit' } } : undefined;
    const error = await refusal(rpc(wrong, await provider('busy', busy)).call('eth_getTransactionCount', []));
    expect([error.code, error.retryable]).toEqual(['RPC_REFUSED', true]);
  });

  it('tolerate one that serves another chain', async () => {
    const wrong = await provider('wrong', (method) => (method === 'eth_chainId' ? { result: '0x8' } : undefined));
    const both = rpc(wrong, await provider('right', good));
    expect(await both.call('eth_getTransactionCount', [])).toBe('0x5');
    expect(events).toMatchObject([
      { name: 'provider-failed', level: 'warn', fields: { provider: 'wrong', code: 'CHAIN_MISMATCH' } },
    ]);
  });

  it('tolerate one whose URL starts to serve another chain, and warn of it once', async () => {
    const asked: string[] = [];
    let isMoved = false;
    const moved: Answer = (method) => {
      if (method === 'eth_chainId') return { result: isMoved ? '0x8' : '0x7' };
      return isMoved ? undefined : good(method);
    };
    const both = rpc(await provider('moved', moved, asked), await provider('right', good));
    await both.call('eth_getTransactionCount', []);
    isMoved = true;
    for (let times = 0; times < 3; times++) {
      expect(await both.call('eth_getTransactionCount', [])).toBe('0x5');
      both.rotate();
    }
    const told = events.map(({ level, fields }) => `${level} ${String(fields['code'])}`);
    expect(told).toEqual(['warn TIMEOUT', 'warn CHAIN_MISMATCH', 'debug CHAIN_MISMATCH']);
    expect(asked.filter((one) => one === 'moved eth_chainId')).toHaveLength(2);
  });

  it('tolerate one that answers another request, or serves too small a range', async () => {
    const serveLess: Answer = (method) =>
      method === 'eth_getLogs' ? { error: { code: -32_000, message: 'range too large' } } : undefined;
    const bad: Answer[] = [
      (method) => (method === 'eth_getLogs' ? JSON.stringify({ jsonrpc: '2.0', id: 999, result: [] }) : undefined),
      serveLess,
    ];
    const whole: Answer = (method) => (method === 'eth_getLogs' ? { result: ['whole'] } : undefined);
    for (const answer of bad) {
      const both = rpc(await provider('bad', answer), await provider('right', whole));
      expect(await both.call('eth_getLogs', [])).toEqual(['whole']);
    }
    const error = await refusal(rpc(await provider('bad', serveLess)).call('eth_getLogs', []));
    expect([error.code, error.retryable]).toEqual(['RPC_REFUSED', true]);
  });

  it('tolerate one that is silent, floods, sends invalid JSON or fails internally', async () => {
    const bad: Answer[] = [
      () => undefined,
      (method) => (isNonce(method) ? `"${' '.repeat(RPC_BYTES_MAX)}"` : undefined),
      (method) => (isNonce(method) ? '<html>' : undefined),
      (method) => (isNonce(method) ? {} : undefined),
      (method) => (isNonce(method) ? { error: { code: -32_005, message: 'rate limit' } } : undefined),
    ];
    for (const answer of bad) {
      const both = rpc(await provider('bad', answer), await provider('right', good));
      expect(await both.call('eth_getTransactionCount', [])).toBe('0x5');
    }
  });

  it('are unavailable when none answers', async () => {
    const silent = await provider('silent', () => undefined);
    const error = await refusal(rpc(silent, { name: 'gone', url: 'http://127.0.0.1:1' }).call('eth_call', []));
    expect([error.code, error.retryable]).toEqual(['RPC_UNAVAILABLE', true]);
    expect(error.message).toMatchInlineSnapshot(
      `"none of 2 providers of chain 7 answered eth_call within 1000 ms: silent (TIMEOUT), gone (UNREACHABLE); expected at least one; check that they are up"`,
    );
  });

  it('are asked beside one another once patience ends, so that four that hang cost one time limit', async () => {
    const desk = new ModelDesk();
    const { clock } = desk;
    const endpoints = ['a', 'b', 'c', 'd'].map((name) => ({ name, url: 'http://127.0.0.1:1' }));
    const transportOf = () => ({ send: () => new Promise<never>(() => undefined) });
    const patience = { clock, afterMs: 2_000 };
    const hanging = createRpc({ chainId: 7, endpoints, timeoutMs: 20_000, clock, transportOf, patience });
    const failure = await desk.pass(refusal(hanging.call('eth_getCode', [])), 30, () => undefined);
    expect(failure?.message).toContain(
      'eth_getCode within 20000 ms: a (TIMEOUT), b (TIMEOUT), c (TIMEOUT), d (TIMEOUT)',
    );
  });

  it('return a refusal of the request itself at once, without asking the next', async () => {
    const asked: string[] = [];
    const answer: Answer = (method) =>
      method === 'eth_call' ? { error: { code: 3, message: 'execution reverted', data: '0x12' } } : undefined;
    const both = rpc(await provider('one', answer, asked), await provider('two', answer, asked));
    const error = await refusal(both.call('eth_call', []));
    expect([error.code, error.context['payload']]).toEqual(['RPC_REFUSED', '0x12']);
    expect(asked).toEqual(['one eth_chainId', 'one eth_call']);
  });

  it('stay with the one that answered, and move on when rotated', async () => {
    const asked: string[] = [];
    const both = rpc(await provider('one', good, asked), await provider('two', good, asked));
    await both.call('eth_getTransactionCount', []);
    both.rotate();
    await both.call('eth_getTransactionCount', []);
    expect(asked).toEqual([
      'one eth_chainId',
      'one eth_getTransactionCount',
      'two eth_chainId',
      'two eth_getTransactionCount',
    ]);
  });
});

describe('complaints about a provider', () => {
  it('rotate once when they arrive together, and a late answer does not restore that provider', async () => {
    const asked: string[] = [];
    let release: (() => void) | undefined;
    const slow: Answer = async (method) => {
      if (method === 'eth_gasPrice') await new Promise<void>((resolve) => (release = resolve));
      return method === 'eth_gasPrice' ? { result: '0x1' } : good(method);
    };
    const all = rpc(...(await Promise.all([slow, good, good].map((answer, at) => provider(`${at}`, answer, asked)))));
    await all.call('eth_getTransactionCount', []);
    const underWay = all.call('eth_gasPrice', []);
    while (release === undefined) await new Promise((resolve) => setImmediate(resolve));
    for (let loops = 0; loops < 3; loops++) all.rotate();
    release();
    await underWay;
    await all.call('eth_getTransactionCount', []);
    expect(asked.at(-1)).toBe('1 eth_getTransactionCount');
  });
});

describe('a signed transaction', () => {
  const send =
    (reply: Said): Answer =>
    (method) =>
      method === 'eth_sendRawTransaction' ? reply : undefined;
  const refused = send({ error: { code: -32_003, message: 'insufficient funds' } });
  const spent = send({ error: { code: -32_003, message: 'nonce too low' } });

  it('is refused only if every provider refuses it', async () => {
    const outcome = await rpc(await provider('one', refused), await provider('two', refused)).broadcast('0x');
    expect(outcome).toEqual({ kind: 'refused', detail: 'insufficient funds; insufficient funds' });
  });

  it('has an unknown outcome if a provider did not answer', async () => {
    const outcome = await rpc(await provider('one', refused), await provider('two', send(undefined))).broadcast('0x');
    expect(outcome).toEqual({ kind: 'unknown', detail: '1 of 2 providers did not answer' });
  });

  it.each([-32_603, -32_005, -32_002, 429])(
    'has an unknown outcome if a gateway fails with %d: its node may have it',
    async (code) => {
      const faulty = send({ error: { code, message: 'upstream timed out' } });
      const outcome = await rpc(await provider('one', refused), await provider('two', faulty)).broadcast('0x');
      expect(outcome).toEqual({ kind: 'unknown', detail: '1 of 2 providers did not answer' });
    },
  );

  it.each([
    [-32_005, 'Transaction gas limit exceeds block gas limit'],
    [-32_002, 'Invalid signature'],
    [-32_603, 'insufficient funds for gas * price + value'],
    [-32_603, 'transaction underpriced'],
    [-32_603, 'unknown transaction type'],
  ])('is refused by a node that gives its reason under the code of a fault: %d, %s', async (code, message) => {
    const outcome = await rpc(await provider('one', send({ error: { code, message } }))).broadcast('0x');
    expect(outcome).toEqual({ kind: 'refused', detail: message });
  });

  it('is refused by a provider that lacks the method', async () => {
    const lacking = send({ error: { code: -32_601, message: 'no such method' } });
    const outcome = await rpc(await provider('one', refused), await provider('two', lacking)).broadcast('0x');
    expect(outcome).toEqual({ kind: 'refused', detail: 'insufficient funds; no such method' });
  });

  it('has an unknown outcome if a provider says that its nonce is spent: its own bytes may have spent it', async () => {
    const outcome = await rpc(await provider('one', refused), await provider('two', spent)).broadcast('0x');
    expect(outcome).toEqual({ kind: 'unknown', detail: '1 of 2 providers say that its nonce is spent' });
  });

  it('is accepted if one provider accepts it, or knows it already', async () => {
    for (const message of ['already known', 'AlreadyKnown']) {
      const known = send({ error: { code: -32_000, message } });
      const both = rpc(await provider('one', spent), await provider('two', known));
      expect((await both.broadcast('0x')).kind).toBe('accepted');
    }
    const taken = rpc(await provider('one', refused), await provider('two', send({ result: '0x1' })));
    expect((await taken.broadcast('0x')).kind).toBe('accepted');
  });
});

describe('chain reads', () => {
  it('reject a value that is no quantity, and name it', async () => {
    const reads = createChainReads(
      rpc(await provider('odd', (method) => (isNonce(method) ? { result: 5 } : undefined))),
      [],
    );
    const error = await refusal(reads.readNonce(`0x${'11'.repeat(20)}` as never, 'latest'));
    expect([error.code, error.retryable]).toEqual(['RPC_BAD_ANSWER', true]);
    expect(error.message).toContain('gave 5 as nonce');
  });

  it('accept a node that suggests no tip', async () => {
    const answer: Answer = (method) => {
      if (method === 'eth_getBlockByNumber')
        return { result: { number: '0x1', timestamp: '0x2', baseFeePerGas: '0x7' } };
      return method === 'eth_maxPriorityFeePerGas'
        ? { error: { code: -32_601, message: 'no such method' } }
        : undefined;
    };
    const reads = createChainReads(rpc(await provider('plain', answer)), []);
    expect(await reads.readMarket()).toEqual({ baseFeePerGas: 7n, tipPerGas: 0n, height: 1n });
  });
});
