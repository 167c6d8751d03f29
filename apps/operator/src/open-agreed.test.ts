import type { Network, ProviderEndpoint } from '@surety/config';
import { systemClock } from '@surety/process';
import { numberToHex } from 'viem';
import { afterEach, describe, expect, it } from 'vitest';
import { openAgreedReader } from './open-agreed.js';
import { serveMethods } from './testing/serve-landing.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));
const chain = { chainId: 900, name: 'alpha', providers: [] } as unknown as Network['chains'][number];

/** One provider: the height that it has reached, the time of its blocks, and a field that other nodes write differently. */
interface Node {
  readonly height: number;
  readonly timeS: number;
  readonly size: string;
}

/** Opens a chain at such providers; `asked` gets the block of each value that is read. */
async function open(nodes: readonly Node[], asked: unknown[] = []) {
  const urls = nodes.map(({ height, timeS, size }) =>
    serveMethods((method, params) => {
      if (method === 'eth_chainId') return '0x384';
      if (method === 'eth_blockNumber') return numberToHex(height);
      if (method === 'eth_getLogs') return [];
      if (method !== 'eth_getBlockByNumber') return (asked.push(params.at(-1)), numberToHex(timeS));
      const number = params[0] === 'latest' ? numberToHex(height) : params[0];
      return { number, hash: `0x${'b1'.repeat(32)}`, timestamp: numberToHex(timeS), size };
    }, closing),
  );
  const endpoints = (await Promise.all(urls)).map((url, at) => ({ name: `p${at}`, operator: `p${at}`, url }));
  return openAgreedReader({ chain, endpoints: endpoints as unknown as ProviderEndpoint[], clock: systemClock });
}

const honest = (height: number, size = '0x1'): Node => ({ height, timeS: 1_800_000_000, size });

describe('a chain by two thirds of its providers', () => {
  it('has the time of theirs, however each writes its blocks, and not that of one that lies', async () => {
    const reader = await open([{ ...honest(9), timeS: 1_700_000_000 }, honest(9, '0x2'), honest(9, '0x3'), honest(9)]);
    expect((await reader.getBlock()).timestamp).toBe(1_800_000_000n);
    expect(await reader.getLogs()).toEqual([]);
  });

  it('is read at the newest block that they have reached', async () => {
    const asked: unknown[] = [];
    const reader = await open([honest(12), honest(9), honest(11), honest(10)], asked);
    expect(await reader.getBlockNumber()).toBe(10n);
    expect(await reader.getBalance({ address: `0x${'11'.repeat(20)}` })).toBe(1_800_000_000n);
    expect(new Set(asked)).toEqual(new Set(['0xa']));
    expect((await reader.getBlock()).number).toBe(10n);
  });

  it('is not read where too few agree on a time', async () => {
    const early = { ...honest(9), timeS: 1_700_000_000 };
    const reader = await open([early, early, honest(9), honest(9)]);
    await expect(reader.getBlock()).rejects.toThrow('providers of alpha disagree: at most 2 of 4');
  });
});
