import { ManualClock } from '@surety/rpc/testing';
import { describe, expect, it } from 'vitest';
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
});
