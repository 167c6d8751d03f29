import { PPM } from '@surety/domain';
import { type Fraction, ONE, ZERO, clamp, fraction, marginError, multiply, quotient, subtract } from '@surety/margin';
import { divide } from '@surety/margin/arithmetic';

/** Open interest in quote quantums, and the two caps between which it raises margin up to the whole notional. */
export interface OpenInterest {
  readonly notional: Fraction;
  readonly lowerCap: bigint;
  readonly upperCap: bigint;
}

/**
 * Returns floor(base + (1,000,000 − base)·clamp((OI − lower)/(upper − lower), 0, 1)) in ppm; base where both caps are 0.
 * @source dYdX v4, liquidity tiers
 * @throws INCONSISTENT_INPUT for caps that descend; UNDEFINED_RESULT for equal caps above 0.
 */
export function openInterestScaledPpm(basePpm: bigint, { notional, lowerCap, upperCap }: OpenInterest): bigint {
  if (lowerCap === 0n && upperCap === 0n) return basePpm;
  if (upperCap < lowerCap) {
    throw marginError('INCONSISTENT_INPUT', `the open interest cap ${upperCap} lies below the lower one, ${lowerCap}`);
  }
  const used = quotient(subtract(notional, fraction(lowerCap)), fraction(upperCap - lowerCap));
  const raised = multiply(fraction(PPM - basePpm), clamp(used, ZERO, ONE));
  return basePpm + divide(raised.n, raised.d, 'floor');
}

/** Returns ceil(notional·ppm/1,000,000): a requirement in whole quantums. */
export function ppmOfNotional(notional: Fraction, ppm: bigint): bigint {
  return divide(notional.n * ppm, notional.d * PPM, 'ceil');
}
