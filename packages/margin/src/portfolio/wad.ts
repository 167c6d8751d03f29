import { WAD } from '@surety/domain';
import { type Rounding, divide } from '../number/division.js';

/*
 * Amounts, quantities, prices and factors of portfolios are integers with 18 decimals, signed where it says so. One chain
 * of factors is multiplied at full width and rounded once.
 */

/** Returns the product of factors with 18 decimals each, rounded to −∞: what an account owns or nets. */
export function productDown(...factors: readonly bigint[]): bigint {
  return product(factors, 'floor');
}

/** Returns the product of factors with 18 decimals each, rounded to +∞: what an account must cover. */
export function productUp(...factors: readonly bigint[]): bigint {
  return product(factors, 'ceil');
}

/** Returns value/divisor with 18 decimals, rounded as named. @throws UNDEFINED_RESULT if the divisor is 0. */
export function wadQuotient(value: bigint, divisor: bigint, rounding: Rounding): bigint {
  return divide(value * WAD, divisor, rounding);
}

/** Returns value·2^−bits·factor, a fixed-point factor, rounded to −∞. */
export function scaleDown(value: bigint, factor: bigint, bits: number): bigint {
  return (value * factor) >> BigInt(bits);
}

/** Returns the value if above 0, else 0. */
export function positivePartOf(value: bigint): bigint {
  return value > 0n ? value : 0n;
}

/** Returns |value|. */
export function sizeOf(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Returns the smallest; of none, the first given. */
export function leastOf(first: bigint, ...rest: readonly bigint[]): bigint {
  return rest.reduce((least, each) => (each < least ? each : least), first);
}

function product(factors: readonly bigint[], rounding: Rounding): bigint {
  let value = 1n;
  for (const factor of factors) value *= factor;
  return divide(value, WAD ** BigInt(factors.length - 1), rounding);
}
