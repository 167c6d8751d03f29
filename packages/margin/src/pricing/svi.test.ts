import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimal } from '../number/decimal.js';
import { multiplyFixed, toFixed } from './fixed-point.js';
import {
  SVI_BITS,
  type SviSlice,
  listCalendarFaults,
  listSviFaults,
  sviDensityFactor,
  sviTotalVariance,
  sviVol,
} from './svi.js';

const at = (text: string) => toFixed(decimal(text), SVI_BITS);
const slice = (of: { a?: string; b?: string; rho?: string; m?: string; sigma?: string } = {}): SviSlice => ({
  a: at(of.a ?? '0.04'),
  b: at(of.b ?? '0.1'),
  rho: at(of.rho ?? '-0.3'),
  m: at(of.m ?? '0.05'),
  sigma: at(of.sigma ?? '0.2'),
});
const asked = Array.from({ length: 61 }, (_, step) => at('0.1') * BigInt(step - 30));

describe('SVI', () => {
  test('finds no fault with a good slice', () => {
    expect(listSviFaults(slice(), asked)).toEqual([]);
  });

  test.each([
    [{ b: '-0.1' }, ['slope-negative']],
    [{ rho: '1' }, ['correlation-beyond-one']],
    [{ rho: '-1' }, ['correlation-beyond-one']],
    [{ sigma: '0' }, ['width-not-positive']],
    [{ a: '-0.0200' }, ['variance-negative', 'butterfly']],
    [{ b: '1.6', sigma: '1' }, ['wing-too-steep', 'butterfly']],
    // Axel Vogt's slice: good parameters, a density below 0 near 0.8. @source Gatheral and Jacquier 2014, example 5.1
    [{ a: '-0.0410', b: '0.1331', rho: '0.3060', m: '0.3586', sigma: '0.4153' }, ['butterfly']],
  ] as const)('finds %o to be %o', (of, faults) => {
    expect(listSviFaults(slice(of), asked)).toEqual(faults);
  });

  test('names where a later slice has less variance', () => {
    const later = slice({ a: '0.02', b: '0.15' });
    const faults = listCalendarFaults(slice(), later, asked);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length).toBeLessThan(asked.length);
    expect(listCalendarFaults(slice(), slice({ a: '0.05' }), asked)).toEqual([]);
  });

  test('refuses a volatility of negative variance', () => {
    expect(() => sviVol(slice({ a: '-1' }), 0n, at('1'))).toThrow('the total variance of the slice is negative');
    expect(() => sviVol(slice(), 0n, 0n)).toThrow('a divisor is 0');
  });

  test('is least where it should be and convex', () => {
    // The least variance a + bσ√(1 − ρ²) lies at m − ρσ/√(1 − ρ²); with ρ = −0.6 the root is 0.8.
    const of = slice({ rho: '-0.6' });
    expect(sviTotalVariance(of, at('0.2')) - at('0.056')).toBeLessThanOrEqual(4n);
    fc.assert(
      fc.property(fc.integer({ min: -3_000, max: 3_000 }), fc.integer({ min: 1, max: 900 }), (middle, width) => {
        const k = (thousandths: number) => sviTotalVariance(of, at('0.001') * BigInt(thousandths));
        expect(k(middle - width) + k(middle + width) - 2n * k(middle) >= -8n).toBe(true);
        expect(k(middle) >= at('0.056') - 8n).toBe(true);
      }),
    );
  });

  test('gives the volatility whose square over time is its variance', () => {
    const vol = sviVol(slice(), at('0.3'), at('0.25'));
    const variance = multiplyFixed(multiplyFixed(vol, vol, SVI_BITS), at('0.25'), SVI_BITS);
    const error = variance - sviTotalVariance(slice(), at('0.3'));
    expect(error >= -4n && error <= 4n).toBe(true);
  });

  test('has the density factor 1 of a flat smile at every strike', () => {
    const flat = slice({ b: '0' });
    for (const k of asked) expect(sviDensityFactor(flat, k)).toBe(1n << BigInt(SVI_BITS));
  });

  test('has the density factor 1 + b/2σ in the middle of a smile without correlation, and none without variance', () => {
    // w' is 0 there and w'' is b/σ; dividing by σ³ makes an ulp of the root some hundreds.
    const error = sviDensityFactor(slice({ rho: '0', m: '0' }), 0n) - at('1.25');
    expect(error >= -4_096n && error <= 4_096n).toBe(true);
    expect(sviDensityFactor(slice({ a: '-1' }), 0n)).toBe(at('-1'));
  });
});
