import { marginError } from '../errors.js';
import { type Rounding, divide, gcd, magnitude, squareRootFloor } from './division.js';

/**
 * An exact number n/d with d > 0, not always in lowest terms. Sums, products and comparisons are exact, so that a model
 * rounds only where its source does, and only when a value is printed or scaled.
 */
export interface Fraction {
  readonly n: bigint;
  readonly d: bigint;
}

/** Decimals that a value without a finite decimal form is printed with: twice those of a WAD. */
export const PRINTED_DECIMALS = 36;
/** Decimals and integer digits that are read, and the largest power of ten a request may name; far beyond any token. */
export const DIGITS_MAX = 1_000;

/** The number 0. */
export const ZERO: Fraction = { n: 0n, d: 1n };
/** The number 1. */
export const ONE: Fraction = { n: 1n, d: 1n };

const POWERS: readonly bigint[] = Array.from({ length: 81 }, (_, exponent) => 10n ** BigInt(exponent));

/** Returns 10^exponent. @throws UNDEFINED_RESULT below 0 and above {@link DIGITS_MAX} + 1. */
export function powerOfTen(exponent: number): bigint {
  const small = POWERS[exponent];
  if (small !== undefined) return small;
  if (!Number.isInteger(exponent) || exponent < 0 || exponent > DIGITS_MAX + 1) {
    throw marginError('UNDEFINED_RESULT', `10^${exponent} is beyond the limit of 10^${DIGITS_MAX}`);
  }
  return 10n ** BigInt(exponent);
}

/** Returns n/d. @throws UNDEFINED_RESULT if d is 0. */
export function fraction(n: bigint, d: bigint = 1n): Fraction {
  if (d === 0n) throw marginError('UNDEFINED_RESULT', 'a divisor is 0');
  return d < 0n ? { n: -n, d: -d } : { n, d };
}

/** Returns a number from a literal in code, such as `decimal('1.1')`. @throws INVALID_DECIMAL. */
export function decimal(text: string): Fraction {
  const value = parseDecimal(text);
  if (value === undefined) throw marginError('INVALID_DECIMAL', `${text} is not a decimal`);
  return value;
}

/**
 * Reads decimal text, `^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`, or gives undefined. Beyond {@link DIGITS_MAX} decimals only
 * "something follows" is kept, as one more digit 1 where the rest is not 0: sign and order against shorter numbers stay.
 * @throws UNDEFINED_RESULT for more integer digits than {@link DIGITS_MAX}.
 */
export function parseDecimal(text: string): Fraction | undefined {
  const negative = text.startsWith('-');
  const start = negative ? 1 : 0;
  const point = digitsEnd(text, start);
  if (point === start || (point > start + 1 && text.startsWith('0', start))) return undefined;
  let decimals = '';
  if (point < text.length) {
    if (text[point] !== '.' || point + 1 === text.length || digitsEnd(text, point + 1) < text.length) return undefined;
    decimals = text.slice(point + 1);
    if (decimals.length > DIGITS_MAX) {
      const rest = decimals.slice(DIGITS_MAX);
      decimals = decimals.slice(0, DIGITS_MAX) + (isAllZeros(rest) ? '0' : '1');
    }
  }
  if (point - start > DIGITS_MAX) {
    throw marginError(
      'UNDEFINED_RESULT',
      `a number has ${point - start} integer digits; expected ${DIGITS_MAX} at most`,
    );
  }
  const digits = BigInt(text.slice(start, point) + decimals);
  return { n: negative ? -digits : digits, d: powerOfTen(decimals.length) };
}

/** Returns left + right. */
export function add(left: Fraction, right: Fraction): Fraction {
  if (left.d === right.d) return { n: left.n + right.n, d: left.d };
  // Decimals share powers of ten: the larger denominator serves both, and long sums stay small.
  if (left.d % right.d === 0n) return { n: left.n + right.n * divide(left.d, right.d, 'truncate'), d: left.d };
  if (right.d % left.d === 0n) return { n: left.n * divide(right.d, left.d, 'truncate') + right.n, d: right.d };
  return { n: left.n * right.d + right.n * left.d, d: left.d * right.d };
}

/** Returns left − right. */
export function subtract(left: Fraction, right: Fraction): Fraction {
  return add(left, negate(right));
}

