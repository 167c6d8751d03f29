import fc from 'fast-check';
import { type Fraction, compare, fromScaled } from '@surety/margin';

/** Amounts with six decimals, at most a thousand. */
export const signed = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }).map((n) => fromScaled(BigInt(n), 6));
/** The same from 0 on. */
export const notNegative = fc.integer({ min: 0, max: 1_000_000_000 }).map((n) => fromScaled(BigInt(n), 6));
/** The same above 0. */
export const positive = fc.integer({ min: 1, max: 1_000_000_000 }).map((n) => fromScaled(BigInt(n), 6));
/** A share from 0 to 1, in thousandths. */
export const share = fc.integer({ min: 0, max: 1_000 }).map((n) => fromScaled(BigInt(n), 3));

/** True if one fraction is no larger than another. */
export function isAtMost(left: Fraction, right: Fraction): boolean {
  return compare(left, right) <= 0;
}
