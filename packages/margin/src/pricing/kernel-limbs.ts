import { divide } from '../number/division.js';
import { fixedOne } from './fixed-point.js';
import {
  EXP_STEP_BITS,
  KERNEL_BITS,
  MILLS_CELL_BITS,
  densityAtWhole,
  exponentialSteps,
  millsCell,
} from './kernel-tables.js';

/*
 * The two sums that every price needs, without a bigint for each step: an integer is five limbs of 24 bits, lowest first,
 * each held as a number. The lower four are not negative and make up the 96 bits behind the point, so that a product is cut
 * by leaving four columns out; the highest carries the sign. A column adds at most five products of 48 bits and a carry,
 * below 2^53, so every step is the floor that the same step in bigint, or in `OptionKernel.sol`, gives.
 */

/** Bits of a limb. */
const LIMB_BITS = 24;
/** One above the largest limb. */
const LIMB = 2 ** LIMB_BITS;
/** A power of two, so that multiplying by it is exact. */
const LIMB_INVERSE = 1 / LIMB;
/** Limbs of a number. */
const LIMBS = 5;
const LIMB_MASK = LIMB - 1;

/** A number with {@link KERNEL_BITS} bits in limbs. */
export type KernelLimbs = Float64Array;

/** Makes room for a number, 0. */
export function kernelLimbs(): KernelLimbs {
  return new Float64Array(LIMBS);
}

const ONE = fixedOne(KERNEL_BITS);
/** Coefficients of a cell, lowest first, as limbs one after the other. */
const CELL_LIMBS = 7 * LIMBS;
/** d2 is at least −40 − 24: 65 units of cells. Filled as they are used. */
const cells: (Float64Array | undefined)[] = Array.from({ length: 66 << MILLS_CELL_BITS }, () => undefined);
/** 128 bits on their way between a bigint and limbs; the order of bytes is named, so that every machine gives the same. */
const words = new DataView(new ArrayBuffer(16));

/** Writes Y(z) = N(z)/φ(z) for z in [−64, 1], with the kernel's bits. */
export function writeRatio(z: bigint, into: KernelLimbs): void {
  // 1 − z is the cell above 88 bits; the rest is measured from the cell's middle, 2^87.
  writeWords(ONE - z);
  const [w1, w2] = [words.getUint32(4, true), words.getUint32(8, true)];
  const cell = cellAt((w2 >>> 24) | (words.getUint32(12, true) << 8));
  const r0 = words.getUint32(0, true) & LIMB_MASK;
  const r1 = (words.getUint32(0, true) >>> 24) | ((w1 & 0xffff) << 8);
  const r2 = (w1 >>> 16) | ((w2 & 0xff) << 16);
  const r3 = ((w2 >>> 8) & 0xffff) - 0x8000;
  let at = CELL_LIMBS - LIMBS;
  let s0 = cell[at] ?? 0;
  let s1 = cell[at + 1] ?? 0;
  let s2 = cell[at + 2] ?? 0;
  let s3 = cell[at + 3] ?? 0;
  let s4 = cell[at + 4] ?? 0;
  while (at > 0) {
    at -= LIMBS;
    let carry = Math.floor(s0 * r0 * LIMB_INVERSE);
    carry = Math.floor((carry + s0 * r1 + s1 * r0) * LIMB_INVERSE);
    carry = Math.floor((carry + s0 * r2 + s1 * r1 + s2 * r0) * LIMB_INVERSE);
    carry = Math.floor((carry + s0 * r3 + s1 * r2 + s2 * r1 + s3 * r0) * LIMB_INVERSE);
    const c0 = carry + s1 * r3 + s2 * r2 + s3 * r1 + s4 * r0 + (cell[at] ?? 0);
    carry = Math.floor(c0 * LIMB_INVERSE);
    s0 = c0 - carry * LIMB;
    const c1 = carry + s2 * r3 + s3 * r2 + s4 * r1 + (cell[at + 1] ?? 0);
    carry = Math.floor(c1 * LIMB_INVERSE);
    s1 = c1 - carry * LIMB;
    const c2 = carry + s3 * r3 + s4 * r2 + (cell[at + 2] ?? 0);
    carry = Math.floor(c2 * LIMB_INVERSE);
    s2 = c2 - carry * LIMB;
    const c3 = carry + s4 * r3 + (cell[at + 3] ?? 0);
    carry = Math.floor(c3 * LIMB_INVERSE);
    s3 = c3 - carry * LIMB;
    s4 = carry + (cell[at + 4] ?? 0);
  }
  into[0] = s0;
  into[1] = s1;
  into[2] = s2;
  into[3] = s3;
  into[4] = s4;
}

