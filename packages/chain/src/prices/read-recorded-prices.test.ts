import { address } from '@surety/domain';
import type { PublicClient } from 'viem';
import { expect, it } from 'vitest';
import { readRecordedPrices } from './read-recorded-prices.js';

interface Asked {
  readonly fromBlock: bigint;
  readonly toBlock: bigint;
}

/** A chain of 100 blocks, ten seconds each from 1,000, that observes a price of two slots in every fourth. */
function chain(asked: Asked[], times: bigint[]): PublicClient {
  return {
    getBlockNumber: async () => 100n,
    getBlock: async ({ blockNumber }: { blockNumber: bigint }) => {
      times.push(blockNumber);
      return { timestamp: 1_000n + 10n * blockNumber };
    },
    getLogs: async (of: Asked) => {
      asked.push(of);
      const blocks = Array.from(
        { length: Number(of.toBlock - of.fromBlock) + 1 },
        (_, at) => of.fromBlock + BigInt(at),
      );
      return blocks
        .filter((block) => block % 4n === 0n)
        .flatMap((block) =>
          [1, 3].map((slot) => ({
            args: { slot, price: block * BigInt(slot), confPpm: 0n, observedAt: 1_000n + 10n * block },
          })),
        );
    },
  } as unknown as PublicClient;
}
const riskManager = address(`0x${'a5'.repeat(20)}`);

it('reads prices since a time in spans, each slot apart, and looks for the first block by halving', async () => {
  const [asked, times]: [Asked[], bigint[]] = [[], []];
  const told: string[] = [];
  const prices = await readRecordedPrices({
    reader: chain(asked, times),
    riskManager,
    fromBlock: 5n,
    since: 1_900n,
    logSpanMax: 8n,
    onRead: (read, all) => told.push(`${read}/${all}`),
  });
  expect([...prices.keys()]).toEqual([1, 3]);
  expect(prices.get(3)).toEqual([92n, 96n, 100n].map((block) => ({ at: 1_000n + 10n * block, price: 3n * block })));
  expect(asked.map(({ fromBlock, toBlock }) => [fromBlock, toBlock])).toEqual([
    [90n, 97n],
    [98n, 100n],
  ]);
  expect(times.length).toBeLessThanOrEqual(7);
  expect(told).toEqual(['8/11', '11/11']);
});

it('counts an observation once, whoever brought it again', async () => {
  const twice = chain([], []);
  const reader = {
    ...twice,
    getLogs: async () => [1n, 2n].map((price) => ({ args: { slot: 1, price, confPpm: 0n, observedAt: 2_000n } })),
  } as unknown as PublicClient;
  const prices = await readRecordedPrices({ reader, riskManager, fromBlock: 0n, since: 0n, logSpanMax: 1_000n });
  expect(prices.get(1)).toEqual([{ at: 2_000n, price: 2n }]);
});
