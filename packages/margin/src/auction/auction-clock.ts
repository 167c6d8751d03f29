import { mulDivDown } from '@surety/domain';
import type { GradeMargin } from '../account-margin.js';
import { marginError } from '../errors.js';

/** Ends of the three legs of the discount, in seconds of the auction's clock. */
export const AUCTION_LEG_ENDS_S = { first: 120n, second: 1_800n, third: 21_600n } as const;

/** The discount at the ends of the legs, in parts per million of a line's gross value; below 0 the taker pays more than that. */
export const AUCTION_DISCOUNTS_PPM = { start: -10_000n, first: 20_000n, second: 120_000n, third: 1_000_000n } as const;

/** The largest discount, in parts per million: a line never costs less than a hundredth of its gross value. */
export const AUCTION_DISCOUNT_MAX_PPM = 990_000n;

/** The longest head start, in seconds: maintenance is missed by 4% or more. */
export const HEAD_START_MAX_S = 80n;

/** Seconds of head start for a maintenance requirement without any assets: 20 for each percent that is missing. */
const HEAD_START_WHOLE_S = 2_000n;

/** Seconds that the clock runs on without a witness that the account is still unhealthy. */
export const AUCTION_UNSEEN_S = 600n;

/** Factor by which the clock runs slower while only frozen lines are left. */
export const AUCTION_FROZEN_SLOWNESS = 12n;

/** Times of an auction, in seconds. */
export interface AuctionTimes {
  /** The start of the auction. */
  readonly startedAt: bigint;
  /** When the account was last seen unhealthy. */
  readonly seenAt: bigint;
  /** The end of the last stop, or of the grace after the last outage of the chain; 0 if there was none. */
  readonly resumedAt: bigint;
}

/**
 * Returns the seconds that count of an auction at a time in seconds: max(0, min(at − base, 2·(max(seenAt, base) − base) + 600)) with
 * base = max(startedAt, resumedAt). An account that nobody has seen unhealthy for long meets at most ten minutes more than twice
 * the time in which it was seen.
 */
export function auctionElapsedOf({ startedAt, seenAt, resumedAt }: AuctionTimes, at: bigint): bigint {
  const base = startedAt > resumedAt ? startedAt : resumedAt;
  const seen = seenAt > base ? seenAt - base : 0n;
  const [passed, witnessed] = [at - base, 2n * seen + AUCTION_UNSEEN_S];
  if (passed < 0n) return 0n;
  return passed < witnessed ? passed : witnessed;
}

/**
 * Returns the head start of an auction in seconds, 0 to 80: min(80, floor(2,000·(Q − A)/Q)) of the maintenance grade, 0 if Q is met.
 * Rounded down, against the taker.
 */
export function headStartOf({ assets, requirement }: GradeMargin): bigint {
  if (assets >= requirement) return 0n;
  const headStart = mulDivDown(HEAD_START_WHOLE_S, requirement - assets, requirement);
  return headStart < HEAD_START_MAX_S ? headStart : HEAD_START_MAX_S;
}

/**
 * Returns the clock that the discount follows, in seconds: elapsed + head start, or floor(elapsed / 12) while only frozen lines are
 * left. Rounded down, against the taker.
 */
export function auctionClockOf(elapsedS: bigint, headStartS: bigint, isFrozenSale: boolean): bigint {
  return isFrozenSale ? mulDivDown(elapsedS, 1n, AUCTION_FROZEN_SLOWNESS) : elapsedS + headStartS;
}

/** True if no line will be sold after those that are sold now: none waits, or the clock is at the end of its last leg. */
export function isFinalSale(clockS: bigint, hasWaitingLines: boolean): boolean {
  return !hasWaitingLines || clockS >= AUCTION_LEG_ENDS_S.third;
}

/**
 * Returns the discount at a time of the clock in seconds, in parts per million of the gross value, −10,000 to 990,000:
 * −10,000 + floor(30,000·t/120) before 120, 20,000 + floor(100,000·(t − 120)/1,680) before 1,800, then
 * min(990,000, 120,000 + floor(880,000·(t − 1,800)/19,800)). Rounded down, against the taker.
 * @throws OUT_OF_RANGE below 0.
 */
export function discountPpmAt(clockS: bigint): bigint {
  const { first, second, third } = AUCTION_LEG_ENDS_S;
  const { start, first: atFirst, second: atSecond, third: atThird } = AUCTION_DISCOUNTS_PPM;
  if (clockS < 0n) throw marginError('OUT_OF_RANGE', `the auction's clock is ${clockS}; expected seconds from 0`);
  if (clockS < first) return start + mulDivDown(atFirst - start, clockS, first);
  if (clockS < second) return atFirst + mulDivDown(atSecond - atFirst, clockS - first, second - first);
  const discount = atSecond + mulDivDown(atThird - atSecond, clockS - second, third - second);
  return discount < AUCTION_DISCOUNT_MAX_PPM ? discount : AUCTION_DISCOUNT_MAX_PPM;
}
