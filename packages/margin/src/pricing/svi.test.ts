import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimal } from '../number/decimal.js';
import { multiplyFixed, toFixed } from './fixed-point.js';
import { SVI_BITS, type SviSlice, sviTotalVariance, sviVol } from './svi.js';

const at = (text: string) => toFixed(decimal(text), SVI_BITS);
const slice = (of: { a?: string; b?: string; rho?: string; m?: string; sigma?: string } = {}): SviSlice => ({
  a: at(of.a ?? '0.04'),
  b: at(of.b ?? '0.1'),
  rho: at(of.rho ?? '-0.3'),
  m: at(of.m ?? '0.05'),
  sigma: at(of.sigma ?? '0.2'),
});

describe('SVI', () => {
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
});
