import { WAD } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TOTAL_VOL_MAX } from './black-kernel.js';
import { black76, callDeltaOf, moneynessOf, outOfTheMoneyValue, preparedTotalVol } from './black76.js';
import { divideFixed, fixedOne, shift } from './fixed-point.js';
import { normalCumulative } from './normal-distribution.js';

/** Prices from a billionth to a hundred million, with 18 decimals. */
const price = fc.bigInt({ min: 10n ** 9n, max: 10n ** 26n });
/** Total volatilities from 2^-20 to the limit. */
const totalVol = fc.bigInt({ min: 1n << 76n, max: TOTAL_VOL_MAX });
/** A strike within a factor of 16 of a forward, where options have value. */
const nearPair = fc
  .record({ forward: fc.bigInt({ min: 10n ** 18n, max: 10n ** 24n }), ratio: fc.integer({ min: 64, max: 16_384 }) })
  .map(({ forward, ratio }) => ({ forward, strike: (forward * BigInt(ratio)) / 1_024n }));
const pair = fc.oneof(nearPair, fc.record({ forward: price, strike: price }));

const valueOf = (of: { forward: bigint; strike: bigint }, vol: bigint) =>
  black76(moneynessOf(of.forward, of.strike), preparedTotalVol(vol));

describe('Black-76', () => {
  test('refuses negative prices and volatilities', () => {
    expect(() => moneynessOf(-1n, 1n)).toThrow('a forward or a strike is negative');
    expect(() => moneynessOf(1n, -1n)).toThrow('a forward or a strike is negative');
    expect(() => preparedTotalVol(-1n)).toThrow('a volatility is negative');
  });

  test('is exact at its limits', () => {
    const vol = 1n << 96n;
    expect(valueOf({ forward: 0n, strike: 7n }, vol)).toEqual({ call: 0n, put: 7n });
    expect(valueOf({ forward: 7n, strike: 0n }, vol)).toEqual({ call: 7n, put: 0n });
    expect(valueOf({ forward: 0n, strike: 0n }, vol)).toEqual({ call: 0n, put: 0n });
    expect(valueOf({ forward: 9n, strike: 7n }, 0n)).toEqual({ call: 2n, put: 0n });
    expect(valueOf({ forward: 7n, strike: 9n }, 0n)).toEqual({ call: 0n, put: 2n });
    expect(valueOf({ forward: 7n, strike: 9n }, TOTAL_VOL_MAX + 1n)).toEqual({ call: 7n, put: 9n });
    expect(valueOf({ forward: WAD, strike: WAD }, TOTAL_VOL_MAX).call).toBe(WAD - 1n);
  });

  test('keeps put-call parity exactly, and the symmetry of forward and strike', () => {
    fc.assert(
      fc.property(pair, totalVol, ({ forward, strike }, vol) => {
        const { call, put } = valueOf({ forward, strike }, vol);
        expect(call - put).toBe(forward - strike);
        expect(valueOf({ forward: strike, strike: forward }, vol)).toEqual({ call: put, put: call });
      }),
    );
  });

  test('lies between intrinsic value and its bound', () => {
    fc.assert(
      fc.property(pair, totalVol, ({ forward, strike }, vol) => {
        const { call, put } = valueOf({ forward, strike }, vol);
        expect(call >= 0n && call >= forward - strike && call <= forward).toBe(true);
        expect(put >= 0n && put >= strike - forward && put <= strike).toBe(true);
      }),
    );
  });

  test('never falls as volatility rises: vega is at least 0', () => {
    fc.assert(
      fc.property(
        nearPair,
        totalVol,
        fc.bigInt({ min: 1n << 60n, max: 1n << 90n }),
        ({ forward, strike }, vol, step) => {
          const moneyness = moneynessOf(forward, strike);
          const value = (of: bigint) => outOfTheMoneyValue(moneyness, preparedTotalVol(of));
          // 1e-15 of the value is the kernel's error.
          expect(value(vol + step) + slack(value(vol)) >= value(vol)).toBe(true);
        },
      ),
    );
  });

  test('rises with the forward by at most the forward, and falls with the strike by at most the strike', () => {
    fc.assert(
      fc.property(nearPair, totalVol, fc.integer({ min: 1, max: 1_000 }), ({ forward, strike }, vol, promille) => {
        const more = (value: bigint) => value + (value * BigInt(promille)) / 1_000n;
        const base = valueOf({ forward, strike }, vol).call;
        const dearer = valueOf({ forward: more(forward), strike }, vol).call - base;
        const higher = valueOf({ forward, strike: more(strike) }, vol).call - base;
        expect(dearer >= -slack(forward) && dearer <= more(forward) - forward + slack(forward)).toBe(true);
        expect(higher <= slack(forward) && higher >= strike - more(strike) - slack(forward)).toBe(true);
      }),
    );
  });

  test('is convex in the strike', () => {
    fc.assert(
      fc.property(nearPair, totalVol, fc.integer({ min: 1, max: 900 }), ({ forward, strike }, vol, promille) => {
        const width = (strike * BigInt(promille)) / 1_000n;
        const at = (k: bigint) => valueOf({ forward, strike: k }, vol).call;
        expect(at(strike - width) + at(strike + width) - 2n * at(strike) >= -slack(forward + strike)).toBe(true);
      }),
    );
  });

  test('scales with the unit', () => {
    fc.assert(
      fc.property(nearPair, totalVol, fc.integer({ min: 2, max: 1_000 }), ({ forward, strike }, vol, factor) => {
        const by = BigInt(factor);
        const once = valueOf({ forward, strike }, vol).call;
        const scaled = valueOf({ forward: forward * by, strike: strike * by }, vol).call;
        expect(scaled - once * by >= -slack(scaled) && scaled - once * by <= by + slack(scaled)).toBe(true);
      }),
    );
  });
});

