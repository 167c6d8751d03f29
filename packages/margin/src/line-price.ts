/** A price as the risk manager caches it. */
export interface CachedPrice {
  /** Of a whole token, scaled 1e12. */
  readonly price1e12: bigint;
  /** When the source observed it, in seconds; 0 if none was ever accepted. */
  readonly observedAt: bigint;
  /** Age in seconds up to which it counts for the initial grade. */
  readonly maxAgeS: number;
}

/** The price that a line is valued at. */
export interface LinePrice {
  readonly price1e12: bigint;
  readonly condition: 'live' | 'stale' | 'missing';
}

/**
 * Gives the lower of a line's own price and its underlying's; one missing makes the line worthless, one stale makes it
 * worthless for the initial grade. @source IRiskManager
 */
export function linePriceOf(prices: readonly CachedPrice[], at: bigint): LinePrice {
  const first = prices[0];
  if (first === undefined || prices.some((price) => price.observedAt === 0n)) {
    return { price1e12: 0n, condition: 'missing' };
  }
  const stale = prices.some((price) => at > price.observedAt && at - price.observedAt > BigInt(price.maxAgeS));
  const lowest = prices.reduce((low, price) => (price.price1e12 < low ? price.price1e12 : low), first.price1e12);
  return { price1e12: lowest, condition: stale ? 'stale' : 'live' };
}
