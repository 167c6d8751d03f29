import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  depositScaledWeight,
  sizePremiumOf,
  sizeScaledAssetWeight,
  sizeScaledLiabilityWeight,
} from './size-weights.js';
import { type Tier, areTiersAscending, tieredAmountOf } from './tiered-amount.js';
import { type Fraction, ONE, ZERO, add, compare, fraction, maximum, minimum, multiply, subtract } from '@surety/margin';
import { isAtMost, notNegative, positive, share } from '../testing/arbitraries.js';
import { openInterestScaledPpm, ppmOfNotional } from '../requirement/open-interest-scaled.js';

describe('tiers', () => {
  const falling: fc.Arbitrary<readonly Tier[]> = fc
    .tuple(fc.array(positive, { maxLength: 5 }), fc.array(share, { minLength: 6, maxLength: 6 }))
    .map(([widths, rates]) => {
      let edge = ZERO;
      const down = rates.toSorted((left, right) => compare(right, left));
      const bounded = widths.map((width, at) => ({ upTo: (edge = add(edge, width)), rate: down[at] ?? ZERO }));
      return [...bounded, { rate: down.at(-1) ?? ZERO }];
    });

  it('value an amount continuously, without a fall, and ever less for more of it', () => {
    fc.assert(
      fc.property(falling, notNegative, notNegative, (tiers, a, b) => {
        const valueOf = (amount: Fraction) => tieredAmountOf(amount, tiers).weighted;
        const [low, high] = [minimum(a, b), maximum(a, b)];
        const middle = multiply(add(low, high), fraction(1n, 2n));
        expect(isAtMost(valueOf(low), valueOf(high))).toBe(true);
        // No slice counts more than its whole, so that value never jumps at an edge.
        expect(isAtMost(subtract(valueOf(high), valueOf(low)), subtract(high, low))).toBe(true);
        const chord = multiply(add(valueOf(low), valueOf(high)), fraction(1n, 2n));
        expect(isAtMost(chord, valueOf(middle))).toBe(true);
      }),
    );
  });
});

describe('size terms', () => {
  it('never raise an asset’s weight and never lower a liability’s as size grows', () => {
    fc.assert(
      fc.property(notNegative, notNegative, share, share, (a, b, imf, weight) => {
        const [small, large] = [sizePremiumOf(minimum(a, b), imf), sizePremiumOf(maximum(a, b), imf)];
        expect(isAtMost(sizeScaledAssetWeight(weight, large), sizeScaledAssetWeight(weight, small))).toBe(true);
        const liability = add(ONE, weight);
        const [less, more] = [sizeScaledLiabilityWeight(liability, small), sizeScaledLiabilityWeight(liability, large)];
        expect(isAtMost(less, more) && isAtMost(liability, less)).toBe(true);
      }),
    );
  });

  it('count no more of a token than its start, however much of it is deposited', () => {
    fc.assert(
      fc.property(positive, positive, share, (deposits, start, weight) => {
        const scaled = depositScaledWeight(weight, deposits, start);
        expect(isAtMost(scaled, weight)).toBe(true);
        expect(isAtMost(multiply(scaled, deposits), multiply(weight, start))).toBe(true);
      }),
    );
  });

  it('of open interest raise margin from its base up to the whole, never further', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.bigInt({ min: 0n, max: 10n ** 12n }), (a, b) => {
        const caps = { lowerCap: 10n ** 11n, upperCap: 5n * 10n ** 11n };
        const ppmAt = (open: bigint) => openInterestScaledPpm(50_000n, { notional: fraction(open), ...caps });
        const [low, high] = a < b ? [ppmAt(a), ppmAt(b)] : [ppmAt(b), ppmAt(a)];
        expect(50_000n <= low && low <= high && high <= 1_000_000n).toBe(true);
        const notional = fraction(b);
        expect(ppmOfNotional(notional, high) * 1_000_000n >= b * high).toBe(true);
      }),
    );
  });
});

describe('the order of tiers', () => {
  it('is that each ends above the one before, not above 0 alone, and that only the last has no end', () => {
    const to = (...ends: readonly (bigint | undefined)[]) =>
      areTiersAscending(ends.map((end) => (end === undefined ? {} : { upTo: fraction(end) })));
    expect([to(5n, 10n, undefined), to(5n, 5n), to()]).toEqual([true, true, true]);
    expect([to(10n, 5n, undefined), to(-1n), to(undefined, 5n)]).toEqual([false, false, false]);
  });
});
