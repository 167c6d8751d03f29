import { divide } from '../number/division.js';
import { exp, ln, sqrtTwoPi } from './elementary.js';
import { divideFixed, multiplyFixed, fixedOne, shift } from './fixed-point.js';
import { millsRatio } from './normal-distribution.js';

/*
 * Tables of the pricing kernel. Every entry is computed from its index alone with WIDE bits and rounded once, so that a
 * table that is filled as it is used gives the same integers in any order of use.
 */

/** Bits of the kernel's numbers: with 31 bits before the point they fill two machine words. */
export const KERNEL_BITS = 96;
const WIDE = 176;

/** Cells of the ratio of Mills in one unit, as a power of two. */
export const MILLS_CELL_BITS = 8;
/** Entries in one step of the tables of e^−x, as a power of two. */
export const EXP_STEP_BITS = 10;

/** Coefficients of a polynomial of degree 6, lowest first. */
export interface MillsCell {
  readonly c0: bigint;
  readonly c1: bigint;
  readonly c2: bigint;
  readonly c3: bigint;
  readonly c4: bigint;
  readonly c5: bigint;
  readonly c6: bigint;
}

/**
 * Returns one cell of Y(z) = N(z)/φ(z), where 1 − z lies in [cell, cell + 1)/256: the coefficients of its Taylor polynomial
 * in the distance of 1 − z from the cell's middle. From Y' = 1 + zY follows (n + 1)·a(n+1) = z·a(n) + a(n−1).
 * What follows degree 6 is below 2^-63·Y⁽⁷⁾/7!, at most 3e-20 at z = 1 and 2e-21 for z ≤ 0.
 */
export function millsCell(cell: number): MillsCell {
  const one = fixedOne(WIDE);
  const z = one - shift(BigInt(2 * cell + 1), WIDE - MILLS_CELL_BITS - 1);
  const next = (order: bigint, last: bigint, before: bigint) =>
    divide(multiplyFixed(z, last, WIDE) + before, order, 'halfUp');
  const a0 = ratioAt(z);
  const a1 = next(1n, a0, one);
  const a2 = next(2n, a1, a0);
  const a3 = next(3n, a2, a1);
  const a4 = next(4n, a3, a2);
  const a5 = next(5n, a4, a3);
  const a6 = next(6n, a5, a4);
  // The distance is measured against z, so odd coefficients change sign.
  const cut = (value: bigint) => shift(value, KERNEL_BITS - WIDE);
  return { c0: cut(a0), c1: cut(-a1), c2: cut(a2), c3: cut(-a3), c4: cut(a4), c5: cut(-a5), c6: cut(a6) };
}

/** A number m·2^-places with m in [2^95, 2^96]. */
export interface Scaled {
  readonly mantissa: bigint;
  readonly places: bigint;
}

/** Returns e^−whole/√(2π), relative error below 2^-95. */
export function densityAtWhole(whole: number): Scaled {
  // 1.45·whole bits are lost before the first that counts.
  const bits = WIDE + Math.ceil(1.45 * whole);
  const value = divideFixed(exp(-shift(BigInt(whole), bits), bits), sqrtTwoPi(bits), bits);
  const places = bits - value.toString(2).length;
  return { mantissa: shift(value, places + KERNEL_BITS - bits), places: BigInt(places) };
}

/** Returns e^(−index/2^stepBits) for a whole step of indices, 0 to 2^{@link EXP_STEP_BITS} − 1. */
export function exponentialSteps(stepBits: number): readonly bigint[] {
  const factor = exp(-fixedOne(WIDE - stepBits), WIDE);
  const steps: bigint[] = [];
  for (let value = fixedOne(WIDE); steps.length < 1 << EXP_STEP_BITS; value = multiplyFixed(value, factor, WIDE)) {
    steps.push(shift(value, KERNEL_BITS - WIDE));
  }
  return steps;
}

/** A factor near 1/m and the logarithm of its inverse. */
export interface LogarithmStep {
  readonly factor: bigint;
  readonly logarithm: bigint;
}

/**
 * Returns factors that bring a number of [1 + index·width, 1 + (index + 1)·width) near 1, with −ln of each as rounded, for
 * widths 2^-widthBits and indices from `start` on.
 */
export function logarithmSteps(widthBits: number, start: number, count: number): readonly LogarithmStep[] {
  return Array.from({ length: count }, (_, at) => {
    const middle = fixedOne(WIDE) + shift(BigInt(2 * (start + at) + 1), WIDE - widthBits - 1);
    const factor = divideFixed(fixedOne(KERNEL_BITS), shift(middle, KERNEL_BITS - WIDE), KERNEL_BITS);
    return { factor, logarithm: -shift(ln(shift(factor, WIDE - KERNEL_BITS), WIDE), KERNEL_BITS - WIDE) };
  });
}

/** Y(z) = N(z)/φ(z): the ratio of Mills at −z, and on the positive side what is left of 1/φ(z). */
function ratioAt(z: bigint): bigint {
  if (z <= 0n) return millsRatio(-z, WIDE);
  const inverseDensity = multiplyFixed(sqrtTwoPi(WIDE), exp(shift(z * z, -WIDE - 1), WIDE), WIDE);
  return inverseDensity - millsRatio(z, WIDE);
}
