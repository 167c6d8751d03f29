import { AppError, address } from '@surety/domain';
import {
  BaseError,
  ContractFunctionRevertedError,
  RpcRequestError,
  type Transport,
  encodeErrorResult,
  parseAbi,
} from 'viem';
import { afterEach, describe, expect, it } from 'vitest';
import { createReader } from './create-reader.js';
import { type TellSilence, providerTransport } from './provider-transport.js';
import { quorumTransport } from './quorum-transport.js';
import { openProviders } from '../open-providers.js';
import type { RpcProvider } from '../rpc-provider.js';
import { ManualClock } from '../testing/manual-clock.js';
import { offchainLookup } from '../testing/offchain-lookup.js';
import {
  type Answering,
  PROVIDER_LIES,
  type ServedProvider,
  atChain,
  serveJsonRpc,
} from '../testing/serve-json-rpc.js';

const WORD = (digit: string): string => `0x${digit.padStart(64, '0')}`;
const VIEW = {
  address: `0x${'ab'.repeat(20)}`,
  abi: parseAbi(['function m() view returns (uint256)', 'error TooLow(uint256 seen)']),
  functionName: 'm',
} as const;
const two = atChain(7, { result: WORD('2') });
const three = atChain(7, { result: WORD('3') });
const dead: Answering = () => 500;
const reverting = (message: string, data = '0x'): Answering => atChain(7, { error: { code: 3, message, data } });
const refusing = (code: number, message: string): Answering => atChain(7, { error: { code, message } });

const TIMEOUT_MS = 300;
const PATIENCE_MS = 50;
let served: ServedProvider[] = [];
const clock = new ManualClock();

afterEach(async () => {
  await Promise.all(served.map((one) => one.close()));
  served = [];
});

async function providersOf(...answers: Answering[]): Promise<RpcProvider[]> {
  const from = served.length;
  served.push(...(await Promise.all(answers.map(serveJsonRpc))));
  const endpoints = served.slice(from).map(({ url }, at) => ({ name: `p${at + 1}`, url }));
  return openProviders({ chainId: 7, endpoints, timeoutMs: TIMEOUT_MS, clock });
}

const readOver = (transport: Transport): Promise<bigint> => createReader(transport).readContract(VIEW);

/** Lets calls without a response time out. */
const outOfTime =
  (answer: Answering): Answering =>
  async (method, params) => {
    const said = await answer(method, params);
    if (said === undefined) clock.advance(TIMEOUT_MS);
    return said;
  };

async function failureOf(asked: Promise<unknown>): Promise<BaseError> {
  const failure: unknown = await asked.then(
    () => new Error('nothing was thrown'),
    (error: unknown) => error,
  );
  if (failure instanceof BaseError) return failure;
  throw failure;
}

const lies = Object.entries(PROVIDER_LIES);

describe('a viem client', () => {
  it('keeps no height: what is read next is of the newest block', async () => {
    let height = 16;
    const growing: Answering = (method) => ({
      result: method === 'eth_chainId' ? '0x7' : `0x${(height += 1).toString(16)}`,
    });
    const reader = createReader(providerTransport(await providersOf(growing)));
    expect([await reader.getBlockNumber(), await reader.getBlockNumber()]).toEqual([17n, 18n]);
  });
});