/** What the kernel's error and one unit may take from a comparison of values of this size. */
function slack(value: bigint): bigint {
  return (value < 0n ? -value : value) / 10n ** 15n + 2n;
}

describe('the delta of a call', () => {
  const deltaOf = (of: { forward: bigint; strike: bigint }, vol: bigint) =>
    callDeltaOf(moneynessOf(of.forward, of.strike), preparedTotalVol(vol));

  test('is that of the payoff without volatility and beyond the limits', () => {
    expect(deltaOf({ forward: 0n, strike: 7n }, 1n << 96n)).toBe(0n);
    expect(deltaOf({ forward: 7n, strike: 0n }, 1n << 96n)).toBe(WAD);
    expect(deltaOf({ forward: 7n, strike: 9n }, TOTAL_VOL_MAX + 1n)).toBe(WAD);
    expect([9n, 7n, 8n].map((forward) => deltaOf({ forward, strike: 8n }, 0n))).toEqual([WAD, 0n, WAD / 2n]);
    expect(deltaOf({ forward: WAD, strike: 2n * WAD }, 1n)).toBe(0n);
    expect(deltaOf({ forward: 2n * WAD, strike: WAD }, 1n)).toBe(WAD);
  });

  test('is N(d1) of the distribution with as many bits as one likes', () => {
    fc.assert(
      fc.property(nearPair, fc.bigInt({ min: 1n << 90n, max: 1n << 98n }), (of, vol) => {
        const bits = 160;
        const { logarithm } = moneynessOf(of.forward, of.strike);
        const wide = (value: bigint) => shift(value, bits - 96);
        const d1 = divideFixed(wide(logarithm), wide(vol), bits) + (wide(vol) >> 1n);
        const exact = (normalCumulative(d1, bits) * WAD) / fixedOne(bits);
        const difference = deltaOf(of, vol) - exact;
        expect(difference >= -1n && difference <= 1n).toBe(true);
      }),
    );
  });
});
