import { type Hex, address } from '@surety/domain';
import {
  decodeDeployData,
  decodeFunctionData,
  deploylessCallViaBytecodeBytecode as bytecode,
  encodeFunctionResult,
  multicall3Abi,
  parseAbi,
} from 'viem';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { type AskAgreed, JoinedCalls } from './join-calls.js';
import { offchainLookup } from '../testing/offchain-lookup.js';
import { serveJsonRpc } from '../testing/serve-json-rpc.js';

const [BLOCK, OTHER] = [`0x${'22'.repeat(32)}`, `0x${'33'.repeat(32)}`] as const;
const TO = address(`0x${'11'.repeat(20)}`);
/** Of what deploys its own collector: the code, and the call of it. */
const abi = parseAbi(['constructor(bytes code, bytes data)']);

/** What was asked of the quorum: the receiver, or how many calls went together. */
let asked: (string | number)[];
/** Calls that have no answer together with others, and alone. */
let failing: Set<Hex>;
let broken: Set<Hex>;
let refusesJoined: boolean;
let signals: (AbortSignal | undefined)[];

beforeEach(() => {
  [asked, failing, broken, refusesJoined, signals] = [[], new Set(), new Set(), false, []];
});

function joinedIn(input: Hex): readonly { readonly callData: Hex }[] {
  const { args } = decodeDeployData({ abi, bytecode, data: input });
  const joined = decodeFunctionData({ abi: multicall3Abi, data: args?.[1] ?? '0x' });
  return joined.functionName === 'aggregate3' ? joined.args[0] : [];
}

/** A quorum that answers a call with its own input. */
const quorum: AskAgreed = async ({ to, input }, signal) => {
  signals.push(signal);
  if (to !== undefined) {
    asked.push(to);
    if (broken.has(input)) throw new Error(`no quorum for ${input}`);
    return input;
  }
  const calls = joinedIn(input);
  asked.push(calls.length);
  if (refusesJoined) throw new Error('missing receiver');
  const result = calls.map(({ callData }) => ({ success: !failing.has(callData), returnData: callData }));
  return encodeFunctionResult({ abi: multicall3Abi, functionName: 'aggregate3', result });
};

const ask = (calls: JoinedCalls, inputs: readonly Hex[], blockHash: Hex = BLOCK) =>
  Promise.all(inputs.map((input) => calls.call({ to: TO, input, blockHash })));

it('joins the calls of a turn, and gives each its own answer', async () => {
  const calls = new JoinedCalls(quorum);
  expect(await ask(calls, ['0x01', '0x02', '0x'])).toEqual(['0x01', '0x02', '0x']);
  expect(asked).toEqual([3]);
});

it('asks one alone as it is, and calls of different blocks apart', async () => {
  const calls = new JoinedCalls(quorum);
  expect(await ask(calls, ['0x01'])).toEqual(['0x01']);
  await Promise.all([ask(calls, ['0x01', '0x02']), ask(calls, ['0x03'], OTHER)]);
  expect([asked.filter((one) => one === TO).length, asked.filter((one) => one === 2).length]).toEqual([2, 1]);
});

it('joins what strangers’ contracts answer apart from the rest, so that a lie about the rest still counts', async () => {
  const sent: (readonly [joined: number, mayDiffer: boolean])[] = [];
  const calls = new JoinedCalls((request, signal) => {
    sent.push([joinedIn(request.input).length, request.mayDiffer === true]);
    return quorum(request, signal);
  });
  const inputs = ['0x01', '0x02', '0x03', '0x04', '0x05'] as const;
  const answers = inputs.map((input, at) =>
    calls.call({ to: TO, input, blockHash: BLOCK, ...(at < 3 ? { mayDiffer: true } : {}) }),
  );
  expect(await Promise.all(answers)).toEqual(inputs);
  expect(sent).toEqual([
    [3, true],
    [2, false],
  ]);
});

it('asks alone what reverts for its caller to fetch an address, and fetches nothing', async () => {
  const web = await serveJsonRpc(() => ({ result: '0x' }));
  onTestFinished(() => web.close());
  const lookup = offchainLookup(TO, web.url);
  failing.add(lookup);
  expect(await ask(new JoinedCalls(quorum), [lookup, '0x01'])).toEqual([lookup, '0x01']);
  expect([asked, web.asked]).toEqual([[2, TO], []]);
});

it('asks alone a few at once where all fail together', async () => {
  let [running, most] = [0, 0];
  const calls = new JoinedCalls(async ({ to, input }) => {
    if (to === undefined) throw new Error('no quorum');
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    return input;
  });
  const inputs = Array.from({ length: 40 }, (_, at) => `0x${(at + 16).toString(16)}` as const);
  expect(await ask(calls, inputs)).toEqual(inputs);
  expect(most).toBe(8);
});

it('joins no more than a call may carry', async () => {
  const input: Hex = `0x${'ab'.repeat(36)}`;
  const answers = await ask(new JoinedCalls(quorum), Array(256).fill(input) as Hex[]);
  expect([answers.length, new Set(answers).size]).toEqual([256, 1]);
  expect(asked.length).toBe(5);
});

it('asks alone for what fails together, and fails where that fails', async () => {
  failing = new Set<Hex>(['0x02', '0x03']);
  broken = new Set<Hex>(['0x03']);
  const calls = new JoinedCalls(quorum);
  const [first, second, third] = await Promise.allSettled(
    (['0x01', '0x02', '0x03'] as const).map((input) => calls.call({ to: TO, input, blockHash: BLOCK })),
  );
  expect([first, second]).toEqual(['0x01', '0x02'].map((value) => ({ status: 'fulfilled', value })));
  expect(third).toMatchObject({ status: 'rejected', reason: { message: 'no quorum for 0x03' } });
  expect(asked).toEqual([3, TO, TO]);
});

it('asks for each alone where none can be asked together', async () => {
  refusesJoined = true;
  expect(await ask(new JoinedCalls(quorum), ['0x01', '0x02'])).toEqual(['0x01', '0x02']);
  expect(asked).toEqual([2, TO, TO]);
});

it('asks with the signal that it was given', async () => {
  const { signal } = new AbortController();
  const calls = new JoinedCalls(quorum);
  await Promise.all(
    (['0x01', '0x02'] as const).map((input) => calls.call({ to: TO, input, blockHash: BLOCK }, signal)),
  );
  expect(signals).toEqual([signal]);
});