describe('a viem client over providers in turn', () => {
  it.each(lies)('moves on where the first of four %s', async (_, lie) => {
    const transport = providerTransport(await providersOf(outOfTime(lie(three)), two, two, two));
    expect(await readOver(transport)).toBe(2n);
    expect(await readOver(transport)).toBe(2n);
    expect(served[1]?.asked).toEqual(['eth_chainId', 'eth_call', 'eth_call']);
  });

  it('asks the next one beside one that is silent, counts the first answer, and stays with it', async () => {
    const silent: Answering = () => {
      clock.advance(PATIENCE_MS);
      return undefined;
    };
    const transport = providerTransport(await providersOf(silent, two, three), undefined, {
      clock,
      afterMs: PATIENCE_MS,
    });
    expect(await readOver(transport)).toBe(2n);
    expect(await readOver(transport)).toBe(2n);
    expect(served.map(({ asked }) => asked)).toEqual([['eth_chainId'], ['eth_chainId', 'eth_call', 'eth_call'], []]);
  });

  it('hands what is sent to a second provider only after the first one failed', async () => {
    let sleeping = 0;
    const silent: Answering = (method) => {
      if (method === 'eth_chainId') return { result: '0x7' };
      sleeping = clock.sleeping;
      clock.advance(TIMEOUT_MS);
      return undefined;
    };
    const patience = { clock, afterMs: PATIENCE_MS };
    const transport = providerTransport(await providersOf(silent, two), undefined, patience);
    await createReader(transport).sendRawTransaction({ serializedTransaction: '0x02' });
    // The time limit of the call, and nobody’s patience.
    expect(sleeping).toBe(1);
    expect(served[1]?.asked).toEqual(['eth_chainId', 'eth_sendRawTransaction']);
  });

  it('returns a revert as the answer, with its reason', async () => {
    const reason = atChain(7, {
      error: { code: 3, message: 'execution reverted', data: `0x2f4f5e18${'0'.repeat(64)}` },
    });
    const transport = providerTransport(await providersOf(reason, two));
    const failure = await failureOf(readOver(transport));
    expect(failure.walk((one) => one instanceof ContractFunctionRevertedError)).not.toBeNull();
    expect(served.map(({ asked }) => asked.length)).toEqual([2, 0]);
  });

  it('asks the next provider where one refuses for reasons of its own, or lacks the block', async () => {
    for (const first of [refusing(-32_005, 'limit exceeded'), refusing(-32_000, 'header not found')]) {
      expect(await readOver(providerTransport(await providersOf(first, two)))).toBe(2n);
    }
    const all = await failureOf(readOver(providerTransport(await providersOf(refusing(-32_000, 'header not found')))));
    expect(all.message).toContain('header not found');
  });

  it('returns an empty result where all providers agree on it', async () => {
    const nothing = atChain(7, { result: '0x' });
    const client = createReader(providerTransport(await providersOf(nothing, dead, nothing)));
    expect(await client.getCode({ address: VIEW.address })).toBeUndefined();
  });

  it('returns an empty result once two thirds agree on it, and waits for nobody else', async () => {
    const nothing = atChain(7, { result: '0x' });
    const transport = providerTransport(await providersOf(nothing, nothing, nothing, () => undefined));
    expect(await createReader(transport).getCode({ address: VIEW.address })).toBeUndefined();
    expect(served[3]?.asked).toEqual([]);
  });

  it('names each failed provider and its failure, never a URL, or throws the error that its opener builds', async () => {
    const providers = await providersOf(dead, PROVIDER_LIES['belongs to another chain']?.(two) ?? dead);
    const failure = await failureOf(readOver(providerTransport(providers)));
    expect(failure.message).toContain('none of 2 providers answered eth_call; expected one that does: p1 HTTP_STATUS');
    expect(failure.message).toContain('p2 WRONG_CHAIN: provider p2 answered chain id 31337; expected 7');
    expect(failure.message).not.toContain('127.0.0.1');
    const tell: TellSilence = (method, failures) => new Error(`${method} ${failures.length}`);
    expect((await failureOf(readOver(providerTransport(providers, tell)))).message).toContain('eth_call 2');
  });
});

describe('a viem client that is asked to fetch an address', () => {
  it.each([
    ['over providers in turn', providerTransport],
    ['over a quorum', quorumTransport],
  ])('%s reverts, and fetches nothing', async (_, transportOf) => {
    const web = await serveJsonRpc(two);
    served.push(web);
    const lookup = reverting('execution reverted', offchainLookup(address(VIEW.address), web.url));
    const failure = await failureOf(readOver(transportOf(await providersOf(lookup, lookup, lookup))));
    expect(failure.walk((cause) => cause instanceof ContractFunctionRevertedError)).not.toBeNull();
    expect(web.asked).toEqual([]);
  });
});

