import { AppError, type BlockHeight, type Hex, address } from '@surety/domain';
import { systemClock as clock } from '@surety/process';
import { offchainLookup, serveJsonRpc } from '@surety/rpc/testing';
import { concat, numberToHex, size } from 'viem';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { createChainReads } from './chain-reads.js';
import { type JoinedReads, joinReads } from './join-reads.js';
import { type Rpc, createRpc } from './rpc.js';
import { type AnvilNode, startAnvil } from './testing/anvil-node.js';

const CHAIN_ID = 9_108;
/** Returns the word that it is given; reverts at zero. */
const ECHO_CODE = '0x5f3580600a575f5ffd005b5f5260205ff3';
/** Burns all gas. */
const LOOP_CODE = '0x5b5f56';
const [echo, burner, nobody, asking] = ['c1', 'c2', 'c3', 'c4'].map((pair) => address(`0x${pair.repeat(20)}`)) as [
  ReturnType<typeof address>,
  ReturnType<typeof address>,
  ReturnType<typeof address>,
  ReturnType<typeof address>,
];

let node: AnvilNode;
/** Methods that reached the node, with their first parameters. */
let asked: { readonly method: string; readonly params: readonly unknown[] }[];
/** What a call fails with instead of reaching the node. */
let failure: (params: readonly unknown[]) => AppError | undefined;
let joined: JoinedReads;

beforeAll(async () => {
  node = await startAnvil(CHAIN_ID);
  await node.ask('anvil_setCode', [echo, ECHO_CODE]);
  await node.ask('anvil_setCode', [burner, LOOP_CODE]);
  await node.ask('anvil_mine', [numberToHex(5)]);
});
afterAll(() => node.stop());

beforeEach(() => {
  [asked, failure] = [[], () => undefined];
  const open = createRpc({ chainId: CHAIN_ID, endpoints: [{ name: 'local', url: node.url }], timeoutMs: 5_000, clock });
  const rpc: Pick<Rpc, 'call'> & Rpc = {
    ...open,
    async call(method, params, signal) {
      asked.push({ method, params });
      const error = failure(params);
      if (error !== undefined) throw error;
      return open.call(method, params, signal);
    },
  };
  joined = joinReads(rpc, createChainReads(rpc, []));
});

const word = (n: number): Hex => numberToHex(n, { size: 32 });
const view = (n: number, { to = echo, at = 5n } = {}) => joined.view({ to, calldata: word(n) }, at as BlockHeight);
const answer = (bytes: Hex) => ({ kind: 'answer', bytes });
const isJoined = ([request]: readonly unknown[]): boolean => !('to' in (request as object));

test('views that are called at once go to the node as one call, each with its own answer', async () => {
  const numbers = Array.from({ length: 20 }, (_, n) => n + 1);
  expect(await Promise.all(numbers.map((n) => view(n)))).toEqual(numbers.map((n) => answer(word(n))));
  expect(asked.map(({ method }) => method)).toEqual(['eth_call']);
});

test('one that asks its caller to fetch an address is a revert, and nothing is fetched', async () => {
  const web = await serveJsonRpc(() => ({ result: '0x' }));
  onTestFinished(() => web.close());
  const lookup = offchainLookup(asking, web.url);
  const length = size(lookup);
  // Copies the bytes behind its code to memory, and reverts with them.
  await node.ask('anvil_setCode', [
    asking,
    concat([
      '0x61',
      numberToHex(length, { size: 2 }),
      '0x600c5f39',
      '0x61',
      numberToHex(length, { size: 2 }),
      '0x5ffd',
      lookup,
    ]),
  ]);
  const found = await Promise.all([view(1), view(1, { to: asking })]);
  expect(found).toEqual([
    answer(word(1)),
    { kind: 'reverted', revert: { name: 'REVERTED', detail: 'the call reverts with unknown error 0x556f1830' } },
  ]);
  expect(web.asked).toEqual([]);
});

test('views at different blocks go apart, and so do those that are called later', async () => {
  await Promise.all([view(1, { at: 4n }), view(2)]);
  await view(3);
  expect(asked.map(({ params }) => params[1])).toEqual(['0x4', '0x5', '0x5']);
});

test('one that fails is called alone, and says why; one without code has nothing to say', async () => {
  const found = await Promise.all([view(1), view(0), view(1, { to: nobody })]);
  expect(found).toMatchObject([answer(word(1)), { kind: 'reverted' }, answer('0x')]);
  expect(asked.map(({ params }) => isJoined(params))).toEqual([true, false]);
});

test('one that burns the gas of all holds up no other', async () => {
  const [first, second, third] = await Promise.all([view(1, { to: burner }), view(2, { to: burner }), view(3)]);
  expect([first?.kind, second?.kind, third]).toEqual(['reverted', 'reverted', answer(word(3))]);
});

test('a node that takes no call without a receiver is asked for each alone', async () => {
  const refused = new AppError({ code: 'RPC_REFUSED', message: 'x', context: { detail: 'missing to' } });
  failure = (params) => (isJoined(params) ? refused : undefined);
  expect(await Promise.all([view(1), view(2)])).toEqual([answer(word(1)), answer(word(2))]);
  expect(asked).toHaveLength(3);
});

test('what no provider answers fails as it would alone', async () => {
  failure = () => new AppError({ code: 'RPC_UNAVAILABLE', message: 'no answer', retryable: true });
  await expect(view(1)).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE', retryable: true });
  expect(asked).toHaveLength(1);
  await expect(joined.view({ to: echo, calldata: '0x' }, 5n as BlockHeight, AbortSignal.abort())).rejects.toThrow(
    'aborted',
  );
  expect(asked).toHaveLength(1);
});

test('heads that are asked for at once are one question, and a later one another', async () => {
  const heads = await Promise.all([joined.readHead(), joined.readHead()]);
  expect(heads.map(({ height }) => height)).toEqual([5n, 5n]);
  await node.ask('anvil_mine', [numberToHex(1)]);
  expect((await joined.readHead()).height).toBe(6n);
  expect(asked.map(({ method }) => method)).toEqual(['eth_getBlockByNumber', 'eth_getBlockByNumber']);
});

test('whoever stops waits for no provider, and the others do', async () => {
  const stop = new AbortController();
  let fail: (error: Error) => void = () => {};
  const never = new Promise<never>((_, reject) => (fail = reject));
  const ask = (): Promise<never> => never;
  const silent = joinReads({ call: ask }, { call: ask, readHead: ask });
  const viewed = { to: echo, calldata: word(1) };
  const stopped = [silent.readHead(stop.signal), silent.view(viewed, 5n as BlockHeight, stop.signal)];
  const left = [silent.readHead(), silent.view(viewed, 5n as BlockHeight)];
  stop.abort(new Error('stopped'));
  for (const each of stopped) await expect(each).rejects.toThrow('stopped');
  fail(new AppError({ code: 'RPC_UNAVAILABLE', message: 'nobody answers' }));
  for (const each of left) await expect(each).rejects.toThrow('nobody answers');
  expect.assertions(4);
});