function cellAt(at: number): Float64Array {
  const known = cells[at];
  if (known !== undefined) return known;
  const { c0, c1, c2, c3, c4, c5, c6 } = millsCell(at);
  const made = new Float64Array(CELL_LIMBS);
  for (const [index, value] of [c0, c1, c2, c3, c4, c5, c6].entries()) writeSigned(value, made, index * LIMBS);
  cells[at] = made;
  return made;
}

/** Adds or subtracts a number, sign 1 or −1. */
export function addLimbs(into: KernelLimbs, from: KernelLimbs, sign: number): void {
  let carry = 0;
  for (let at = 0; at < LIMBS - 1; at += 1) {
    const sum = carry + (into[at] ?? 0) + sign * (from[at] ?? 0);
    carry = Math.floor(sum * LIMB_INVERSE);
    into[at] = sum - carry * LIMB;
  }
  into[LIMBS - 1] = carry + (into[LIMBS - 1] ?? 0) + sign * (from[LIMBS - 1] ?? 0);
}

/** True if a number is below 0: its highest limb has the sign. */
export function isNegative(limbs: KernelLimbs): boolean {
  return (limbs[LIMBS - 1] ?? 0) < 0;
}

/** e^−whole/√(2π) as a mantissa and the places by which a product with it is shifted. */
interface DensityStep {
  readonly mantissa: KernelLimbs;
  readonly places: bigint;
}

/** A product is shifted by the kernel's bits and one more for its half. */
const HALF_SQUARE = BigInt(KERNEL_BITS + 1);
const STEP_MASK = (1 << EXP_STEP_BITS) - 1;
const THIRD = limbsOf(divide(ONE, 3n, 'halfUp'));
const densities: (DensityStep | undefined)[] = Array.from({ length: 802 }, () => undefined);
let coarseSteps: readonly KernelLimbs[] | undefined;
let fineSteps: readonly KernelLimbs[] | undefined;
const UNIT = limbsOf(ONE);
const rest = kernelLimbs();
const series = kernelLimbs();
const scaled = kernelLimbs();

/** Returns value·φ(d) with twice the kernel's bits, for a value not below 0 and |d| ≤ 40; relative error of φ below 2^-84. */
export function timesDensity(value: KernelLimbs, d: bigint): bigint {
  // d²/2 is cut into whole, 1/1024, 1/1024² and a rest below 2^-20, whose series ends after the cube.
  writeWords((d * d) >> HALF_SQUARE);
  const [w0, w1, w2] = [words.getUint32(0, true), words.getUint32(4, true), words.getUint32(8, true)];
  const [whole, index] = [words.getUint32(12, true), w2 >>> 12];
  rest[0] = w0 & LIMB_MASK;
  rest[1] = (w0 >>> 24) | ((w1 & 0xffff) << 8);
  rest[2] = (w1 >>> 16) | ((w2 & 0xff) << 16);
  rest[3] = (w2 >>> 8) & 0xf;
  let step = densities[whole];
  if (step === undefined) {
    const { mantissa, places } = densityAtWhole(whole);
    step = { mantissa: limbsOf(mantissa), places };
    densities[whole] = step;
  }
  coarseSteps ??= exponentialSteps(EXP_STEP_BITS).map(limbsOf);
  fineSteps ??= exponentialSteps(2 * EXP_STEP_BITS).map(limbsOf);
  multiplyInto(series, rest, THIRD);
  takeFromOne(series);
  multiplyInto(series, rest, series);
  halve(series);
  takeFromOne(series);
  multiplyInto(series, rest, series);
  takeFromOne(series);
  multiplyInto(scaled, coarseSteps[index >>> EXP_STEP_BITS] ?? UNIT, fineSteps[index & STEP_MASK] ?? UNIT);
  multiplyInto(scaled, scaled, series);
  multiplyInto(scaled, step.mantissa, scaled);
  return (bigintOf(scaled) * bigintOf(value)) >> step.places;
}

