import { describe, expect, it } from 'vitest';
import { type CachedPrice, linePriceOf, slowPriceAt, steadyPrice } from './line-price.js';

const NOW = 1_800_000_000n;
const price = steadyPrice({ price1e12: 10n ** 12n, observedAt: NOW, maxAgeS: 3_600 });

describe('the price of a line', () => {
  const faults = { stale: false, missing: false, failing: false, uncertain: false, diverged: false };
  const sound = { price1e12: price.price1e12, initial1e12: price.price1e12, ...faults, place: 0 };
  const initialAt = (of: Partial<CachedPrice>, ...others: CachedPrice[]) =>
    linePriceOf([{ ...price, ...of }, ...others], NOW).initial1e12;

  it('counts for initial from the lower of itself and its slow one, one and a half bands down, rounded down', () => {
    expect(initialAt({ confPpm: 10_000 })).toBe(985n * 10n ** 9n);
    expect(initialAt({ confPpm: 10_000, slow1e12: 11n * 10n ** 11n })).toBe(985n * 10n ** 9n);
    expect(initialAt({ confPpm: 10_000, slow1e12: 9n * 10n ** 11n })).toBe(885n * 10n ** 9n);
    // 1.5 · 1 · 3 / 1,000,000 is a fraction of a unit, and costs a whole one.
    expect(initialAt({ price1e12: 3n, slow1e12: 3n, confPpm: 1 })).toBe(2n);
    expect(initialAt({ price1e12: 1n, slow1e12: 1n, confPpm: 1 })).toBe(0n);
    const lower = steadyPrice({ ...price, price1e12: 98n * 10n ** 10n });
    expect(initialAt({ confPpm: 10_000 }, lower)).toBe(98n * 10n ** 10n);
    expect(initialAt({ confPpm: 20_000 }, lower)).toBe(97n * 10n ** 10n);
    expect(linePriceOf([{ ...price, confPpm: 20_000 }, lower], NOW)).toMatchObject({ place: 1, uncertain: false });
  });

  it('counts nothing for initial just past the widest band and the furthest slow price', () => {
    const judge = (of: Partial<CachedPrice>) => {
      const { uncertain, diverged, initial1e12, price1e12 } = linePriceOf([{ ...price, ...of }], NOW);
      return [uncertain, diverged, initial1e12 === 0n, price1e12 === (of.price1e12 ?? price.price1e12)];
    };
    expect(judge({ confPpm: 20_000 })).toEqual([false, false, false, true]);
    expect(judge({ confPpm: 20_001 })).toEqual([true, false, true, true]);
    expect(judge({ slow1e12: 8n * 10n ** 11n })).toEqual([false, false, false, true]);
    expect(judge({ slow1e12: 8n * 10n ** 11n - 1n })).toEqual([false, true, true, true]);
    const fallen = 75n * 10n ** 10n;
    expect(judge({ price1e12: fallen, slow1e12: 10n ** 12n })).toEqual([false, false, false, true]);
    expect(judge({ price1e12: fallen - 1n, slow1e12: 10n ** 12n })).toEqual([false, true, true, true]);
    expect(linePriceOf([{ ...price, confPpm: 20_001, slow1e12: 1n, observedAt: 0n }], NOW)).toEqual({
      ...sound,
      price1e12: 0n,
      initial1e12: 0n,
      missing: true,
    });
  });

  it('counts for initial from a slow price that reaches it within an hour', () => {
    const risen = { ...price, price1e12: 12n * 10n ** 11n, slow1e12: 10n ** 12n };
    const initialAfter = (of: CachedPrice, seconds: bigint) => linePriceOf([of], NOW + seconds).initial1e12;
    expect(initialAfter(risen, 0n)).toBe(10n ** 12n);
    // A sixtieth of a fifth, rounded toward the slow price.
    expect(initialAfter(risen, 60n)).toBe(1_003_333_333_333n);
    expect(initialAfter(risen, 1_800n)).toBe(11n * 10n ** 11n);
    expect(initialAfter(risen, 3_600n)).toBe(12n * 10n ** 11n);
    const fallen = { ...price, price1e12: 7n * 10n ** 11n };
    expect(slowPriceAt(fallen, NOW + 1n)).toBe(10n ** 12n - 83_333_333n);
    // A quarter above 0.7 after 800 s.
    expect([799n, 801n].map((seconds) => linePriceOf([fallen], NOW + seconds).diverged)).toEqual([true, false]);
    expect(slowPriceAt(risen, NOW - 120n)).toBe(10n ** 12n);
  });

  it('is missing if any of its prices was never accepted', () => {
    const none = { ...price, observedAt: 0n };
    expect(linePriceOf([price, none], NOW)).toEqual({
      ...sound,
      price1e12: 0n,
      initial1e12: 0n,
      missing: true,
      place: 1,
    });
    expect(linePriceOf([price, none], NOW + 3_601n)).toEqual({
      ...sound,
      price1e12: 0n,
      initial1e12: 0n,
      stale: true,
      missing: true,
      place: 1,
    });
    expect(linePriceOf([], NOW)).toEqual({ ...sound, price1e12: 0n, initial1e12: 0n, missing: true, place: -1 });
  });

  it('is the lower of its own and its underlying’s, stale one second past its age', () => {
    const lower = 99n * 10n ** 10n;
    const own = steadyPrice({ ...price, price1e12: lower });
    expect(linePriceOf([price, own], NOW)).toEqual({ ...sound, price1e12: lower, initial1e12: lower, place: 1 });
    expect([NOW - 5n, NOW + 3_600n, NOW + 3_601n].map((at) => linePriceOf([price], at).stale)).toEqual([
      false,
      false,
      true,
    ]);
  });
});
