import { marginError } from '../errors.js';
import { divide } from '../number/division.js';
import { exp, sqrtTwoPi } from './elementary.js';
import { divideFixed, multiplyFixed, fixedOne, shift, toFixed } from './fixed-point.js';

const GUARD = 32;

/** Returns the standard normal density φ(x) = e^(−x²/2)/√(2π), error below 1 ulp. */
export function normalDensity(x: bigint, bits: number): bigint {
  const work = bits + GUARD;
  const wide = magnitudeWithin(x, bits);
  if (wide === undefined) return 0n;
  const squareHalf = shift(wide * wide, work - 2 * bits - 1);
  return shift(divideFixed(exp(-squareHalf, work), sqrtTwoPi(work), work), -GUARD);
}

/**
 * Returns the standard normal distribution function N(x), error below 1 ulp. N(0) is 0.5 and N(x) + N(−x) is 1, exactly.
 * Method: φ(x) times the ratio of Mills on the negative side, 1 less that on the positive side.
 */
export function normalCumulative(x: bigint, bits: number): bigint {
  if (x > 0n) return fixedOne(bits) - normalCumulative(-x, bits);
  if (x === 0n) return fixedOne(bits - 1);
  const wide = magnitudeWithin(x, bits);
  if (wide === undefined) return 0n;
  const work = bits + GUARD;
  const argument = shift(wide, GUARD);
  return shift(normalDensity(argument, work) * millsRatio(argument, work), -work - GUARD);
}

/**
 * Returns the ratio of Mills (1 − N(u))/φ(u) for u ≥ 0, error below 1 ulp. It falls from √(π/2) like 1/u.
 * Method: for small u √(π/2)·e^(u²/2) − Σ u^(2k+1)/(2k+1)!!, with guard bits for what cancels; else the continued fraction
 * of Laplace, whose neighbouring convergents lie on both sides of the value. @source Abramowitz and Stegun 26.2.11, 26.2.14
 */
export function millsRatio(u: bigint, bits: number): bigint {
  if (u < 0n) throw marginError('UNDEFINED_RESULT', "Mills' ratio is asked below 0");
  const square = Number((u * u) >> BigInt(2 * bits));
  return square > 4 && square * 4 > bits ? millsByFraction(u, bits) : millsBySeries(u, bits, square);
}

function millsBySeries(u: bigint, bits: number, square: number): bigint {
  // e^(u²/2) has 0.72·u² bits before its point, all of which cancel.
  const work = bits + GUARD + square;
  const argument = shift(u, work - bits);
  const argumentSquare = (argument * argument) >> BigInt(work);
  let term = argument;
  let sum = 0n;
  for (let k = 3n; term !== 0n; k += 2n) {
    sum += term;
    term = divide((term * argumentSquare) >> BigInt(work), k, 'truncate');
  }
  const whole = multiplyFixed(sqrtTwoPi(work) >> 1n, exp(argumentSquare >> 1n, work), work);
  return shift(whole - sum, bits - work);
}

function millsByFraction(u: bigint, bits: number): bigint {
  const work = bits + GUARD;
  const argument = shift(u, GUARD);
  const size = Number(argument >> BigInt(work));
  // The convergents close in as e^(−2u√(2n)).
  const reach = Math.ceil((0.3 * bits) / size);
  for (let depth = reach * reach + 8; ; depth *= 2) {
    const even = convergentOfMills(argument, work, depth);
    const odd = convergentOfMills(argument, work, depth + 1);
    const width = even > odd ? even - odd : odd - even;
    if (width < 1n << BigInt(GUARD - 2)) return shift(even + odd, -GUARD - 1);
  }
}

/** The convergent 1/(u + 1/(u + 2/(u + … depth/u))). */
function convergentOfMills(u: bigint, bits: number, depth: number): bigint {
  let tail = u;
  for (let k = depth; k >= 1; k -= 1) tail = u + divide(BigInt(k) << BigInt(2 * bits), tail, 'halfUp');
  return divide(fixedOne(2 * bits), tail, 'halfUp');
}

/** Returns |x|, or undefined where φ(x) is below half an ulp: from x²/2 > (bits + 2)·ln 2 on. */
function magnitudeWithin(x: bigint, bits: number): bigint | undefined {
  const magnitude = x < 0n ? -x : x;
  const limit = toFixed({ n: BigInt(bits + 2) * 1_387n, d: 1_000n }, bits) << BigInt(bits);
  return magnitude * magnitude > limit ? undefined : magnitude;
}
