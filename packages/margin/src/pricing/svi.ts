import { marginError } from '../errors.js';
import { divideFixed, multiplyFixed, fixedOne } from './fixed-point.js';
import { sqrt } from './elementary.js';

/** Bits of every number in this file. */
export const SVI_BITS = 192;

const BITS = SVI_BITS;
const ONE = fixedOne(BITS);
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

/** Ways in which a slice, or a pair of them, admits arbitrage or has no meaning. */
export type SviFault =
  | 'slope-negative' // b < 0
  | 'correlation-beyond-one' // |ρ| ≥ 1
  | 'width-not-positive' // σ ≤ 0
  | 'variance-negative' // a + bσ√(1 − ρ²) < 0, the least variance
  | 'wing-too-steep' // b(1 + |ρ|) > 2, the bound of moments
  | 'butterfly' // a density below 0 at a k asked
  | 'calendar'; // less total variance than an earlier expiry at a k asked

/**
 * Lists the faults of a slice: its parameters, the slope of its wings (Lee), and the density at each given k, up to
 * rounding. An empty list proves parameters and wings, and checks the density only at the given points.
 * @source Lee, The moment formula for implied volatility at extreme strikes, 2004; Gatheral and Jacquier 2014, lemma
 * 2.2
 */
export function listSviFaults(slice: SviSlice, asked: readonly bigint[]): readonly SviFault[] {
  const { a, b, rho, sigma } = slice;
  const faults: SviFault[] = [];
  if (b < 0n) faults.push('slope-negative');
  if (magnitude(rho) >= ONE) faults.push('correlation-beyond-one');
  if (sigma <= 0n) faults.push('width-not-positive');
  if (faults.length > 0) return faults;
  if (a + times(b, times(sigma, sqrt(ONE - times(rho, rho), BITS))) < 0n) faults.push('variance-negative');
  if (times(b, ONE + magnitude(rho)) > 2n * ONE) faults.push('wing-too-steep');
  if (asked.some((k) => sviDensityFactor(slice, k) < 0n)) faults.push('butterfly');
  return faults;
}

/** Lists each given k at which the later slice has less total variance than the earlier one. */
export function listCalendarFaults(earlier: SviSlice, later: SviSlice, asked: readonly bigint[]): readonly bigint[] {
  return asked.filter((k) => sviTotalVariance(later, k) < sviTotalVariance(earlier, k));
}

/**
 * Returns g(k) = (1 − kw'/2w)² − (w'²/4)(1/w + 1/4) + w''/2, whose sign is that of the implied density; −1 where w ≤ 0.
 */
export function sviDensityFactor(slice: SviSlice, k: bigint): bigint {
  const { b, rho, m, sigma } = slice;
  const w = sviTotalVariance(slice, k);
  if (w <= 0n) return -ONE;
  const distance = k - m;
  const length = root(distance, sigma);
  const slope = times(b, rho + over(distance, length));
  const bend = over(times(b, times(sigma, sigma)), times(length, times(length, length)));
  const first = ONE - over(times(k, slope), 2n * w);
  return times(first, first) - (times(times(slope, slope), over(ONE, w) + (ONE >> 2n)) >> 2n) + (bend >> 1n);
}

function root(distance: bigint, sigma: bigint): bigint {
  return sqrt(times(distance, distance) + times(sigma, sigma), BITS);
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
