import { marginError } from '../errors.js';
import { divide } from '../number/division.js';
import { ln2 } from './elementary.js';
import { bitLength, oneOf } from './fixed-point.js';
import {
  EXP_STEP_BITS,
  KERNEL_BITS,
  type LogarithmStep,
  MILLS_CELL_BITS,
  type MillsCell,
  type Scaled,
  densityAtWhole,
  exponentialSteps,
  logarithmSteps,
  millsCell,
} from './kernel-tables.js';

/*
 * The kernel prices an out-of-the-money option of Black's model as a share of the smaller of forward and strike:
 *
 *   g(m, s) = N(d1) − e^−m·N(d2) = φ(d1)·[Y(d1) − Y(d2)],  m = −|ln(F/K)|,  d1 = m/s + s/2,  d2 = d1 − s,
 *
 * with Y(z) = N(z)/φ(z), since e^−m·φ(d2) = φ(d1). Y is smooth and of the size of 1/|z|, so the difference keeps its
 * relative precision where N(d1) and N(d2) both vanish. A call with F ≤ K is worth F·g, a put with F ≥ K is worth K·g; the
 * other of the two follows from put-call parity, so that parity and the symmetry C(F, K) = P(K, F) hold exactly.
 *
 * Error: relative 1e-15 for −m ≤ 10·s and s in [1e-4, 10], else absolute 1e-19 of the smaller of forward and strike;
 * measured in black-kernel.test.ts.
 */

/** Bits of {@link outOfTheMoneyShare}: prices far below 1e-18 keep their relative precision. */
export const SHARE_BITS = 192;

const BITS = BigInt(KERNEL_BITS);
const ONE = oneOf(KERNEL_BITS);
const SHARE_ONE = oneOf(SHARE_BITS);
/** Below −40 the density is 1e-348. */
const FAR = -40n << BITS;

/** A total volatility whose quotients the kernel takes. */
export interface TotalVol {
  /** σ√t with {@link KERNEL_BITS} bits, above 0 and at most 24. */
  readonly value: bigint;
  /** 1/(σ√t) with as many bits, to the nearest. */
  readonly inverse: bigint;
}

/** Total volatility beyond which a call is worth its forward and a put its strike. @source Derive, lyra-utils Black76 */
export const TOTAL_VOL_MAX = 24n << BITS;

/** Prepares σ√t for many prices. @throws UNDEFINED_RESULT for 0. */
export function totalVolOf(value: bigint): TotalVol {
  return { value, inverse: divide(SHARE_ONE, value, 'halfUp') };
}

/**
 * Gives g(m, s) with {@link SHARE_BITS} bits, for m = −|ln(F/K)| ≤ 0 with {@link KERNEL_BITS} bits.
 * At most 1 and never below 0; non-decreasing in m and in s up to its error.
 */
export function outOfTheMoneyShare(m: bigint, vol: TotalVol): bigint {
  const d1 = ((m * vol.inverse) >> BITS) + (vol.value >> 1n);
  if (d1 < FAR) return 0n;
  const d2 = d1 - vol.value;
  if (d1 > ONE) {
    // s is above 2 here: N(d1) is 1 − φ(d1)·Y(−d1), and nothing cancels that matters.
    return SHARE_ONE - timesDensity(ratioOf(-d1) + ratioOf(d2), d1);
  }
  const difference = ratioOf(d1) - ratioOf(d2);
  return difference > 0n ? timesDensity(difference, d1) : 0n;
}

/**
 * Gives N(z) with {@link SHARE_BITS} bits for z with {@link KERNEL_BITS} bits, error below 1e-19; N(z) + N(−z) is 1 exactly.
 */
export function cumulativeShare(z: bigint): bigint {
  if (z === 0n) return SHARE_ONE >> 1n;
  if (z > 0n) return SHARE_ONE - cumulativeShare(-z);
  return z < FAR ? 0n : timesDensity(ratioOf(z), z);
}

const CELL_PLACES = KERNEL_BITS - MILLS_CELL_BITS;
const CELL_SHIFT = BigInt(CELL_PLACES);
const CELL_MIDDLE = oneOf(CELL_PLACES - 1);
/** d2 is at least −40 − 24: 65 units of cells. Filled as they are used. */
const cells: (MillsCell | undefined)[] = Array.from({ length: 66 << MILLS_CELL_BITS }, () => undefined);

