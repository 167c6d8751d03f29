import { mulDivDown, mulDivUp } from '@surety/domain';
import type { UnitRate } from '@surety/margin';

/*
 * Integers cut into limbs of 24 bits, lowest first, each held as a number. A product of two limbs has 48 bits, so that
 * 32 of them add up below 2^53: every sum here is an exact integer, and nothing is rounded but where it says so.
 */

/** Limbs of an amount: 120 bits, above every amount that the ledger takes. */
export const UNIT_LIMBS = 5;
/** Limbs of a value: 144 bits, WADs up to 2e25. */
export const VALUE_LIMBS = 6;

/** Bits of a limb. */
const LIMB_BITS = 24;
/** One above the largest limb. */
const LIMB = 2 ** LIMB_BITS;
/** A power of two, so that multiplying by it is exact. */
const LIMB_INVERSE = 1 / LIMB;
const NARROW_LIMBS = 3;
/** A column takes as many limbs of the multiplier as units have; there are two columns below the value's. */
const WINDOW = NARROW_LIMBS - 1 + 2 + VALUE_LIMBS;
/** The columns that a window leaves out are less than so many units of the column below the value. */
const LEFT_OUT = 5;
/** Values that are multiples of such a part are either whole or further from a whole one than all that is left out. */
const COARSE = 2n ** 19n;
const BITS = BigInt(LIMB_BITS);
const MASK = (1n << BITS) - 1n;

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
  /** Limbs of the multiplier for the value and two columns below it, where units fit three limbs, which most do. */
  readonly window: Float64Array | undefined;
  /** Values are multiples of so large a part that what a window leaves out cannot be taken for one. */
  readonly coarse: boolean;
  /** Added below the value, so that whole values are told as such without what a window leaves out; of a change as well. */
  readonly slack: number;
  readonly changeSlack: number;
  /** 1 for what is owed. */
  readonly added: number;
}

/** Writes an integer that is not negative into limbs. @throws RangeError if it does not fit. */
export function writeLimbs(value: bigint, into: Float64Array | Uint32Array, from: number, count: number): void {
  let rest = value;
  for (let at = 0; at < count; at += 1) {
    into[from + at] = Number(rest & MASK);
    rest >>= BITS;
  }
  if (rest !== 0n) throw new RangeError(`${value} does not fit ${count * LIMB_BITS} bits`);
}

/** Gives how many bits a value that is not negative takes. */
export function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

/** Reads a sum, whose limbs were added and subtracted without carries; each may be negative. */
export function readSum(limbs: Float64Array, from: number): bigint {
  let value = 0n;
  for (let at = VALUE_LIMBS - 1; at >= 0; at -= 1) {
    value = (value << BITS) + BigInt(limbs[from + at] ?? 0);
  }
  return value;
}

/** Prepares a rate for units of so many bits. @throws RangeError if a value could exceed {@link VALUE_LIMBS}. */
export function prepareRate({ n, d }: UnitRate, side: BookSide, unitBits: number): PreparedRate {
  // At least a limb behind the point: with a divisor below that, what a window leaves out would count beside the error.
  const drop = Math.ceil((unitBits + Math.max(bitLength(d), LIMB_BITS)) / LIMB_BITS);
  const scaled = mulDivUp(n << BigInt(drop * LIMB_BITS), 1n, d);
  if (bitLength(scaled) + unitBits - drop * LIMB_BITS > VALUE_LIMBS * LIMB_BITS) {
    throw new RangeError(`a rate of ${n}/${d} takes units of ${unitBits} bits beyond ${VALUE_LIMBS * LIMB_BITS}`);
  }
  const owed = side === 'owed' && n > 0n;
  const multiplier = owed ? scaled - 1n : scaled;
  const count = Math.ceil(bitLength(multiplier) / LIMB_BITS);
  const limbs = new Float64Array(count);
  writeLimbs(multiplier, limbs, 0, count);
  const unitLimbs = Math.ceil(unitBits / LIMB_BITS);
  const columns = Math.min(drop + VALUE_LIMBS, count + unitLimbs);
  const window = Float64Array.from({ length: WINDOW }, (_, at) => limbs[drop - NARROW_LIMBS - 1 + at] ?? 0);
  const coarse = mulDivDown(d, 1n, gcd(n, d)) <= COARSE;
  // The product of a whole value lies just above it, and just below it where it is owed.
  const slack = coarse && !owed && n > 0n ? LEFT_OUT : 0;
  const changeSlack = coarse ? (owed ? -LEFT_OUT : 2 * LEFT_OUT) : 0;
  return {
    limbs,
    drop,
    columns,
    coarse,
    slack,
    changeSlack,
    window: unitLimbs <= NARROW_LIMBS ? window : undefined,
    added: owed ? 1 : 0,
  };
}

