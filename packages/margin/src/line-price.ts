/** A price as the risk manager caches it. */
export interface CachedPrice {
  /** Of a whole token, scaled 1e12. */
  readonly price1e12: bigint;
  /** Time of the source's observation, in seconds; 0 if none was ever accepted. */
  readonly observedAt: bigint;
  /** Age in seconds up to which it counts for the initial grade. */
  readonly maxAgeS: number;
  /** The feed gave no acceptable price when it was last asked: nothing counts for the initial grade. */
  readonly failing: boolean;
}

/** Returns a price whose feed answers. */
export function steadyPrice(of: Pick<CachedPrice, 'price1e12' | 'observedAt' | 'maxAgeS'>): CachedPrice {
  const { price1e12, observedAt, maxAgeS } = of;
  return { price1e12, observedAt, maxAgeS, failing: false };
}

/** The price that a line is valued at. */
export interface LinePrice {
  /** The lowest of the prices; 0 if one of them is missing. */
  readonly price1e12: bigint;
  /** One of the prices is older than it may be for the initial grade. */
  readonly stale: boolean;
  /** One of the prices was never accepted. */
  readonly missing: boolean;
  /** The feed of one of the accepted prices fails. */
  readonly failing: boolean;
  /** Place of the price that counts among those given, the first of equals; −1 of none. */
  readonly place: number;
}

/**
 * Returns the lower of a line's own price and its underlying's; one missing makes the line worthless, one stale or of a
 * failing feed makes it worthless for the initial grade. @source IRiskManager
 */
export function linePriceOf(prices: readonly CachedPrice[], at: bigint): LinePrice {
  let lowest: bigint | undefined;
  let place = -1;
  let [stale, failing] = [false, false];
  for (const [index, price] of prices.entries()) {
    const accepted = price.observedAt > 0n;
    const figure = accepted ? price.price1e12 : 0n;
    if (lowest === undefined || figure < lowest) [lowest, place] = [figure, index];
    if (accepted && at > price.observedAt && at - price.observedAt > BigInt(price.maxAgeS)) stale = true;
    if (accepted && price.failing) failing = true;
  }
  const missing = lowest === undefined || prices.some((price) => price.observedAt === 0n);
  return { price1e12: lowest ?? 0n, stale, missing, failing, place };
}
