import { marginError } from '../errors.js';
import { divide } from '../number/division.js';
import { ln2 } from './elementary.js';
import { bitLength, fixedOne } from './fixed-point.js';
import { addLimbs, isNegative, kernelLimbs, timesDensity, writeRatio } from './kernel-limbs.js';
import { KERNEL_BITS, type LogarithmStep, logarithmSteps } from './kernel-tables.js';

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
const ONE = fixedOne(KERNEL_BITS);
const SHARE_ONE = fixedOne(SHARE_BITS);
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
 * Returns g(m, s) with {@link SHARE_BITS} bits, for m = −|ln(F/K)| ≤ 0 with {@link KERNEL_BITS} bits.
 * At most 1 and never below 0; non-decreasing in m and in s up to its error.
 */
export function outOfTheMoneyShare(m: bigint, vol: TotalVol): bigint {
  const d1 = ((m * vol.inverse) >> BITS) + (vol.value >> 1n);
  if (d1 < FAR) return 0n;
  const d2 = d1 - vol.value;
  writeRatio(d2, below);
  if (d1 > ONE) {
    // s is above 2 here: N(d1) is 1 − φ(d1)·Y(−d1), and nothing cancels that matters.
    writeRatio(-d1, above);
    addLimbs(above, below, 1);
    return SHARE_ONE - timesDensity(above, d1);
  }
  writeRatio(d1, above);
  addLimbs(above, below, -1);
  return isNegative(above) ? 0n : timesDensity(above, d1);
}

/** Y(d1), Y(d2) and results. Allocated once, since a portfolio asks for thousands. */
const above = kernelLimbs();
const below = kernelLimbs();

/**
 * Returns N(z) with {@link SHARE_BITS} bits for z with {@link KERNEL_BITS} bits, error below 1e-19; N(z) + N(−z) is 1 exactly.
 */
export function cumulativeShare(z: bigint): bigint {
  if (z === 0n) return SHARE_ONE >> 1n;
  if (z > 0n) return SHARE_ONE - cumulativeShare(-z);
  if (z < FAR) return 0n;
  writeRatio(z, above);
  return timesDensity(above, z);
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
 * Returns ln of a positive integer with {@link KERNEL_BITS} bits, error below 2^-90. Differences of two such logarithms are
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
