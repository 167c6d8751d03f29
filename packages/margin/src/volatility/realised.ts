import { marginError } from '../errors.js';
import { divide } from '../number/division.js';
import { logarithmOf } from '../pricing/black-kernel.js';
import { ln2 } from '../pricing/elementary.js';
import { multiplyFixed, shift } from '../pricing/fixed-point.js';
import { KERNEL_BITS } from '../pricing/kernel-tables.js';
import { VARIANCE_BITS } from './ewma.js';

/** One bar of prices in one unit, all above 0. */
export interface PriceBar {
  readonly open: bigint;
  readonly high: bigint;
  readonly low: bigint;
  readonly close: bigint;
}

/** Estimator of a bar's variance from its four prices. */
export type BarEstimator = 'close-to-close' | 'parkinson' | 'garman-klass' | 'rogers-satchell';

const square = (value: bigint) => multiplyFixed(value, value, VARIANCE_BITS);

/** Returns ln(later/earlier) with {@link VARIANCE_BITS} bits, error below 2^-88. @throws UNDEFINED_RESULT unless both are above 0. */
export function logReturnOf(earlier: bigint, later: bigint): bigint {
  return shift(logarithmOf(later) - logarithmOf(earlier), VARIANCE_BITS - KERNEL_BITS);
}

/** Returns Σ r² of returns within a period: the period's realised variance. 0 of none. */
export function realisedVarianceOf(returns: readonly bigint[]): bigint {
  return returns.reduce((sum, each) => sum + square(each), 0n);
}

/**
 * Returns the variance of one bar, never below 0. Close to close ignores what happened between; Parkinson takes the range,
 * Garman and Klass both (neither allows for a drift), Rogers and Satchell are exact under any drift.
 * @source Parkinson 1980; Garman and Klass 1980; Rogers and Satchell 1991
 * @throws UNDEFINED_RESULT for a price that is not above 0, INCONSISTENT_INPUT for one outside the range of its bar.
 */
export function barVarianceOf({ open, high, low, close }: PriceBar, estimator: BarEstimator): bigint {
  if (low > open || low > close || high < open || high < close) {
    throw marginError('INCONSISTENT_INPUT', `a bar from ${low} to ${high} opens at ${open} and closes at ${close}`);
  }
  switch (estimator) {
    case 'close-to-close':
      return square(logReturnOf(open, close));
    case 'parkinson':
      return divide(square(logReturnOf(low, high)) << BigInt(VARIANCE_BITS - 2), ln2(VARIANCE_BITS), 'halfUp');
    case 'garman-klass': {
      const doubled = 2n * ln2(VARIANCE_BITS) - (1n << BigInt(VARIANCE_BITS));
      const value =
        (square(logReturnOf(low, high)) >> 1n) -
        multiplyFixed(doubled, square(logReturnOf(open, close)), VARIANCE_BITS);
      return value > 0n ? value : 0n;
    }
    case 'rogers-satchell': {
      const up = multiplyFixed(logReturnOf(close, high), logReturnOf(open, high), VARIANCE_BITS);
      return up + multiplyFixed(logReturnOf(close, low), logReturnOf(open, low), VARIANCE_BITS);
    }
  }
}
