import { marginError } from '../errors.js';
import { divide } from '../number/division.js';
import { logarithmOf } from '../pricing/black-kernel.js';
import { divideFixed, multiplyFixed, shift } from '../pricing/fixed-point.js';
import { KERNEL_BITS } from '../pricing/kernel-tables.js';
import { VARIANCE_BITS } from './ewma.js';

/** Days that a forecast looks back. */
export const HAR_DAYS = 22;
const WEEK = 5;

/** RV_{t+1} = constant + daily·RV_t + weekly·mean_5 + monthly·mean_22, with {@link VARIANCE_BITS} bits. @source Corsi 2009 */
export interface HarModel {
  readonly constant: bigint;
  readonly daily: bigint;
  readonly weekly: bigint;
  readonly monthly: bigint;
}

/** Returns the mean of the last so many, rounded to the nearest. */
export function meanOfLast(variances: readonly bigint[], count: number): bigint {
  const last = variances.slice(-count);
  return divide(
    last.reduce((sum, each) => sum + each, 0n),
    BigInt(last.length),
    'halfUp',
  );
}

/** Returns tomorrow's variance from realised variances, oldest first, never below 0. @throws INCONSISTENT_INPUT for fewer than 22. */
export function harForecast(model: HarModel, variances: readonly bigint[]): bigint {
  if (variances.length < HAR_DAYS) {
    throw marginError('INCONSISTENT_INPUT', `${variances.length} realised variances; expected ${HAR_DAYS} at least`);
  }
  const times = (weight: bigint, value: bigint) => multiplyFixed(weight, value, VARIANCE_BITS);
  const forecast =
    model.constant +
    times(model.daily, meanOfLast(variances, 1)) +
    times(model.weekly, meanOfLast(variances, WEEK)) +
    times(model.monthly, meanOfLast(variances, HAR_DAYS));
  return forecast > 0n ? forecast : 0n;
}

/**
 * Returns QLIKE, the mean of r/f − ln(r/f) − 1 over forecasts f and realised variances r: 0 for a perfect forecast; a
 * forecast that is too low costs more than one that is too high. With {@link VARIANCE_BITS} bits.
 * @source Patton 2011
 * @throws INCONSISTENT_INPUT for lists of unequal length or none, UNDEFINED_RESULT for a variance that is not above 0.
 */
export function qlikeOf(forecasts: readonly bigint[], realised: readonly bigint[]): bigint {
  if (forecasts.length !== realised.length || forecasts.length === 0) {
    throw marginError('INCONSISTENT_INPUT', `${forecasts.length} forecasts for ${realised.length} realised variances`);
  }
  const one = 1n << BigInt(VARIANCE_BITS);
  let sum = 0n;
  for (const [at, forecast] of forecasts.entries()) {
    const seen = realised[at] ?? 0n;
    const logarithm = shift(logarithmOf(seen) - logarithmOf(forecast), VARIANCE_BITS - KERNEL_BITS);
    sum += divideFixed(seen, forecast, VARIANCE_BITS) - logarithm - one;
  }
  return divide(sum, BigInt(forecasts.length), 'halfUp');
}
