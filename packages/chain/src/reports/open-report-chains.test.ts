import { ManualClock } from '@surety/rpc/testing';
import { describe, expect, it } from 'vitest';
import { isContractAnswer } from './is-contract-answer.js';
import { type ReportChainsOptions, openReportChains } from './open-report-chains.js';

const settlement = { ledger: '0x', lens: '0x', attesterSet: '0x', underlyings: [] };
const chain = { chainId: 900, finality: { rule: 'finalized' } } as const;

function readerOf(answer: object | string, seen: object[] = []) {
  const transportOf: ReportChainsOptions['transportOf'] = () => ({
    send: async (text, { bytesMax }) => {
      const { id, method } = JSON.parse(text) as { id: number; method: string };
      seen.push({ method, bytesMax });
      const said = method === 'eth_chainId' ? { result: '0x384' } : answer;
      return { status: 200, body: typeof said === 'string' ? said : JSON.stringify({ jsonrpc: '2.0', id, ...said }) };
    },
  });
  const endpoints = [{ name: 'one', url: 'http://one' }];
  const open = { endpoints, transportOf, timeoutMs: 1_000, responseBytesMax: 700, clock: new ManualClock() };
  const [place] = openReportChains({ chain, settlement, ...open });
  if (place === undefined) throw new TypeError('one provider is one place');
  return place.reader;
}
const call = { address: `0x${'11'.repeat(20)}`, abi: [], functionName: 'reports' } as const;
const abi = [{ type: 'function', name: 'reports', inputs: [], outputs: [], stateMutability: 'view' }] as const;

describe('the settlement chain at one provider', () => {
  it('proves its chain id, and limits the size of responses', async () => {
    const seen: object[] = [];
    expect(await readerOf({ result: '0x10' }, seen).getBlockNumber()).toBe(16n);
    expect(seen).toEqual([
      { method: 'eth_chainId', bytesMax: 700 },
      { method: 'eth_blockNumber', bytesMax: 700 },
    ]);
  });

  it('distinguishes a revert from a provider that does not answer', async () => {
    const reverted = { error: { code: 3, message: 'execution reverted', data: '0x' } };
    await expect(readerOf(reverted).readContract({ ...call, abi })).rejects.toThrow(/reverted/);
    for (const answer of ['no JSON', '5', {}]) {
      await expect(readerOf(answer).getBlockNumber()).rejects.toThrow('none of 1 providers answered eth_blockNumber');
    }
  });

  it.each<[isAnswer: boolean, name: string, answer: object | string]>([
    [true, 'a revert', { error: { code: 3, message: 'execution reverted', data: '0x' } }],
    [true, 'a revert with more than a provider may send', { error: { code: 3, message: 'x'.repeat(700) } }],
    [true, 'a call that uses up its gas', { error: { code: -32_000, message: 'out of gas' } }],
    [
      true,
      'a call that uses up its gas, as other nodes say',
      { error: { code: -32_003, message: 'EVM error: OutOfGas' } },
    ],
    [true, 'a call that uses up its time', { error: { code: -32_000, message: 'execution aborted (timeout = 5s)' } }],
    [false, 'a lagging node', { error: { code: -32_000, message: 'header not found' } }],
    [false, 'no JSON', 'no JSON'],
  ])('takes as the word of a contract: %s, %s', async (isAnswer, _, answer) => {
    const failure = await readerOf(answer)
      .readContract({ ...call, abi })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(isContractAnswer(failure)).toBe(isAnswer);
  });
});
