import { marginError } from '../errors.js';
import { divide, gcd } from '../number/division.js';
import { bitLength } from '../pricing/fixed-point.js';

/*
 * Integers cut into limbs of 24 bits, lowest first, each held as a number. A product of two limbs has 48 bits, so that
 * 32 of them add up below 2^53: every sum here is an exact integer, and nothing is rounded but where it says so.
 */

/** Bits of a limb. */
export const LIMB_BITS = 24;
/** Limbs of an amount: 120 bits, above every amount that the ledger takes. */
export const UNIT_LIMBS = 5;
/** Limbs of a value: 144 bits, WADs up to 2e25. */
export const VALUE_LIMBS = 6;

const NARROW_LIMBS = 3;
const LIMB = 2 ** LIMB_BITS;
/** A power of two, so that multiplying by it is exact. */
const LIMB_INVERSE = 1 / LIMB;
const BITS = BigInt(LIMB_BITS);
const MASK = (1n << BITS) - 1n;

/** A rate that values units: value = units·n/d, both not negative and d above 0. */
export interface UnitRate {
  readonly n: bigint;
  readonly d: bigint;
}

/** Whether a value is of something owned, rounded down, or owed, rounded up. */
export type BookSide = 'owned' | 'owed';

/**
 * A rate as one multiplication: floor(units·multiplier / 2^(24·drop)), plus 1 for what is owed, is the rounded value of any
 * units up to the bits given. Exact: the multiplier is n/d rounded up (owed: to strictly below n/d) at so many bits that its
 * error times the units is less than 1/d, the least distance of a value from the next integer.
 */
export interface PreparedRate {
  readonly limbs: Float64Array;
  readonly drop: number;
  /** Columns that can differ from 0. */
  readonly columns: number;
  /** Whether units fit three limbs, which most do. */
  readonly narrow: boolean;
  /** 1 for what is owed. */
  readonly added: number;
}

/** Writes an integer that is not negative into limbs. @throws OUT_OF_RANGE if it does not fit. */
export function writeLimbs(value: bigint, into: Float64Array | Uint32Array, from: number, count: number): void {
  let rest = value;
  for (let at = 0; at < count; at += 1) {
    into[from + at] = Number(rest & MASK);
    rest >>= BITS;
  }
  if (rest !== 0n) throw marginError('OUT_OF_RANGE', `${value} does not fit ${count * LIMB_BITS} bits`);
}

/** Reads limbs that were added and subtracted without carries; each may be negative. */
export function readLimbs(limbs: Float64Array, from: number, count: number): bigint {
  let value = 0n;
  for (let at = count - 1; at >= 0; at -= 1) value = (value << BITS) + BigInt(limbs[from + at] ?? 0);
  return value;
}

/** Prepares a rate for units of so many bits. @throws OUT_OF_RANGE if a value could exceed {@link VALUE_LIMBS}. */
export function prepareRate({ n, d }: UnitRate, side: BookSide, unitBits: number): PreparedRate {
  const divisor = gcd(n, d);
  const [top, bottom] = [divide(n, divisor, 'truncate'), divide(d, divisor, 'truncate')];
  const drop = Math.ceil((unitBits + bitLength(bottom)) / LIMB_BITS);
  const scaled = divide(top << BigInt(drop * LIMB_BITS), bottom, 'ceil');
  if (bitLength(scaled) + unitBits - drop * LIMB_BITS > VALUE_LIMBS * LIMB_BITS) {
    throw marginError(
      'OUT_OF_RANGE',
      `a rate of ${top}/${bottom} takes units of ${unitBits} bits beyond ${VALUE_LIMBS * LIMB_BITS}`,
    );
  }
  const owed = side === 'owed' && n > 0n;
  const multiplier = owed ? scaled - 1n : scaled;
  const count = Math.ceil(bitLength(multiplier) / LIMB_BITS);
  const limbs = new Float64Array(count);
  writeLimbs(multiplier, limbs, 0, count);
  const unitLimbs = Math.ceil(unitBits / LIMB_BITS);
  const columns = Math.min(drop + VALUE_LIMBS, count + unitLimbs);
  return { limbs, drop, columns, narrow: unitLimbs <= NARROW_LIMBS, added: owed ? 1 : 0 };
}

/** Where a value is added: limbs that carry nothing, times 1 or −1. */
export interface ValueSum {
  readonly limbs: Float64Array;
  readonly from: number;
  readonly sign: number;
}

/** Adds the value of units, which lie from an index on. Schoolbook by columns, each the sum of its products and a carry. */
export function addValue(rate: PreparedRate, units: Uint32Array, from: number, into: ValueSum): void {
  if (rate.narrow) addNarrow(rate, units, from, into);
  else addWide(rate, units, from, into);
}

function addNarrow(
  { limbs, drop, columns, added }: PreparedRate,
  units: Uint32Array,
  from: number,
  into: ValueSum,
): void {
  const u0 = units[from] ?? 0;
  const u1 = units[from + 1] ?? 0;
  const u2 = units[from + 2] ?? 0;
  if (u0 + u1 + u2 === 0) return;
  const { limbs: sums, sign } = into;
  const count = limbs.length;
  let [m1, m2, carry, at] = [0, 0, 0, into.from];
  sums[at] = (sums[at] ?? 0) + sign * added;
  for (let column = 0; column < columns; column += 1) {
    const m0 = column < count ? (limbs[column] ?? 0) : 0;
    const sum = u0 * m0 + u1 * m1 + u2 * m2 + carry;
    carry = Math.floor(sum * LIMB_INVERSE);
    if (column >= drop) {
      sums[at] = (sums[at] ?? 0) + sign * (sum - carry * LIMB);
      at += 1;
    }
    m2 = m1;
    m1 = m0;
  }
}

function addWide(
  { limbs, drop, columns, added }: PreparedRate,
  units: Uint32Array,
  from: number,
  into: ValueSum,
): void {
  const { limbs: sums, sign } = into;
  const amounts = units.subarray(from, from + UNIT_LIMBS);
  if (amounts.every((limb) => limb === 0)) return;
  let [carry, at] = [0, into.from];
  sums[at] = (sums[at] ?? 0) + sign * added;
  for (let column = 0; column < columns; column += 1) {
    let sum = carry;
    for (let limb = 0; limb < UNIT_LIMBS; limb += 1) sum += (amounts[limb] ?? 0) * (limbs[column - limb] ?? 0);
    carry = Math.floor(sum * LIMB_INVERSE);
    if (column < drop) continue;
    sums[at] = (sums[at] ?? 0) + sign * (sum - carry * LIMB);
    at += 1;
  }
}
