import { marginError } from '../errors.js';
import { pow } from '../pricing/elementary.js';
import { divideFixed, multiplyFixed, fixedOne } from '../pricing/fixed-point.js';
import { VARIANCE_BITS } from './ewma.js';

const BITS = VARIANCE_BITS;
const ONE = fixedOne(BITS);
const times = (left: bigint, right: bigint) => multiplyFixed(left, right, BITS);

/** Parameters of σ² ← ω + αr² + βσ², with {@link VARIANCE_BITS} bits. @source Bollerslev 1986 */
export interface Garch11 {
  readonly omega: bigint;
  readonly alpha: bigint;
  readonly beta: bigint;
}

/** Returns the variance after each return, oldest first, from a first volatility. Error below 4 ulp for each return. */
export function garch11Variances(model: Garch11, initialVol: bigint, returns: readonly bigint[]): readonly bigint[] {
  let variance = times(initialVol, initialVol);
  return returns.map(
    (each) => (variance = model.omega + times(model.alpha, times(each, each)) + times(model.beta, variance)),
  );
}

/** Returns the variance to which forecasts converge, ω/(1 − α − β); undefined if they do not converge. */
export function garch11LongRunVariance({ omega, alpha, beta }: Garch11): bigint | undefined {
  const reversion = ONE - alpha - beta;
  return reversion > 0n ? divideFixed(omega, reversion, BITS) : undefined;
}

/**
 * Returns the variance expected k steps after a state, V + (α + β)^k·(σ² − V).
 * @throws UNDEFINED_RESULT for α + β below 0, or at or above 1, where there is no V.
 */
export function garch11Forecast(model: Garch11, variance: bigint, steps: bigint): bigint {
  const longRun = garch11LongRunVariance(model);
  if (longRun === undefined) {
    throw marginError('UNDEFINED_RESULT', 'alpha + beta is not below 1: there is no variance to return to');
  }
  const kept = pow(model.alpha + model.beta, steps << BigInt(BITS), BITS);
  return longRun + times(kept, variance - longRun);
}
