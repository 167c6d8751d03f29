import { WAD } from '@surety/domain';
import { positivePartOf, productUp, sizeOf } from '../portfolio/wad.js';

/** A price as an oracle and its own past give it; prices with 18 decimals. */
export interface PriceFeed {
  /** 0 means none. */
  readonly price: bigint;
  /** Half width of the oracle's band around the price. */
  readonly halfWidth: bigint;
  /** A longer average, so that a spike counts for nobody. */
  readonly slow: bigint;
  /** Age in seconds. */
  readonly ageS: bigint;
  /** Age in seconds that the feed's price slot allows; liquidations pause later where it is above the terms' age. */
  readonly maxAgeS?: bigint;
  /** 0 to 1: how sure its publishers are; charged for below a threshold. */
  readonly confidence: bigint;
  /** Newest faultless price, used for maintenance while there is none; 0 if there never was one. */
  readonly lastValid: bigint;
}

/** The conditions for a feed to count, and the width of its band. Shares with 18 decimals, ages in seconds. */
export interface FeedTerms {
  /** Band widths that an initial price keeps away from the price, 1 to 2. */
  readonly bandMultiple: bigint;
  /** Largest half width, as a share of the price. */
  readonly halfWidthMax: bigint;
  readonly staleAfterS: bigint;
  /** From here on liquidations on this price pause, unless its slot allows more. */
  readonly deadAfterS: bigint;
  /** Largest distance from the slow price, as a share of the slow price. */
  readonly divergenceMax: bigint;
}

/** Faults of a price. */
export type FeedFault = 'nonPositive' | 'tooUncertain' | 'stale' | 'diverged';

/** A feed's usability at each grade. */
export interface JudgedPrice {
  readonly faults: readonly FeedFault[];
  /** For exit and maintenance, without a band: a wide band blocks opening, not holding. */
  readonly mark: bigint;
  /** For what is owned, at initial; 0 with any fault. */
  readonly assetInitial: bigint;
  /** For what is owed, at initial; undefined with any fault, since no bound is known. */
  readonly debtInitial: bigint | undefined;
  /** Liquidation on this price is paused: there is none, it is too uncertain, it left its own past, or it is too old even for that. */
  readonly paused: boolean;
}

/**
 * Judges a feed: the ladder of its validity, and its prices at each grade. Pauses where the auction sells nothing.
 * @source margin-engines 3.1, LineSale.sol
 */
export function judgeFeed(feed: PriceFeed, terms: FeedTerms): JudgedPrice {
  const { price, slow, ageS, maxAgeS = 0n, halfWidth } = feed;
  const faults: FeedFault[] = [];
  if (price <= 0n) faults.push('nonPositive');
  if (halfWidth * WAD > terms.halfWidthMax * positivePartOf(price)) faults.push('tooUncertain');
  if (ageS > terms.staleAfterS) faults.push('stale');
  if (sizeOf(price - slow) * WAD > terms.divergenceMax * slow) faults.push('diverged');
  const band = productUp(terms.bandMultiple, halfWidth);
  const valid = faults.length === 0;
  return {
    faults,
    mark: price > 0n ? price : feed.lastValid,
    assetInitial: valid ? positivePartOf((price < slow ? price : slow) - band) : 0n,
    debtInitial: valid ? (price > slow ? price : slow) + band : undefined,
    paused: faults.some((fault) => fault !== 'stale') || (ageS > terms.deadAfterS && ageS > maxAgeS),
  };
}
