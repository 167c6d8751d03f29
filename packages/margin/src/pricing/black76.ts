import { WAD } from '@surety/domain';
import { marginError } from '../errors.js';
import {
  SHARE_BITS,
  TOTAL_VOL_MAX,
  type TotalVol,
  cumulativeShare,
  logarithmOf,
  outOfTheMoneyShare,
  totalVolOf,
} from './black-kernel.js';
import { KERNEL_BITS } from './kernel-tables.js';

const SHARE_PLACES = BigInt(SHARE_BITS);

/** The two sides of an option. */
export type OptionType = 'call' | 'put';

/** A forward and a strike in one unit, both ≥ 0. */
export interface Moneyness {
  readonly forward: bigint;
  readonly strike: bigint;
  /** ln(forward/strike) with the kernel's bits; any value if one of the two is 0. */
  readonly logarithm: bigint;
}

/** The values of a call and a put, in the unit of forward and strike. */
export interface OptionPair {
  readonly call: bigint;
  readonly put: bigint;
}

/** Returns a forward and a strike with their log-moneyness. @throws OUT_OF_RANGE below 0. */
export function moneynessOf(forward: bigint, strike: bigint): Moneyness {
  if (forward < 0n || strike < 0n) throw marginError('OUT_OF_RANGE', 'a forward or a strike is negative');
  const known = forward > 0n && strike > 0n;
  return { forward, strike, logarithm: known ? logarithmOf(forward) - logarithmOf(strike) : 0n };
}

/**
 * Returns σ√t ready for many prices from its value with the kernel's bits, or undefined for 0.
 * @throws OUT_OF_RANGE below 0.
 */
export function preparedTotalVol(value: bigint): TotalVol | undefined {
  if (value < 0n) throw marginError('OUT_OF_RANGE', 'a volatility is negative');
  return value === 0n ? undefined : totalVolOf(value);
}

/**
 * Returns the undiscounted value of whichever of call and put is out of the money, rounded down to the unit of forward and
 * strike; at the money both are worth the same. Without volatility it is 0, above {@link TOTAL_VOL_MAX} the smaller of
 * forward and strike. Error before rounding: relative 1e-14 for |ln(F/K)| ≤ 10·σ√t and σ√t in [1e-4, 10], else 1e-19 of
 * the smaller. @source Black, The pricing of commodity contracts, 1976
 */
export function outOfTheMoneyValue(moneyness: Moneyness, vol: TotalVol | undefined): bigint {
  const { forward, strike, logarithm } = moneyness;
  const smaller = forward < strike ? forward : strike;
  if (vol === undefined) return 0n;
  if (vol.value > TOTAL_VOL_MAX) return smaller;
  return (smaller * outOfTheMoneyShare(logarithm < 0n ? logarithm : -logarithm, vol)) >> SHARE_PLACES;
}

/**
 * Returns undiscounted Black-76 values of call and put. call − put = forward − strike holds exactly: the side in the money
 * is derived. Both are at least intrinsic; a call is at most its forward, a put at most its strike.
 */
export function black76(moneyness: Moneyness, vol: TotalVol | undefined): OptionPair {
  const outside = outOfTheMoneyValue(moneyness, vol);
  const difference = moneyness.forward - moneyness.strike;
  return difference > 0n ? { call: outside + difference, put: outside } : { call: outside, put: outside - difference };
}

/**
 * Returns the derivative of a call's undiscounted value by its forward, N(d1), 18 decimals rounded down; a put's is one less.
 * Without volatility it is that of the payoff, and a half at its kink. Error before rounding: 1e-19.
 */
export function callDeltaOf({ forward, strike, logarithm }: Moneyness, vol: TotalVol | undefined): bigint {
  if (forward === 0n) return 0n;
  if (strike === 0n || (vol !== undefined && vol.value > TOTAL_VOL_MAX)) return WAD;
  if (vol === undefined) return forward > strike ? WAD : forward < strike ? 0n : WAD >> 1n;
  const d1 = ((logarithm * vol.inverse) >> BigInt(KERNEL_BITS)) + (vol.value >> 1n);
  return (cumulativeShare(d1) * WAD) >> SHARE_PLACES;
}
