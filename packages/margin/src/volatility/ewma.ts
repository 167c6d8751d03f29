import { marginError } from '../errors.js';
import { ln, sqrt } from '../pricing/elementary.js';
import { divideFixed, multiplyFixed, fixedOne } from '../pricing/fixed-point.js';

/** Bits of every number in this folder: returns, volatilities and variances, per step of the series. */
export const VARIANCE_BITS = 192;

const ONE = fixedOne(VARIANCE_BITS);
const times = (left: bigint, right: bigint) => multiplyFixed(left, right, VARIANCE_BITS);

/** An exponentially weighted moving average of squared returns. */
export interface Ewma {
  /** Weight of what was known before, 0 to 1. */
  readonly lambda: bigint;
  readonly initialVol: bigint;
  /** Simple returns, oldest first. */
  readonly returns: readonly bigint[];
}

/**
 * Returns the variance after each return, σ² ← λσ² + (1 − λ)r². A constant |r| is its limit.
 * Error below 3 ulp for each return. @source J.P. Morgan/Reuters, RiskMetrics Technical Document, 4th ed. 1996, chapter 5
 */
export function ewmaVariances({ lambda, initialVol, returns }: Ewma): readonly bigint[] {
  let variance = times(initialVol, initialVol);
  return returns.map((each) => (variance = times(lambda, variance) + times(ONE - lambda, times(each, each))));
}

/**
 * Returns the number of steps after which the omitted weights sum to a tolerance, ln(tolerance)/ln(λ), in fixed point.
 * @throws UNDEFINED_RESULT unless both are above 0 and λ below 1.
 * @source RiskMetrics Technical Document, chapter 5
 */
export function ewmaWindow(lambda: bigint, tolerance: bigint): bigint {
  if (lambda === ONE) throw marginError('UNDEFINED_RESULT', 'a lambda of 1 forgets nothing: its window has no end');
  return divideFixed(ln(tolerance, VARIANCE_BITS), ln(lambda, VARIANCE_BITS), VARIANCE_BITS);
}

/** Returns the square root of each variance. @throws UNDEFINED_RESULT for one below 0. */
export function volsOf(variances: readonly bigint[]): readonly bigint[] {
  return variances.map((each) => sqrt(each, VARIANCE_BITS));
}