/** Y(z) for z in [−64, 1], with the kernel's bits. */
function ratioOf(z: bigint): bigint {
  const below = ONE - z;
  const at = Number(below >> CELL_SHIFT);
  let cell = cells[at];
  if (cell === undefined) {
    cell = millsCell(at);
    cells[at] = cell;
  }
  const r = BigInt.asUintN(CELL_PLACES, below) - CELL_MIDDLE;
  let sum = ((cell.c6 * r) >> BITS) + cell.c5;
  sum = ((sum * r) >> BITS) + cell.c4;
  sum = ((sum * r) >> BITS) + cell.c3;
  sum = ((sum * r) >> BITS) + cell.c2;
  sum = ((sum * r) >> BITS) + cell.c1;
  return ((sum * r) >> BITS) + cell.c0;
}

const STEP_MASK = (1 << EXP_STEP_BITS) - 1;
const REST_PLACES = KERNEL_BITS - 2 * EXP_STEP_BITS;
const REST_SHIFT = BigInt(REST_PLACES);
const THIRD = divide(ONE, 3n, 'halfUp');
const densities: (Scaled | undefined)[] = Array.from({ length: 802 }, () => undefined);
let coarseSteps: readonly bigint[] | undefined;
let fineSteps: readonly bigint[] | undefined;

/** value·φ(d) with the share's bits, for |d| ≤ 40; relative error of φ below 2^-84. */
function timesDensity(value: bigint, d: bigint): bigint {
  // d²/2 is cut into whole, 1/1024, 1/1024² and a rest below 2^-20, whose series ends after the cube.
  const exponent = (d * d) >> (BITS + 1n);
  const index = Number(exponent >> REST_SHIFT);
  const whole = index >> (2 * EXP_STEP_BITS);
  let scale = densities[whole];
  if (scale === undefined) {
    scale = densityAtWhole(whole);
    densities[whole] = scale;
  }
  coarseSteps ??= exponentialSteps(EXP_STEP_BITS);
  fineSteps ??= exponentialSteps(2 * EXP_STEP_BITS);
  const coarse = coarseSteps[(index >> EXP_STEP_BITS) & STEP_MASK] ?? ONE;
  const fine = fineSteps[index & STEP_MASK] ?? ONE;
  const rest = BigInt.asUintN(REST_PLACES, exponent);
  let series = ONE - ((rest * THIRD) >> BITS);
  series = ONE - ((rest * series) >> (BITS + 1n));
  series = ONE - ((rest * series) >> BITS);
  const steps = (((coarse * fine) >> BITS) * series) >> BITS;
  return (((scale.mantissa * steps) >> BITS) * value) >> scale.places;
}

const FIRST_BITS = 7;
const SECOND_BITS = 15;
const SECOND_SHIFT = BITS - BigInt(SECOND_BITS);
const FIRST_SHIFT = BITS - BigInt(FIRST_BITS);
const LN2 = ln2(KERNEL_BITS);
const SERIES = [2n, 3n, 4n, 5n].map((order) => divide(ONE, order, 'halfUp')) as [bigint, bigint, bigint, bigint];
let firstSteps: readonly LogarithmStep[] | undefined;
let secondSteps: readonly LogarithmStep[] | undefined;

/**
 * Gives ln of a positive integer with {@link KERNEL_BITS} bits, error below 2^-90. Differences of two such logarithms are
 * the log-moneyness of two prices in one unit. @throws UNDEFINED_RESULT unless the integer is above 0.
 */
export function logarithmOf(integer: bigint): bigint {
  if (integer <= 0n) throw marginError('UNDEFINED_RESULT', 'the logarithm of a number that is not above 0');
  const exponent = bitLength(integer) - 1;
  const places = BigInt(KERNEL_BITS - exponent);
  const mantissa = places >= 0n ? integer << places : integer >> -places;
  firstSteps ??= logarithmSteps(FIRST_BITS, 0, 1 << FIRST_BITS);
  // The first factor leaves less than 2^-7.9 on both sides of 1.
  secondSteps ??= logarithmSteps(SECOND_BITS, -SECOND_SPAN, 2 * SECOND_SPAN);
  const first = firstSteps[Number((mantissa - ONE) >> FIRST_SHIFT)] ?? UNIT_STEP;
  const near = (mantissa * first.factor) >> BITS;
  const second = secondSteps[Number((near - ONE) >> SECOND_SHIFT) + SECOND_SPAN] ?? UNIT_STEP;
  const r = ((near * second.factor) >> BITS) - ONE;
  let sum = ((SERIES[3] * r) >> BITS) - SERIES[2];
  sum = ((sum * r) >> BITS) + SERIES[1];
  sum = ((sum * r) >> BITS) - SERIES[0];
  const tail = (((r * r) >> BITS) * sum) >> BITS;
  return BigInt(exponent) * LN2 + first.logarithm + second.logarithm + r + tail;
}

const SECOND_SPAN = 1 << (SECOND_BITS - FIRST_BITS - 1);
const UNIT_STEP: LogarithmStep = { factor: ONE, logarithm: 0n };
