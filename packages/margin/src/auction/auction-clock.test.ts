import { wad } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fraction } from '../number/decimal.js';
import { auctionClockOf, auctionElapsedOf, discountPpmAt, headStartOf, isFinalSale } from './auction-clock.js';

describe('the discount', () => {
  it('refuses a time before the start', () => {
    expect(() => discountPpmAt(-1n)).toThrow("the auction's clock is -1; expected seconds from 0");
  });

  it.each([
    [0n, -10_000n],
    [1n, -9_750n],
    [40n, 0n],
    [119n, 19_750n],
    [120n, 20_000n],
    [121n, 20_059n],
    [1_799n, 119_940n],
    [1_800n, 120_000n],
    [1_801n, 120_044n],
    [21_374n, 989_955n],
    [21_375n, 990_000n],
    [21_376n, 990_000n],
    [21_600n, 990_000n],
    [10n ** 12n, 990_000n],
  ])('is after %d s %d ppm', (clockS, discountPpm) => {
    expect(discountPpmAt(clockS)).toBe(discountPpm);
  });

  it('lies on straight lines from 1% above to 2%, 12% and 100% below, less than a ppm under them, up to 99%', () => {
    const corners = [
      [0n, -10_000n],
      [120n, 20_000n],
      [1_800n, 120_000n],
      [21_600n, 1_000_000n],
    ] as const;
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 21_599n }), (clockS) => {
        const next = corners.findIndex(([at]) => clockS < at);
        const [[from, low], [to, high]] = [corners[next - 1] ?? corners[0], corners[next] ?? corners[3]];
        const exact = fraction(low * (to - from) + (high - low) * (clockS - from), to - from);
        const discount = discountPpmAt(clockS);
        if (discount === 990_000n) return exact.n >= 990_000n * exact.d;
        return discount * exact.d <= exact.n && exact.n < (discount + 1n) * exact.d;
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the elapsed time', () => {
  const times = { startedAt: 1_000n, seenAt: 1_000n, resumedAt: 0n };

  it.each([
    ['nothing before the start', times, 900n, 0n],
    ['nothing at the start', times, 1_000n, 0n],
    ['what passed', times, 1_599n, 599n],
    ['ten minutes at most while nobody saw it', times, 1_601n, 600n],
    ['as long again as it was seen', { ...times, seenAt: 1_300n }, 5_000n, 1_200n],
    ['what passed while it is seen', { ...times, seenAt: 4_900n }, 5_000n, 4_000n],
    ['what passed since a stop ended', { ...times, seenAt: 4_900n, resumedAt: 4_800n }, 5_000n, 200n],
    ['nothing until a stop ends', { ...times, seenAt: 4_900n, resumedAt: 6_000n }, 5_000n, 0n],
    [
      'ten minutes after a stop before which it was seen',
      { ...times, seenAt: 4_000n, resumedAt: 4_800n },
      9_000n,
      600n,
    ],
  ])('is %s', (_, recorded, at, elapsedS) => {
    expect(auctionElapsedOf(recorded, at)).toBe(elapsedS);
  });
});

describe('the head start', () => {
  it.each([
    [100n, 100n, 0n],
    [101n, 100n, 0n],
    [0n, 0n, 0n],
    [9_999n, 10_000n, 0n],
    [99n, 100n, 20n],
    [98_951n, 100_000n, 20n],
    [98_950n, 100_000n, 21n],
    [9_601n, 10_000n, 79n],
    [96n, 100n, 80n],
    [50n, 100n, 80n],
    [0n, 1n, 80n],
  ])('with assets of %d for a requirement of %d is %d s', (assets, requirement, headStartS) => {
    expect(headStartOf({ assets: wad(assets), requirement: wad(requirement) })).toBe(headStartS);
  });
});

describe('the clock', () => {
  it('adds the head start, except while only frozen lines are left: then it runs twelve times slower', () => {
    expect(auctionClockOf(600n, 79n, false)).toBe(679n);
    expect(auctionClockOf(600n, 79n, true)).toBe(50n);
    expect(auctionClockOf(611n, 79n, true)).toBe(50n);
    expect(auctionClockOf(612n, 79n, true)).toBe(51n);
  });

  it('makes a sale final where no line waits, and at the end of the last leg', () => {
    expect([isFinalSale(0n, false), isFinalSale(21_599n, true), isFinalSale(21_600n, true)]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