/** Where a value is added: limbs that carry nothing, times 1 or −1. */
export interface ValueSum {
  readonly limbs: Float64Array;
  from: number;
  sign: number;
}

/** Adds the value of units, which lie from an index on. */
export function addValue(rate: PreparedRate, units: Uint32Array, from: number, into: ValueSum): void {
  if (rate.window === undefined || !addNarrow(rate, rate.window, units, from, into)) addWide(rate, units, from, into);
  else if (rate.added !== 0) addOne(units, from, into);
}

/**
 * Adds the product of units and a multiplier without what lies more than two columns below the value. That matters only
 * where the column below the value is all but full: says false then, and adds nothing. Without a loop, since how often one
 * turns is what a processor would have to guess for each line.
 */
function addNarrow(
  { coarse, slack }: PreparedRate,
  m: Float64Array,
  units: Uint32Array,
  from: number,
  { limbs: sums, from: at, sign }: ValueSum,
): boolean {
  const u0 = units[from] ?? 0;
  const u1 = units[from + 1] ?? 0;
  const u2 = units[from + 2] ?? 0;
  const m1 = m[1] ?? 0;
  const m2 = m[2] ?? 0;
  const m3 = m[3] ?? 0;
  const m4 = m[4] ?? 0;
  const m5 = m[5] ?? 0;
  const m6 = m[6] ?? 0;
  const m7 = m[7] ?? 0;
  const m8 = m[8] ?? 0;
  const low = slack + u0 * m3 + u1 * m2 + u2 * m1 + Math.floor((u0 * m2 + u1 * m1 + u2 * (m[0] ?? 0)) * LIMB_INVERSE);
  const carry = Math.floor(low * LIMB_INVERSE);
  if (!coarse && low - carry * LIMB >= LIMB - LEFT_OUT) return false;
  const c0 = u0 * m4 + u1 * m3 + u2 * m2;
  const c1 = u0 * m5 + u1 * m4 + u2 * m3;
  const c2 = u0 * m6 + u1 * m5 + u2 * m4;
  const c3 = u0 * m7 + u1 * m6 + u2 * m5;
  const c4 = u0 * m8 + u1 * m7 + u2 * m6;
  const k0 = Math.floor(c0 * LIMB_INVERSE);
  const k1 = Math.floor(c1 * LIMB_INVERSE);
  const k2 = Math.floor(c2 * LIMB_INVERSE);
  const k3 = Math.floor(c3 * LIMB_INVERSE);
  const k4 = Math.floor(c4 * LIMB_INVERSE);
  sums[at] = (sums[at] ?? 0) + sign * (c0 - k0 * LIMB + carry);
  sums[at + 1] = (sums[at + 1] ?? 0) + sign * (c1 - k1 * LIMB + k0);
  sums[at + 2] = (sums[at + 2] ?? 0) + sign * (c2 - k2 * LIMB + k1);
  sums[at + 3] = (sums[at + 3] ?? 0) + sign * (c3 - k3 * LIMB + k2);
  sums[at + 4] = (sums[at + 4] ?? 0) + sign * (c4 - k4 * LIMB + k3);
  sums[at + 5] = (sums[at + 5] ?? 0) + sign * (u0 * (m[9] ?? 0) + u1 * m8 + u2 * m7 + k4);
  return true;
}

/** How values follow from one rate to another. */
export interface RateChange {
  readonly before: PreparedRate;
  readonly after: PreparedRate;
  /** Differences of the two multipliers' limbs, where both drop as many; each may be negative. */
  readonly window: Float64Array | undefined;
}

/** Prepares the change from one rate of a position to another. */
export function rateChangeOf(before: PreparedRate, after: PreparedRate): RateChange {
  const [old, young] = [before.window, after.window];
  const alike = old !== undefined && young !== undefined && before.drop === after.drop;
  return { before, after, window: alike ? young.map((limb, at) => limb - (old[at] ?? 0)) : undefined };
}

