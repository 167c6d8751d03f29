import { WAD } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TOTAL_VOL_MAX } from './black-kernel.js';
import { type OptionType, black76, moneynessOf, preparedTotalVol } from './black76.js';
import { impliedTotalVol } from './implied-volatility.js';

const ask = (type: OptionType, forward: bigint, strike: bigint, value: bigint) =>
  impliedTotalVol({ type, moneyness: moneynessOf(forward, strike), value });
const valueOf = (type: OptionType, forward: bigint, strike: bigint, totalVol: bigint) =>
  black76(moneynessOf(forward, strike), preparedTotalVol(totalVol))[type];

const type = fc.constantFrom('call' as const, 'put' as const);
const forward = fc.bigInt({ min: 10n ** 20n, max: 10n ** 24n });
const ratio = fc.integer({ min: 128, max: 8_192 });

describe('implied volatility', () => {
  test('is refused below intrinsic value and from the bound on', () => {
    expect(ask('call', 9n * WAD, 7n * WAD, 2n * WAD - 1n)).toEqual({ found: false, reason: 'below-intrinsic' });
    expect(ask('put', 9n * WAD, 7n * WAD, -1n)).toEqual({ found: false, reason: 'below-intrinsic' });
    expect(ask('call', 9n * WAD, 7n * WAD, 9n * WAD)).toEqual({ found: false, reason: 'at-or-above-bound' });
    expect(ask('put', 9n * WAD, 7n * WAD, 7n * WAD)).toEqual({ found: false, reason: 'at-or-above-bound' });
    // Nearer to the bound than the largest volatility reaches.
    const wide = 10n ** 60n;
    expect(ask('call', wide, wide, wide - 1n)).toEqual({ found: false, reason: 'at-or-above-bound' });
    expect(ask('call', 0n, 7n, 0n)).toEqual({ found: true, totalVol: 0n });
  });

  test('is 0 at intrinsic value', () => {
    expect(ask('call', 9n * WAD, 7n * WAD, 2n * WAD)).toEqual({ found: true, totalVol: 0n });
    expect(ask('put', 9n * WAD, 7n * WAD, 0n)).toEqual({ found: true, totalVol: 0n });
  });

  test('gives back the value it was asked for, one unit from either bound too', () => {
    fc.assert(
      fc.property(type, forward, ratio, fc.bigInt({ min: 0n, max: 1n << 64n }), (side, f, promille, share) => {
        const strike = (f * BigInt(promille)) / 1_024n;
        const smaller = f < strike ? f : strike;
        const inside = side === 'call' ? f - strike : strike - f;
        const outside = 1n + (((smaller - 2n) * share) >> 64n);
        const value = outside + (inside > 0n ? inside : 0n);
        const implied = ask(side, f, strike, value);
        if (!implied.found) throw new Error(implied.reason);
        const error = valueOf(side, f, strike, implied.totalVol) - value;
        expect((error < 0n ? -error : error) <= 1n + outside / 10n ** 15n, `off by ${error}`).toBe(true);
      }),
    );
  });

  test('returns the volatility behind a value, as sharply as the value allows', () => {
    fc.assert(
      fc.property(type, forward, ratio, fc.bigInt({ min: 1n << 90n, max: 2n << 96n }), (side, f, promille, vol) => {
        const strike = (f * BigInt(promille)) / 1_024n;
        const implied = ask(side, f, strike, valueOf(side, f, strike, vol));
        if (!implied.found) throw new Error(implied.reason);
        // A unit of value is worth at most what a move of the volatility by this much brings.
        const slack = vol / 10n ** 9n;
        const low = valueOf(side, f, strike, vol - slack);
        const high = valueOf(side, f, strike, vol + slack);
        fc.pre(high - low > 1_000n);
        expect(implied.totalVol > vol - slack && implied.totalVol < vol + slack).toBe(true);
      }),
    );
  });

  test('rises with the value', () => {
    let before = 0n;
    for (let value = WAD; value < 100n * WAD; value += WAD) {
      const implied = ask('call', 100n * WAD, 120n * WAD, value);
      if (!implied.found) throw new Error(implied.reason);
      expect(implied.totalVol > before && implied.totalVol <= TOTAL_VOL_MAX).toBe(true);
      before = implied.totalVol;
    }
  });
});
