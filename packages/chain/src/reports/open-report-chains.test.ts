import { describe, expect, it } from 'vitest';
import { openReportChains } from './open-report-chains.js';
import type { ReportChainsOptions } from './open-report-chains.js';

const settlement = { ledger: '0x', lens: '0x', attesterSet: '0x', underlyings: [] };
function readerOf(body: unknown, seen: object[] = []) {
  const transports: ReportChainsOptions['transports'] = [
    {
      send: async (text, { bytesMax }) => {
        seen.push({ ...(JSON.parse(text) as object), bytesMax });
        return { status: 200, body: typeof body === 'string' ? body : JSON.stringify(body) };
      },
    },
  ];
  const chain = { chainId: 900, finality: { rule: 'finalized' } } as const;
  const [place] = openReportChains({ chain, settlement, transports, timeoutMs: 1_000, responseBytesMax: 7 });
  if (place === undefined) throw new TypeError('one provider is one place');
  return place.reader;
}
const call = { address: `0x${'11'.repeat(20)}`, abi: [], functionName: 'reports' } as const;
const abi = [{ type: 'function', name: 'reports', inputs: [], outputs: [], stateMutability: 'view' }] as const;

describe('the settlement chain at one provider', () => {
  it('is asked with a bound on its answer', async () => {
    const seen: object[] = [];
    expect(await readerOf({ jsonrpc: '2.0', id: 1, result: '0x10' }, seen).getBlockNumber()).toBe(16n);
    expect(seen).toMatchObject([{ method: 'eth_blockNumber', bytesMax: 7 }]);
  });

  it('tells a revert from a provider that answers nothing', async () => {
    const reverted = { jsonrpc: '2.0', id: 1, error: { code: 3, message: 'execution reverted', data: '0x' } };
    await expect(readerOf(reverted).readContract({ ...call, abi })).rejects.toThrow(/reverted/);
    for (const body of ['no JSON', '5', {}]) {
      const failure: Error = (await readerOf(body)
        .getBlockNumber()
        .catch((error: Error) => error)) as Error;
      expect(failure.message).toContain('eth_blockNumber was answered with HTTP 200 and no result');
    }
  });
});
