import type { RelayerConfig } from '@surety/config';
import { AppError, type Entry, ZERO_WORD, tokenUnits } from '@surety/domain';
import type { PriceBoard } from '@surety/workflows';
import { describe, expect, it } from 'vitest';
import { amountWorths, feeWorth } from './fee-worth.js';

const network = {
  chains: [{ chainId: 901, vault: { source: 1, assets: [{ index: 1, underlying: 3, decimals: 6 }] } }],
} as unknown as RelayerConfig['network'];

/** One dollar for underlying 3, 2,500 for underlying 4; none for any other. */
const board: PriceBoard = {
  readPrices: async (slots) =>
    slots.map((slot) => ({
      slot,
      cached: {
        price1e12: { 3: 10n ** 12n, 4: 2_500n * 10n ** 12n }[slot] ?? 0n,
        confPpm: 0,
        observedAt: 1n,
        maxAgeS: 1n,
        failing: false,
      },
      feed: { kind: 'failing', name: 'x' },
      timestamp: 1n,
    })),
};
const release = (fee: bigint, asset = 1): Entry => ({
  kind: 'RELEASE',
  asset,
  amount: tokenUnits(fee),
  account: ZERO_WORD,
  party: ZERO_WORD,
  fee: tokenUnits(fee),
});
const worth = (gasUnderlying: number | null, vaultChainId = 901) =>
  feeWorth({ network }, { vaultChainId, gasUnderlying, board });

describe('the worth of a fee', () => {
  it('is unknown without the coin, the asset or a price', async () => {
    expect(await worth(null)(release(1n))).toBeNull();
    expect(await worth(9)(release(1n))).toBeNull();
    expect(await worth(4)(release(1n, 2))).toBeNull();
    expect(await worth(4, 902)(release(1n))).toBeNull();
  });

  it('is nothing for no fee, whatever is known', async () => {
    expect(await worth(null)(release(0n))).toBe(0n);
  });

  it('is in wei of the chain’s coin, rounded down', async () => {
    expect(await worth(4)(release(2_500_000n))).toBe(10n ** 15n);
    expect(await worth(4)(release(1n))).toBe(400_000_000n);
  });
});

describe('the worth of amounts that wait', () => {
  const worths = (gasUnderlying: number | null, source = 1) =>
    amountWorths({ network }, { source, gasUnderlying, board });
  const two = [
    { vaultAsset: 1, units: 2_500_000n },
    { vaultAsset: 2, units: 5n },
  ];

  it('is unknown without the coin or its price, and 0 of an asset that is not configured', async () => {
    expect(await worths(null)(two)).toEqual([null, null]);
    expect(await worths(9)(two)).toEqual([null, 0n]);
    expect(await worths(4, 2)(two)).toEqual([0n, 0n]);
  });

  it('is unknown while nobody tells prices, which keeps no head from being published', async () => {
    const readPrices = async (): Promise<never> => {
      throw new AppError({ code: 'NO_RISK_MANAGER', message: 'the ledger names another one', retryable: true });
    };
    const silent = amountWorths({ network }, { source: 1, gasUnderlying: 4, board: { ...board, readPrices } });
    expect(await silent(two)).toEqual([null, 0n]);
  });

  it('is told for each, in their order, rounded down', async () => {
    expect(await worths(4)(two)).toEqual([10n ** 15n, 0n]);
    expect(await worths(4)([...two.toReversed(), { vaultAsset: 1, units: 1n }])).toEqual([
      0n,
      10n ** 15n,
      400_000_000n,
    ]);
    expect(await worths(4)([])).toEqual([]);
  });
});
