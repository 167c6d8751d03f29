import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { listFaults } from './fault.js';
import { type FaultProxy, startFaultProxy } from './fault-proxy.js';

const BLOCK = { hash: `0x${'ab'.repeat(32)}`, number: '0x1' };
const RESULTS: Record<string, unknown> = {
  eth_chainId: '0x385',
  eth_getBlockByNumber: BLOCK,
  eth_getLogs: [{ data: `0x${'00'.repeat(160)}`, topics: [] }],
  eth_getProof: { storageHash: '0x01', storageProof: [{ key: '0x0', value: '0x5', proof: ['0xaa'] }] },
};
const node = createServer((request, answer) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const call = JSON.parse(Buffer.concat(parts).toString()) as
      { id: number; method: string } | { id: number; method: string }[];
    const reply = ({ id, method }: { id: number; method: string }): object => ({
      jsonrpc: '2.0',
      id,
      result: RESULTS[method],
    });
    answer.end(JSON.stringify(Array.isArray(call) ? call.map(reply) : reply(call)));
  });
});
let proxy: FaultProxy;
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve));
  proxy = await startFaultProxy();
  url = proxy.open('watcher-1/901/1', `http://127.0.0.1:${(node.address() as AddressInfo).port}`);
});

beforeEach(() => proxy.healAll());

afterAll(async () => {
  await proxy.stop();
  await new Promise<void>((resolve) => node.close(() => resolve()));
});

async function post(body: object, signal: AbortSignal | null = null): Promise<Response> {
  return fetch(url, { method: 'POST', body: JSON.stringify(body), signal });
}

async function ask(method: string): Promise<unknown> {
  return ((await (await post({ id: 1, method })).json()) as { result: unknown }).result;
}

test('refuses to arm an endpoint that was never opened', () => {
  expect(() => proxy.arm('watcher-9/901/1', [])).toThrowErrorMatchingInlineSnapshot(
    `[AppError: no endpoint is named watcher-9/901/1; expected one of watcher-1/901/1]`,
  );
});

test('refuses to open an endpoint twice', () => {
  expect(() => proxy.open('watcher-1/901/1', url)).toThrowError(expect.objectContaining({ code: 'BAD_CONTROL' }));
});

test('passes every answer on unchanged while nothing is armed', async () => {
  for (const [method, result] of Object.entries(RESULTS)) expect(await ask(method)).toEqual(result);
  expect(proxy.counts('watcher-1/901/1').struck).toBe(0);
});

test.each([
  ['drop-logs', 'eth_getLogs', []],
  ['wrong-chain-id', 'eth_chainId', '0x3039'],
  ['wrong-block-hash', 'eth_getBlockByNumber', { ...BLOCK, hash: `0x${'ab'.repeat(31)}a0` }],
  [
    'forged-proof',
    'eth_getProof',
    { storageHash: '0x01', storageProof: [{ key: '0x0', value: '0x0', proof: ['0xa0'] }] },
  ],
  ['empty', 'eth_chainId', null],
] as const)('lies with %s about %s', async (kind, method, expected) => {
  proxy.arm('watcher-1/901/1', [{ kind }]);
  expect(await ask(method)).toEqual(expected);
});

test('changes the amount inside a forged log', async () => {
  proxy.arm('watcher-1/901/1', [{ kind: 'forge-logs' }]);
  const [log] = (await ask('eth_getLogs')) as { data: string }[];
  expect(log?.data).not.toBe(`0x${'00'.repeat(160)}`);
  expect(log?.data).toHaveLength(2 + 320);
});

test('strikes only the reads it names, one call in so many, and counts its answers', async () => {
  proxy.arm('watcher-1/901/1', [{ kind: 'http-429', reads: ['logs'], oneIn: 2 }]);
  const before = proxy.counts('watcher-1/901/1').told['http-429 of logs'] ?? 0;
  const statuses = [];
  for (let call = 0; call < 4; call++) statuses.push((await post({ id: 1, method: 'eth_getLogs' })).status);
  expect(statuses).toEqual([429, 200, 429, 200]);
  expect(await ask('eth_chainId')).toBe('0x385');
  expect(proxy.counts('watcher-1/901/1').told['http-429 of logs']).toBe(before + 2);
});

