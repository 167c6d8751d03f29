import { marketAbi } from '@surety/contracts';
import { address } from '@surety/domain';
import { decodeFunctionData } from 'viem';
import { expect, it } from 'vitest';
import type { MarketPlace } from './find-market.js';
import { MARKET_ACTS } from './market-acts.js';

const holder = address(`0x${'b2'.repeat(20)}`);
const ONE = 1_000_000n;

/** A market of so many losses, of each of which one unit may be collected, with so much cash. */
function placeOf(losses: bigint, cash: bigint): MarketPlace {
  const readContract = ({ functionName }: { functionName: string }): Promise<unknown> => {
    const answers: Record<string, unknown> = { lossCount: losses, collectableOf: ONE, booksOf: { cash } };
    return Promise.resolve(answers[functionName]);
  };
  const reader = { readContract, getBlockNumber: () => Promise.resolve(7n) };
  const market = { address: address(`0x${'a1'.repeat(20)}`), abi: marketAbi };
  return { reader, market, configured: { name: 'usds', symbol: 'USDS', decimals: 6 } } as unknown as MarketPlace;
}

async function plan(place: MarketPlace) {
  const act = MARKET_ACTS.find(({ name }) => name === 'collect');
  const planned = await act?.plan(place, holder, {});
  if (planned === undefined) throw new Error('there is no act to collect');
  const call = decodeFunctionData({ abi: marketAbi, data: planned.data });
  if (call.functionName !== 'collect') throw new Error(`it calls ${call.functionName}`);
  const [to, losses] = call.args;
  return { text: planned.text, to: to.toLowerCase(), losses };
}

it('collects of a hundred losses at once, and says how many are left', async () => {
  const { text, to, losses } = await plan(placeOf(103n, 1_000n * ONE));
  expect(text).toBe(`collection of 100 USDS, paid of 100 losses, for ${holder}; ask again for 3 more`);
  expect([to, losses.length]).toEqual([holder, 100]);
});

it('says what there is cash for', async () => {
  expect((await plan(placeOf(2n, ONE / 2n))).text).toBe(`collection of 0.5 USDS, paid of 2 losses, for ${holder}`);
});

it('sends nothing where nothing was paid, or no cash is left', async () => {
  await expect(plan(placeOf(0n, ONE))).rejects.toThrow(/usds has nothing to collect for 0xb2/);
  await expect(plan(placeOf(1n, 0n))).rejects.toThrow(/usds owes 1 USDS of losses to 0xb2\w+ and has no cash/);
});