/** Returns the product of all factors; 1 of none. */
export function multiply(...factors: readonly Fraction[]): Fraction {
  let [n, d] = [1n, 1n];
  for (const factor of factors) {
    n *= factor.n;
    d *= factor.d;
  }
  return n === 0n ? ZERO : { n, d };
}

/** Returns left/right. @throws UNDEFINED_RESULT if right is 0. */
export function quotient(left: Fraction, right: Fraction): Fraction {
  return fraction(left.n * right.d, left.d * right.n);
}

/** Returns −value. */
export function negate(value: Fraction): Fraction {
  return { n: -value.n, d: value.d };
}

/** Returns |value|. */
export function absolute(value: Fraction): Fraction {
  return value.n < 0n ? negate(value) : value;
}

/** Returns the sum of all; 0 of none. */
export function sum(values: readonly Fraction[]): Fraction {
  return values.reduce(add, ZERO);
}

/** Compares two values: below 0, 0 or above 0 as left is below, at or above right. */
export function compare(left: Fraction, right: Fraction): number {
  const difference = left.d === right.d ? left.n - right.n : left.n * right.d - right.n * left.d;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Returns the smaller. */
export function minimum(left: Fraction, right: Fraction): Fraction {
  return compare(left, right) <= 0 ? left : right;
}

/** Returns the larger of two values. */
export function maximum(left: Fraction, right: Fraction): Fraction {
  return compare(left, right) >= 0 ? left : right;
}

/** Returns the value, not below lower and then not above upper. */
export function clamp(value: Fraction, lower: Fraction, upper: Fraction): Fraction {
  return minimum(maximum(value, lower), upper);
}

/** Returns the value if it is above 0, else 0. */
export function positivePart(value: Fraction): Fraction {
  return value.n > 0n ? value : ZERO;
}

/** Returns value·10^decimals as an integer, rounded as named; 0 decimals give the whole part. */
export function toScaled(value: Fraction, decimals: number, rounding: Rounding): bigint {
  return divide(value.n * powerOfTen(decimals), value.d, rounding);
}

/** Returns scaled/10^decimals. */
export function fromScaled(scaled: bigint, decimals: number): Fraction {
  return { n: scaled, d: powerOfTen(decimals) };
}

/** Returns √value, exact if it ends within {@link PRINTED_DECIMALS} decimals, else rounded there. @throws UNDEFINED_RESULT below 0. */
export function squareRoot(value: Fraction, rounding: 'floor' | 'ceil'): Fraction {
  // √(n/d) = √(n·d)/d, so that one integer root decides; its scale is exact for every square of a decimal.
  const radicand = value.n * value.d * powerOfTen(2 * PRINTED_DECIMALS);
  const root = squareRootFloor(radicand);
  const rounded = rounding === 'ceil' && root * root < radicand ? root + 1n : root;
  return { n: rounded, d: value.d * powerOfTen(PRINTED_DECIMALS) };
}

/**
 * Prints decimal text without trailing zeros: exact if it ends within the given decimals ({@link PRINTED_DECIMALS} by default),
 * else rounded there as named. Debts use `ceil`, holdings `floor`.
 */
export function printDecimal(value: Fraction, rounding: Rounding, decimals: number = PRINTED_DECIMALS): string {
  const scaled = toScaled(value, decimals, rounding);
  const digits = magnitude(scaled)
    .toString()
    .padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  let end = digits.length;
  while (end > whole.length && digits.charCodeAt(end - 1) === ZERO_CODE) end -= 1;
  const text = end > whole.length ? `${whole}.${digits.slice(whole.length, end)}` : whole;
  return scaled < 0n ? `-${text}` : text;
}

/** Prints `n/d` in lowest terms with a positive denominator. */
export function printFraction(value: Fraction): string {
  const divisor = gcd(value.n, value.d);
  return `${divide(value.n, divisor, 'truncate')}/${divide(value.d, divisor, 'truncate')}`;
}

const ZERO_CODE = 48;

/** Returns the index of the first non-digit from `start` on. A pattern would overflow on long text. */
function digitsEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code < ZERO_CODE || code > ZERO_CODE + 9) break;
    at += 1;
  }
  return at;
}

function isAllZeros(digits: string): boolean {
  for (let at = 0; at < digits.length; at += 1) if (digits.charCodeAt(at) !== ZERO_CODE) return false;
  return true;
}