test.each(['timeout', 'stall'] as const)('says nothing with %s until the caller gives up', async (kind) => {
  proxy.arm('watcher-1/901/1', [{ kind }]);
  const signal = AbortSignal.timeout(100);
  await expect(post({ id: 1, method: 'eth_chainId' }, signal).then((answer) => answer.text())).rejects.toMatchObject({
    name: 'TimeoutError',
  });
});

test.each(['reset', 'answer-lost', 'cut-off', 'empty-body', 'no-json'] as const)('%s is no JSON', async (kind) => {
  proxy.arm('watcher-1/901/1', [{ kind }]);
  await expect(ask('eth_chainId')).rejects.toBeInstanceOf(Error);
});

test.each([
  ['wrong-id', { jsonrpc: '2.0', id: 999_999, result: '0x385' }],
  ['no-id', { jsonrpc: '2.0', result: '0x385' }],
  ['error-instead', { jsonrpc: '2.0', id: 1, error: { code: -32_603, message: 'internal error' } }],
  ['result-and-error', { jsonrpc: '2.0', id: 1, result: '0x385', error: { code: -32_000, message: 'both' } }],
] as const)('misanswers with %s', async (kind, expected) => {
  proxy.arm('watcher-1/901/1', [{ kind }]);
  expect(await (await post({ id: 1, method: 'eth_chainId' })).json()).toEqual(expected);
});

test('pours out more than anybody takes', async () => {
  proxy.arm('watcher-1/901/1', [{ kind: 'giant-body' }]);
  const body = await (await post({ id: 1, method: 'eth_chainId' })).text();
  expect(body.length).toBeGreaterThan(32 * 1024 * 1024);
});

test('lies about one call of a batch and not about the other', async () => {
  proxy.arm('watcher-1/901/1', [{ kind: 'wrong-chain-id' }]);
  const answers = await (
    await post([
      { id: 1, method: 'eth_chainId' },
      { id: 2, method: 'eth_getBlockByNumber' },
    ])
  ).json();
  expect(answers).toEqual([
    { jsonrpc: '2.0', id: 1, result: '0x3039' },
    { jsonrpc: '2.0', id: 2, result: BLOCK },
  ]);
});

test('has at least forty lies and failures, and every falsehood names its reads', () => {
  const faults = listFaults();
  expect(faults.length).toBeGreaterThanOrEqual(40);
  expect(faults.filter(({ reads }) => reads.length === 0)).toEqual([]);
});

test('can be controlled from another process', async () => {
  const told = await fetch(`${proxy.controlUrl}/watcher-1/901/1`, {
    method: 'POST',
    body: JSON.stringify([{ kind: 'empty' }]),
  });
  expect(told.status).toBe(204);
  expect(await ask('eth_chainId')).toBe(null);
});

test('says what is wrong with a request to arm, and what is expected', async () => {
  proxy.arm('watcher-1/901/1', [{ kind: 'empty' }]);
  const told = async (body: string, name = 'watcher-1/901/1'): Promise<string> => {
    const answer = await fetch(`${proxy.controlUrl}/${name}`, { method: 'POST', body });
    return `${answer.status} ${await answer.text()}`;
  };
  expect(await told('[]', 'watcher-9')).toBe('404 no endpoint is named watcher-9; expected one of watcher-1/901/1\n');
  expect(await told('{"kind":"empty"')).toMatch(/^400 the body is \{"kind":"empty"; expected a JSON list/);
  expect(await told('')).toMatch(/^400 the body is empty; expected/);
  expect(await told('[{"kind":"lie"}]')).toMatch(/^400 \[0\]\.kind is "lie"; expected one of .*drop-logs.*timeout/);
  expect(await told('[{}]')).toMatch(/^400 \[0\]\.kind is missing; expected one of /);
  expect(await told('[{"kind":"drop-logs","reads":["proof"]}]')).toMatch(/^400 \[0\]\.reads is \["proof"\]; expected/);
  expect(await told('[{"kind":"empty","oneIn":0}]')).toBe('400 [0].oneIn is 0; expected a whole number from 1 on\n');
  // What was armed stays.
  expect(await ask('eth_chainId')).toBe(null);
});

test('lists every fault, and what each endpoint does wrong', async () => {
  proxy.arm('watcher-1/901/1', [{ kind: 'empty' }]);
  const listed = (await (await fetch(proxy.controlUrl)).json()) as { faults: unknown; endpoints: object };
  expect(listed.faults).toEqual(listFaults());
  expect(listed.endpoints).toEqual({ 'watcher-1/901/1': [{ kind: 'empty' }] });
});
