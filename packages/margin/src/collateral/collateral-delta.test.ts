import { tokenUnits } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { collateralDeltasOf } from './collateral-delta.js';

const asset = (decimals: number) => ({ decimals, baseInitialBps: 0, baseMaintenanceBps: 0 });
const sound = { stale: false, missing: false, failing: false, uncertain: false, diverged: false, place: 0 };
const price = (price1e12: bigint) => ({ price: { price1e12, initial1e12: price1e12, ...sound } });

describe('the delta of collateral', () => {
  it('is the sum of tokens by underlying over all sources, at the price that each line counts, without weights', () => {
    const lines = [
      {
        underlying: 7,
        line: { amount: tokenUnits(3n * 10n ** 8n), asset: asset(8) },
        margin: price(60_000n * 10n ** 12n),
      },
      { underlying: 2, line: { amount: tokenUnits(5n), asset: asset(0) }, margin: price(10n ** 12n) },
      {
        underlying: 7,
        line: { amount: tokenUnits(10n ** 18n), asset: asset(18) },
        margin: price(59_000n * 10n ** 12n),
      },
    ];
    expect(collateralDeltasOf(lines)).toEqual([
      { underlying: 2, delta: 5n * 10n ** 18n, value: 5n * 10n ** 18n },
      { underlying: 7, delta: 4n * 10n ** 18n, value: 239_000n * 10n ** 18n },
    ]);
    expect(collateralDeltasOf([])).toEqual([]);
  });

  it('rounds down what a token has below 18 decimals', () => {
    const line = { amount: tokenUnits(19n), asset: asset(19) };
    expect(collateralDeltasOf([{ underlying: 1, line, margin: price(10n ** 12n) }])).toEqual([
      { underlying: 1, delta: 1n, value: 1n },
    ]);
  });
});
