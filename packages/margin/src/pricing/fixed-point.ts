import { marginError } from '../errors.js';
import { type Fraction, fraction } from '../number/decimal.js';
import { type Rounding, divide } from '../number/division.js';

/*
 * A fixed-point number is an integer x that stands for x / 2^bits. The number of bits is the caller's: functions here and
 * in elementary.ts and normal-distribution.ts compute with guard bits of their own and round once at the end, so that
 * their stated error holds at every width. One ulp is 2^-bits.
 */

/** Most fraction bits for which the arithmetic is exact enough; constants have a few more. */
export const BITS_MAX = 4_096;

/** Returns the number 1 with the bits given. */
export function fixedOne(bits: number): bigint {
  return 1n << BigInt(bits);
}

/** Returns value·2^places: exact to the left, to the nearest (ties up) to the right. */
export function shift(value: bigint, places: number): bigint {
  if (places >= 0) return value << BigInt(places);
  const down = BigInt(-places);
  return (value + (1n << (down - 1n))) >> down;
}

/** Returns left·right, to the nearest. */
export function multiplyFixed(left: bigint, right: bigint, bits: number): bigint {
  return shift(left * right, -bits);
}

/** Returns left/right, to the nearest. @throws UNDEFINED_RESULT if right is 0. */
export function divideFixed(left: bigint, right: bigint, bits: number): bigint {
  return divide(left << BigInt(bits), right, 'halfUp');
}

/** Returns a number with the bits given, rounded as named. */
export function toFixed(value: Fraction, bits: number, rounding: Rounding = 'halfUp'): bigint {
  return divide(value.n << BigInt(bits), value.d, rounding);
}

/** Converts a fixed-point integer to its number. */
export function fromFixed(value: bigint, bits: number): Fraction {
  return fraction(value, fixedOne(bits));
}

/** Returns how many bits |value| has; 0 for 0. */
export function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const digits = (value < 0n ? -value : value).toString(16);
  return digits.length * 4 - Math.clz32(Number.parseInt(digits.charAt(0), 16)) + 28;
}

/** Refuses a width beyond {@link BITS_MAX}. @throws UNDEFINED_RESULT. */
export function requireBits(bits: number): void {
  if (bits > BITS_MAX) {
    throw marginError('UNDEFINED_RESULT', `a result needs ${bits} bits; expected ${BITS_MAX} at most`);
  }
}
