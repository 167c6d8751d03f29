import { marginError } from '../errors.js';
import { divideFixed, multiplyFixed } from './fixed-point.js';
import { sqrt } from './elementary.js';

/** Bits of every number in this file. */
export const SVI_BITS = 192;

const BITS = SVI_BITS;
const times = (left: bigint, right: bigint) => multiplyFixed(left, right, BITS);
const over = (left: bigint, right: bigint) => divideFixed(left, right, BITS);

/**
 * One slice of a volatility surface in its raw form, w(k) = a + b(ρ(k − m) + √((k − m)² + σ²)), with w = σ_implied²·t and
 * k = ln(strike/forward). All with {@link SVI_BITS} bits. @source Gatheral and Jacquier, Arbitrage-free SVI surfaces, 2014
 */
export interface SviSlice {
  readonly a: bigint;
  readonly b: bigint;
  readonly rho: bigint;
  readonly m: bigint;
  readonly sigma: bigint;
}

/** Returns the total variance w(k), error below 8 ulp times the largest of 1, b and |k − m|. May be below 0 for a bad slice. */
export function sviTotalVariance(slice: SviSlice, k: bigint): bigint {
  const { a, b, rho, m, sigma } = slice;
  const distance = k - m;
  return a + times(b, times(rho, distance) + root(distance, sigma));
}

/** Returns the implied volatility √(w/t). @throws UNDEFINED_RESULT for w < 0 or t = 0. */
export function sviVol(slice: SviSlice, k: bigint, years: bigint): bigint {
  const variance = sviTotalVariance(slice, k);
  if (variance < 0n) throw marginError('UNDEFINED_RESULT', 'the total variance of the slice is negative');
  return sqrt(over(variance, years), BITS);
}

function root(distance: bigint, sigma: bigint): bigint {
  return sqrt(times(distance, distance) + times(sigma, sigma), BITS);
}
