import { WAD } from '@surety/domain';
import { marginError } from '../errors.js';
import { divide } from '../number/division.js';
import { exp, ln, pow, sqrt } from '../pricing/elementary.js';
import { divideFixed, multiplyFixed, fixedOne, shift } from '../pricing/fixed-point.js';

/** Bits of factors that are powers or exponentials. */
export const FACTOR_BITS = 96;

const SECONDS_30_DAYS = 30n * 86_400n;
const SECONDS_DAY = 86_400n;
/** A year has 365 days. */
export const SECONDS_YEAR = 365n * SECONDS_DAY;

/** The move of volatilities in a scenario; all with 18 decimals. */
export interface VolShock {
  /** Relative shock at 30 days. */
  readonly rangeUp: bigint;
  readonly rangeDown: bigint;
  /** Power of 30 days/time up to and including 30 days, and beyond. */
  readonly shortPower: bigint;
  readonly longPower: bigint;
  readonly dteFloorDays: bigint;
  /** Lowest volatility after a shock up. */
  readonly minVolUp?: bigint;
}

/**
 * Returns (30 days/time)^power, 18 decimals for time and power, {@link FACTOR_BITS} bits for the result.
 * @source Deribit, Derive: volatility range by days to expiry. @throws UNDEFINED_RESULT for no time.
 */
export function powerLaw(seconds: bigint, power: bigint): bigint {
  if (seconds <= 0n) throw marginError('UNDEFINED_RESULT', 'a volatility shock needs time or a floor of time above 0');
  const ratio = divideFixed(SECONDS_30_DAYS * WAD, seconds, FACTOR_BITS);
  return pow(ratio, divideFixed(power, WAD, FACTOR_BITS), FACTOR_BITS);
}

/** Returns the factors on a volatility for a shock up and down at a time in seconds, 18 decimals, to the nearest. */
export function volShockFactors(shock: VolShock, seconds: bigint): { readonly up: bigint; readonly down: bigint } {
  const floored = max(seconds * WAD, shock.dteFloorDays * SECONDS_DAY);
  const scale = powerLaw(floored, seconds <= SECONDS_30_DAYS ? shock.shortPower : shock.longPower);
  const by = (range: bigint) => shift(range * scale, -FACTOR_BITS);
  return { up: WAD + by(shock.rangeUp), down: max(WAD - by(shock.rangeDown), 0n) };
}

/** The tilt of a smile in a skew scenario; all with 18 decimals. */
export interface SkewShock {
  readonly linearCBase: bigint;
  readonly linearCap: bigint;
  readonly absCBase: bigint;
  readonly absCap: bigint;
  readonly minKStar: bigint;
  readonly widthScale: bigint;
  readonly volStatic: bigint;
  readonly volScale: bigint;
}

/** Shared part of the skew factors of one expiry, with {@link FACTOR_BITS} bits. */
export interface SkewWidth {
  readonly kStar: bigint;
  readonly linearCap: bigint;
  readonly absCap: bigint;
}

/** Returns k* = max(minK*, √t·width·(volStatic + √t·volScale)) and both caps c·√t + cap. √t with {@link FACTOR_BITS} bits. */
export function skewWidthOf(skew: SkewShock, rootYears: bigint): SkewWidth {
  const fixed = (wad: bigint) => divideFixed(wad, WAD, FACTOR_BITS);
  const times = (left: bigint, right: bigint) => multiplyFixed(left, right, FACTOR_BITS);
  const level = fixed(skew.volStatic) + times(rootYears, fixed(skew.volScale));
  return {
    kStar: max(fixed(skew.minKStar), times(times(rootYears, fixed(skew.widthScale)), level)),
    linearCap: times(fixed(skew.linearCBase), rootYears) + fixed(skew.linearCap),
    absCap: times(fixed(skew.absCBase), rootYears) + fixed(skew.absCap),
  };
}

/**
 * Returns 1 + clamp(k·cap/k*, ±|cap|) with 18 decimals, to the nearest; k = ln(strike/forward) for the linear skew, its size
 * for the absolute one. @throws UNDEFINED_RESULT for a width of 0.
 */
export function skewFactor(k: bigint, kStar: bigint, cap: bigint): bigint {
  const limit = cap < 0n ? -cap : cap;
  const tilt = divide(k * cap, kStar, 'halfUp');
  const clamped = tilt > limit ? limit : tilt < -limit ? -limit : tilt;
  return shift((fixedOne(FACTOR_BITS) + clamped) * WAD, -FACTOR_BITS);
}

/** Returns e^(−t·rate) with {@link FACTOR_BITS} bits, for seconds and an annual rate with 18 decimals. */
export function discountOf(seconds: bigint, rate: bigint): bigint {
  return exp(-divide((seconds * rate) << BigInt(FACTOR_BITS), SECONDS_YEAR * WAD, 'halfUp'), FACTOR_BITS);
}

/** Returns √t of years with {@link FACTOR_BITS} bits. */
export function rootYearsOf(seconds: bigint): bigint {
  return sqrt(divide(seconds << BigInt(FACTOR_BITS), SECONDS_YEAR, 'halfUp'), FACTOR_BITS);
}

/** Returns ln(strike/forward) with {@link FACTOR_BITS} bits. @throws UNDEFINED_RESULT if one of the two is not above 0. */
export function logStrikeOf(strike: bigint, forward: bigint): bigint {
  return ln(divideFixed(strike, forward, FACTOR_BITS), FACTOR_BITS);
}

function max(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