/** Writes by how much the value of units changes, which lie from an index on. */
export function writeChange(change: RateChange, units: Uint32Array, from: number, into: ValueSum): void {
  const { before, after, window } = change;
  const { limbs, from: at } = into;
  if (window !== undefined && writeNarrow(change, window, units, from, into)) {
    limbs[at] = (limbs[at] ?? 0) + after.added - before.added;
    return;
  }
  for (let limb = 0; limb < VALUE_LIMBS; limb += 1) limbs[at + limb] = 0;
  addValue(before, units, from, { limbs, from: at, sign: -1 });
  addValue(after, units, from, { limbs, from: at, sign: 1 });
}

/**
 * Writes floor(f + units·difference), where f is what the value of before left behind its point: so much is to be known of
 * the rate of before, and no more. Both sums are known to twice {@link LEFT_OUT} on either side; says false where that does
 * not tell the whole number.
 */
function writeNarrow(
  { before, after }: RateChange,
  d: Float64Array,
  units: Uint32Array,
  from: number,
  { limbs: into, from: at }: ValueSum,
): boolean {
  const m = before.window ?? d;
  const u0 = units[from] ?? 0;
  const u1 = units[from + 1] ?? 0;
  const u2 = units[from + 2] ?? 0;
  if (u0 + u1 + u2 === 0) return false;
  const [m1, m2] = [m[1] ?? 0, m[2] ?? 0];
  const old =
    before.slack +
    u0 * (m[3] ?? 0) +
    u1 * m2 +
    u2 * m1 +
    Math.floor((u0 * m2 + u1 * m1 + u2 * (m[0] ?? 0)) * LIMB_INVERSE);
  const behind = old - Math.floor(old * LIMB_INVERSE) * LIMB;
  const d1 = d[1] ?? 0;
  const d2 = d[2] ?? 0;
  const d3 = d[3] ?? 0;
  const d4 = d[4] ?? 0;
  const d5 = d[5] ?? 0;
  const d6 = d[6] ?? 0;
  const d7 = d[7] ?? 0;
  const d8 = d[8] ?? 0;
  const low =
    behind +
    after.changeSlack +
    u0 * d3 +
    u1 * d2 +
    u2 * d1 +
    Math.floor((u0 * d2 + u1 * d1 + u2 * (d[0] ?? 0)) * LIMB_INVERSE);
  const carry = Math.floor(low * LIMB_INVERSE);
  const rest = low - carry * LIMB;
  if (!before.coarse && behind >= LIMB - LEFT_OUT) return false;
  if (!after.coarse && (rest < 2 * LEFT_OUT || rest >= LIMB - 2 * LEFT_OUT)) return false;
  const c0 = u0 * d4 + u1 * d3 + u2 * d2;
  const c1 = u0 * d5 + u1 * d4 + u2 * d3;
  const c2 = u0 * d6 + u1 * d5 + u2 * d4;
  const c3 = u0 * d7 + u1 * d6 + u2 * d5;
  const c4 = u0 * d8 + u1 * d7 + u2 * d6;
  const k0 = Math.trunc(c0 * LIMB_INVERSE);
  const k1 = Math.trunc(c1 * LIMB_INVERSE);
  const k2 = Math.trunc(c2 * LIMB_INVERSE);
  const k3 = Math.trunc(c3 * LIMB_INVERSE);
  const k4 = Math.trunc(c4 * LIMB_INVERSE);
  into[at] = c0 - k0 * LIMB + carry;
  into[at + 1] = c1 - k1 * LIMB + k0;
  into[at + 2] = c2 - k2 * LIMB + k1;
  into[at + 3] = c3 - k3 * LIMB + k2;
  into[at + 4] = c4 - k4 * LIMB + k3;
  into[at + 5] = u0 * (d[9] ?? 0) + u1 * d8 + u2 * d7 + k4;
  return true;
}

/** What is owed of anything is rounded up. */
function addOne(units: Uint32Array, from: number, { limbs, from: at, sign }: ValueSum): void {
  const some = (units[from] ?? 0) + (units[from + 1] ?? 0) + (units[from + 2] ?? 0) > 0;
  if (some) limbs[at] = (limbs[at] ?? 0) + sign;
}

/** Adds by columns, each the sum of its products and a carry. */
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

/** The greatest common divisor of two values that are not negative. */
function gcd(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}