/** Writes left·right without the bits behind the kernel's; neither is negative. */
function multiplyInto(into: KernelLimbs, left: KernelLimbs, right: KernelLimbs): void {
  const [a0, a1, a2, a3, a4] = [left[0] ?? 0, left[1] ?? 0, left[2] ?? 0, left[3] ?? 0, left[4] ?? 0];
  const [b0, b1, b2, b3, b4] = [right[0] ?? 0, right[1] ?? 0, right[2] ?? 0, right[3] ?? 0, right[4] ?? 0];
  let carry = Math.floor(a0 * b0 * LIMB_INVERSE);
  carry = Math.floor((carry + a0 * b1 + a1 * b0) * LIMB_INVERSE);
  carry = Math.floor((carry + a0 * b2 + a1 * b1 + a2 * b0) * LIMB_INVERSE);
  carry = Math.floor((carry + a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0) * LIMB_INVERSE);
  const c0 = carry + a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0;
  carry = Math.floor(c0 * LIMB_INVERSE);
  into[0] = c0 - carry * LIMB;
  const c1 = carry + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1;
  carry = Math.floor(c1 * LIMB_INVERSE);
  into[1] = c1 - carry * LIMB;
  const c2 = carry + a2 * b4 + a3 * b3 + a4 * b2;
  carry = Math.floor(c2 * LIMB_INVERSE);
  into[2] = c2 - carry * LIMB;
  const c3 = carry + a3 * b4 + a4 * b3;
  carry = Math.floor(c3 * LIMB_INVERSE);
  into[3] = c3 - carry * LIMB;
  into[4] = carry + a4 * b4;
}

/** Replaces x by 1 − x. */
function takeFromOne(limbs: KernelLimbs): void {
  let carry = 0;
  for (let at = 0; at < LIMBS - 1; at += 1) {
    const left = carry - (limbs[at] ?? 0);
    carry = left < 0 ? -1 : 0;
    limbs[at] = left - carry * LIMB;
  }
  limbs[LIMBS - 1] = carry + 1 - (limbs[LIMBS - 1] ?? 0);
}

/** Halves a number that is not negative, rounded down. */
function halve(limbs: KernelLimbs): void {
  let odd = 0;
  for (let at = LIMBS - 1; at >= 0; at -= 1) {
    const limb = odd * LIMB + (limbs[at] ?? 0);
    odd = limb % 2;
    limbs[at] = (limb - odd) / 2;
  }
}

function limbsOf(value: bigint): KernelLimbs {
  const limbs = kernelLimbs();
  writeSigned(value, limbs, 0);
  return limbs;
}

/** The highest limb takes what is left, with its sign. */
function writeSigned(value: bigint, into: Float64Array, from: number): void {
  let left = value;
  for (let at = 0; at < LIMBS - 1; at += 1) {
    into[from + at] = Number(BigInt.asUintN(LIMB_BITS, left));
    left >>= BigInt(LIMB_BITS);
  }
  into[from + LIMBS - 1] = Number(left);
}

/** Puts 128 bits of a bigint where their words can be read. */
function writeWords(value: bigint): void {
  words.setBigUint64(0, value, true);
  words.setBigUint64(8, value >> 64n, true);
}

function bigintOf(limbs: KernelLimbs): bigint {
  const [l1, l2, l3] = [limbs[1] ?? 0, limbs[2] ?? 0, limbs[3] ?? 0];
  words.setUint32(0, (limbs[0] ?? 0) | (l1 << 24), true);
  words.setUint32(4, (l1 >>> 8) | (l2 << 16), true);
  words.setUint32(8, (l2 >>> 16) | (l3 << 8), true);
  words.setUint32(12, limbs[4] ?? 0, true);
  return (words.getBigUint64(8, true) << 64n) | words.getBigUint64(0, true);
}
