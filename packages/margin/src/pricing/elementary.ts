import { marginError } from '../errors.js';
import { divide, squareRootFloor } from '../number/division.js';
import { BITS_MAX, bitLength, fixedOne, requireBits, shift } from './fixed-point.js';

/** Guard bits on top of those that a function's own error growth asks for. */
const GUARD = 24;
/** Bits to which π and ln 2 are known: every width is cut from one value, so that no result depends on an earlier call. */
const CONSTANT_BITS = BITS_MAX + 256;

let ln2Known: bigint | undefined;
let piKnown: bigint | undefined;

/** Returns ln 2, error below 1 ulp, up to {@link BITS_MAX} + 192 bits. */
export function ln2(bits: number): bigint {
  // ln 2 = 2·atanh(1/3).
  ln2Known ??= inverseTangent(3n, CONSTANT_BITS + GUARD, 1n) << 1n;
  return shift(ln2Known, bits - CONSTANT_BITS - GUARD);
}

/** Returns π, error below 1 ulp, up to {@link BITS_MAX} + 192 bits. @source Machin's formula, 1706 */
export function pi(bits: number): bigint {
  piKnown ??=
    (inverseTangent(5n, CONSTANT_BITS + GUARD, -1n) << 4n) - (inverseTangent(239n, CONSTANT_BITS + GUARD, -1n) << 2n);
  return shift(piKnown, bits - CONSTANT_BITS - GUARD);
}

/** Returns √(2π), error below 1 ulp. */
export function sqrtTwoPi(bits: number): bigint {
  return shift(squareRootFloor(pi(2 * bits + 2 * GUARD) << 1n), -GUARD);
}

/**
 * Returns e^x, error below 1 ulp for every x; e^0 is 1 exactly. Below 2^-(bits + 1) the result is 0.
 * Method: x = n·ln 2 + r, the Taylor series of e^(r/2^h), h squarings.
 * @throws UNDEFINED_RESULT where the result needs more than {@link BITS_MAX} bits.
 */
export function exp(x: bigint, bits: number): bigint {
  if (x < -(BigInt(bits + 2) << BigInt(bits))) return 0n;
  const whole = Number(divide(x, ln2(bits), 'floor'));
  const halvings = Math.floor(Math.sqrt(bits) / 2) + 2;
  const work = bits + Math.max(0, whole) + halvings + GUARD;
  requireBits(work);
  const rest = shift(x, work - bits) - BigInt(whole) * ln2(work);
  const argument = rest >> BigInt(halvings);
  const one = fixedOne(work);
  let sum = one + argument;
  let term = argument;
  for (let k = 2n; term !== 0n && term !== -1n; k += 1n) {
    term = divide((term * argument) >> BigInt(work), k, 'truncate');
    sum += term;
  }
  for (let done = 0; done < halvings; done += 1) sum = (sum * sum) >> BigInt(work);
  return shift(sum, whole - (work - bits));
}

/**
 * Returns ln x, error below 1 ulp; ln 1 is 0 exactly.
 * Method: x = m·2^n with m in [1, 2), three square roots of m, the series of 2·atanh((m − 1)/(m + 1)).
 * @throws UNDEFINED_RESULT for x ≤ 0.
 */
export function ln(x: bigint, bits: number): bigint {
  if (x <= 0n) throw marginError('UNDEFINED_RESULT', 'the logarithm of a number that is not above 0');
  const exponent = bitLength(x) - 1 - bits;
  const work = bits + GUARD + 16;
  requireBits(work);
  let root = shift(x, work - bits - exponent);
  for (let done = 0; done < ROOTS; done += 1) root = squareRootFloor(root << BigInt(work));
  const one = fixedOne(work);
  const ratio = divide((root - one) << BigInt(work), root + one, 'halfUp');
  const square = (ratio * ratio) >> BigInt(work);
  let sum = 0n;
  let power = ratio;
  for (let k = 1n; power !== 0n && power !== -1n; k += 2n) {
    sum += divide(power, k, 'truncate');
    power = (power * square) >> BigInt(work);
  }
  return shift((sum << BigInt(ROOTS + 1)) + BigInt(exponent) * ln2(work), bits - work);
}

const ROOTS = 3;

/** Returns √x rounded down, error below 1 ulp. @throws UNDEFINED_RESULT below 0. */
export function sqrt(x: bigint, bits: number): bigint {
  return squareRootFloor(x << BigInt(bits));
}

/**
 * Returns x^y, error below 1 ulp, for x ≥ 0; 0^0 is 1 and 0^y is 0 for y > 0.
 * @throws UNDEFINED_RESULT for x < 0, for 0^y with y < 0, and where the result needs more than {@link BITS_MAX} bits.
 */
export function pow(x: bigint, y: bigint, bits: number): bigint {
  if (y === 0n) return fixedOne(bits);
  if (x < 0n || (x === 0n && y < 0n)) {
    throw marginError('UNDEFINED_RESULT', 'a power of a negative number, or a negative power of 0');
  }
  if (x === 0n) return 0n;
  const coarse = shift(ln(x, bits) * y, -bits);
  // The exponent's error is scaled by the result; its own comes from ln x, scaled by y.
  const growth = coarse > 0n ? Number(divide(coarse, ln2(bits), 'ceil')) : 0;
  const work = bits + growth + Math.max(0, bitLength(y) - bits) + GUARD;
  requireBits(work);
  const logarithm = ln(shift(x, work - bits), work);
  return shift(exp(shift(logarithm * y, -bits), work), bits - work);
}

/** Returns atan(1/n) for sign −1, atanh(1/n) for sign 1, rounded toward 0 in every term. */
function inverseTangent(n: bigint, bits: number, sign: 1n | -1n): bigint {
  let power = divide(fixedOne(bits), n, 'truncate');
  let sum = 0n;
  for (let k = 1n, direction = 1n; power !== 0n; k += 2n, direction *= sign) {
    sum += direction * divide(power, k, 'truncate');
    power = divide(power, n * n, 'truncate');
  }
  return sum;
}
