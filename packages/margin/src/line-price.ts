import { PPM, mulDivDown, mulDivUp } from '@surety/domain';

/** Confidence in parts per million above which a price is uncertain. @source MarginMath.CONF_MOST_PPM */
export const CONF_MOST_PPM = 20_000n;
/** Parts per million of the slow price above which a price has diverged from it. @source MarginMath.APART_MOST_PPM */
export const APART_MOST_PPM = 250_000n;

/** Seconds within which the slow price reaches a price that stands still. @source MarginMath.SLOW_WINDOW_S */
export const SLOW_WINDOW_S = 3_600n;

/** A price as the risk manager caches it. */
export interface CachedPrice {
  /** Of a whole token, scaled 1e12. */
  readonly price1e12: bigint;
  /** The slow price at `observedAt`, likewise; from there it follows the price, see {@link slowPriceAt}. */
  readonly slow1e12: bigint;
  /** Half-width of the confidence interval, parts per million of the price. */
  readonly confPpm: number;
  /** Time of the source's observation, in seconds; 0 if none was ever accepted. */
  readonly observedAt: bigint;
  /** Age in seconds up to which it counts for the initial grade. */
  readonly maxAgeS: number;
  /** The feed gave no acceptable price when it was last asked: nothing counts for the initial grade. */
  readonly failing: boolean;
}

/** Returns a price without a band that its slow price has reached, and whose feed answers. */
export function steadyPrice(of: Pick<CachedPrice, 'price1e12' | 'observedAt' | 'maxAgeS'>): CachedPrice {
  const { price1e12, observedAt, maxAgeS } = of;
  return { price1e12, slow1e12: price1e12, confPpm: 0, observedAt, maxAgeS, failing: false };
}

/**
 * Returns the slow price at a time, scaled 1e12: a straight line from the one cached to the price, which it reaches an hour after the
 * observation; cut toward the cached one. @source MarginMath.slowAt
 */
export function slowPriceAt(price: Pick<CachedPrice, 'price1e12' | 'slow1e12' | 'observedAt'>, at: bigint): bigint {
  const { price1e12, slow1e12, observedAt } = price;
  const elapsedS = at > observedAt ? at - observedAt : 0n;
  if (elapsedS >= SLOW_WINDOW_S) return price1e12;
  return price1e12 > slow1e12
    ? slow1e12 + mulDivDown(price1e12 - slow1e12, elapsedS, SLOW_WINDOW_S)
    : slow1e12 - mulDivDown(slow1e12 - price1e12, elapsedS, SLOW_WINDOW_S);
}

/** The price that a line is valued at. */
export interface LinePrice {
  /** The lowest of the prices; 0 if one of them is missing. */
  readonly price1e12: bigint;
  /** Price for the initial grade: the lowest of the lower edges of the prices; 0 if one has any fault. */
  readonly initial1e12: bigint;
  /** One of the prices is older than it may be for the initial grade. */
  readonly stale: boolean;
  /** One of the prices was never accepted. */
  readonly missing: boolean;
  /** The feed of one of the accepted prices fails. */
  readonly failing: boolean;
  /** The band of one of the accepted prices is too wide. */
  readonly uncertain: boolean;
  /** One of the accepted prices lies too far off its slow price. */
  readonly diverged: boolean;
  /** Place of the price that counts among those given, the first of equals; −1 of none. */
  readonly place: number;
}

/**
 * Returns the lower of a line's own price and its underlying's. One missing makes the line worthless; one that is stale,
 * uncertain, diverged or of a failing feed makes it worthless for the initial grade. @source IRiskManager
 */
export function linePriceOf(prices: readonly CachedPrice[], at: bigint): LinePrice {
  let [lowest, initial, place]: [bigint | undefined, bigint, number] = [undefined, 0n, -1];
  let [stale, missing, failing, uncertain, diverged] = [false, prices.length === 0, false, false, false];
  for (const [index, price] of prices.entries()) {
    const accepted = price.observedAt > 0n;
    const figure = accepted ? price.price1e12 : 0n;
    const slow1e12 = accepted ? slowPriceAt(price, at) : 0n;
    const edge = accepted ? lowerEdgeOf(price, slow1e12) : 0n;
    if (index === 0 || edge < initial) initial = edge;
    if (lowest === undefined || figure < lowest) [lowest, place] = [figure, index];
    if (!accepted) {
      missing = true;
      continue;
    }
    if (at > price.observedAt && at - price.observedAt > BigInt(price.maxAgeS)) stale = true;
    if (price.failing) failing = true;
    if (BigInt(price.confPpm) > CONF_MOST_PPM) uncertain = true;
    if (isDiverged(price.price1e12, slow1e12)) diverged = true;
  }
  const initial1e12 = stale || missing || failing || uncertain || diverged ? 0n : initial;
  return { price1e12: lowest ?? 0n, initial1e12, stale, missing, failing, uncertain, diverged, place };
}

/** The lower of price and slow price, less one and a half bands, rounded down; at least 0. */
function lowerEdgeOf({ price1e12, confPpm }: CachedPrice, slow1e12: bigint): bigint {
  const lower = slow1e12 < price1e12 ? slow1e12 : price1e12;
  const band = mulDivUp(price1e12 * BigInt(confPpm), 3n, 2n * PPM);
  return lower > band ? lower - band : 0n;
}

function isDiverged(price1e12: bigint, slow1e12: bigint): boolean {
  const apart = price1e12 > slow1e12 ? price1e12 - slow1e12 : slow1e12 - price1e12;
  return apart * PPM > slow1e12 * APART_MOST_PPM;
}