describe('a viem client over a quorum', () => {
  it.each(lies)('returns what three agree on where one of four %s', async (_, lie) => {
    expect(await readOver(quorumTransport(await providersOf(lie(three), two, two, two)))).toBe(2n);
  });

  it('returns what two thirds of the providers answer', async () => {
    expect(await readOver(quorumTransport(await providersOf(two, three, two)))).toBe(2n);
    expect(await readOver(quorumTransport(await providersOf(two, dead, two)))).toBe(2n);
  });

  it.each<[name: string, answers: Answering[], words: string]>([
    ['one of two lies', [two, three], 'at most 1 of 2 providers agree on eth_call, expected 2; 2 different answers'],
    ['two of four are away', [two, two, dead, dead], 'at most 2 of 4 providers agree on eth_call, expected 3'],
    ['the only one is away', [dead], 'at most 0 of 1 providers agree'],
    ['there is none', [], 'there is no provider to ask eth_call'],
  ])('rejects where %s', async (_, answers, words) => {
    await expect(readOver(quorumTransport(await providersOf(...answers)))).rejects.toThrow(words);
  });

  it('treats differently worded reverts as equal, and an overloaded provider as silent', async () => {
    const reverts = await providersOf(reverting('execution reverted: no'), reverting('reverted'), two);
    const failure = await failureOf(readOver(quorumTransport(reverts)));
    expect(failure.walk((one) => one instanceof ContractFunctionRevertedError)).not.toBeNull();
    const busy = await providersOf(refusing(-32_603, 'internal error'), refusing(-32_603, 'internal error'), two);
    await expect(readOver(quorumTransport(busy))).rejects.toThrow('at most 1 of 3 providers agree');
  });

  it('tells of a revert what more providers say than may lie, whoever answers last, and nothing else', async () => {
    const low = (seen: bigint): Answering =>
      reverting('execution reverted', encodeErrorResult({ abi: VIEW.abi, errorName: 'TooLow', args: [seen] }));
    const revertOf = async (...answers: Answering[]): Promise<ContractFunctionRevertedError> => {
      const failure = await failureOf(readOver(quorumTransport(await providersOf(...answers))));
      return failure.walk((cause) => cause instanceof ContractFunctionRevertedError) as ContractFunctionRevertedError;
    };
    for (const at of [0, 1, 2]) {
      const lied = [low(1n), low(1n)].toSpliced(at, 0, low(9n));
      expect((await revertOf(...lied, dead)).data).toMatchObject({ errorName: 'TooLow', args: [1n] });
    }
    const untold = await revertOf(low(1n), low(2n), reverting('execution reverted: pay me'), dead);
    expect([untold.data, untold.reason]).toEqual([undefined, 'execution reverted']);
  });

  it('takes a call out of gas at a quorum for the contract’s answer, and one that allows less gas for no liar', async () => {
    const ranOut = refusing(-32_000, 'out of gas');
    const odd = refusing(3, 'execution reverted: out of gas');
    const [one, other] = [await providersOf(ranOut, ranOut, ranOut, two), await providersOf(two, two, ranOut, two)];
    const failure = await failureOf(readOver(quorumTransport(one)));
    expect(failure.walk((cause) => cause instanceof RpcRequestError)).toMatchObject({ details: 'out of gas' });
    expect(await readOver(quorumTransport(other))).toBe(2n);
    for (const at of [0, 1, 2, 3]) {
      const odds = [odd, odd, odd];
      const mixed = await providersOf(...odds.slice(0, at), ranOut, ...odds.slice(at));
      const told = await failureOf(readOver(quorumTransport(mixed)));
      expect(told.walk((cause) => cause instanceof ContractFunctionRevertedError)).not.toBeNull();
    }
    const split = await failureOf(readOver(quorumTransport(await providersOf(ranOut, two, two, ranOut))));
    expect(split.message).toContain('2 different answers');
    expect([...one, ...other].map((provider) => provider.stats().lied)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('takes the lack of a block for silence, and tells it apart from another answer', async () => {
    const nothing = atChain(7, { result: null });
    const lagging = [nothing, refusing(-32_000, 'header not found'), refusing(-32_001, 'Unknown block')];
    expect(await readOver(quorumTransport(await providersOf(nothing, two, two, two)))).toBe(2n);
    for (const [answers, context] of [
      [lagging, { answers: 0, lacking: 2 }],
      [[two, three], { answers: 2, lacking: 0 }],
    ] as const) {
      const failure = await failureOf(readOver(quorumTransport(await providersOf(...answers))));
      const cause = failure.walk((one) => one instanceof AppError);
      expect(cause).toMatchObject({ code: 'NO_QUORUM', context });
    }
  });

  it('takes two results for equal by their keys', async () => {
    const transport = quorumTransport(await providersOf(two, three), () => 'any');
    expect([2n, 3n]).toContain(await readOver(transport));
  });

  it('accepts an address without code as an answer', async () => {
    const nothing = await providersOf(atChain(7, { result: '0x' }));
    await expect(readOver(quorumTransport(nothing))).rejects.toThrow('returned no data');
  });
});
