import { WAD, blockHeight } from '@surety/domain';
import { expect, it } from 'vitest';
import { LONE_BID_GAS, bidCostReader } from './bid-cost.js';

const GWEI = 10n ** 9n;

it.each([
  ['the fees of a crash', 298n * GWEI, 2n * GWEI, 3_000n * WAD, 3_276n * (WAD / 10n)],
  ['what rounds up to the last unit', 0n, 1n, 1n, 1n],
  ['no fees', 0n, 0n, 3_000n * WAD, 0n],
])(
  'the cost of a bid follows from base fee, tip and coin price: %s',
  async (_, baseFeePerGas, tipPerGas, price, wad) => {
    const read = bidCostReader(
      { readMarket: async () => ({ baseFeePerGas, tipPerGas, height: blockHeight(1n) }) },
      price,
    );
    expect([LONE_BID_GAS, await read()]).toEqual([364_000n, wad]);
  },
);
