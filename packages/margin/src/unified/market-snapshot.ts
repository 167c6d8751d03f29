import { type Ppm, WAD } from '@surety/domain';
import type { Asset } from '../line-margin.js';
import type { Source } from '../source-freshness.js';
import { divide } from '../number/division.js';
import { ln } from '../pricing/elementary.js';
import { divideFixed, shift } from '../pricing/fixed-point.js';
import { SVI_BITS, type SviSlice, sviVol } from '../pricing/svi.js';
import { SECONDS_YEAR } from '../portfolio/vol-shock.js';
import type { FeedTerms, PriceFeed } from './price-feed.js';
import type { MarketTerms, UnifiedTerms } from './unified-terms.js';
import type { SizeTier } from './size-tiers.js';

/** One source with the largest collateral of it that one account counts for initial; no limit if left out. */
export interface ListedSource {
  readonly source: Source;
  readonly accountCap?: bigint;
}

/** One token at one vault. */
export interface ListedAsset {
  readonly underlying: string;
  readonly source: string;
  readonly asset: Asset;
  readonly feed: PriceFeed;
  readonly volInitial: Ppm;
  readonly volMaintenance: Ppm;
  /** Factors on what is owed of it, at least 1, 18 decimals; initial not below maintenance. */
  readonly debtInitial: bigint;
  readonly debtMaintenance: bigint;
}

/** One expiry of an underlying's options; 18 decimals. */
export interface ExpiryMarket {
  readonly secondsToExpiry: bigint;
  readonly forward: bigint;
  readonly confidence: bigint;
  /** Annual volatility, of every strike without a slice; with one, the change of every strike's. */
  readonly vol: bigint;
  readonly slice?: SviSlice;
}

/** The derivative market of an underlying; 18 decimals. */
export interface DerivativeMarket {
  readonly perpPrice: bigint;
  /** The stablecoin, as an underlying, in which it settles. */
  readonly settlement: string;
  /** Value of all open contracts. */
  readonly openInterest: bigint;
  /** Units traded a day and units within 2% of the price; slow figures, so that they cannot be pumped. */
  readonly dailyVolume: bigint;
  readonly depth?: bigint;
  readonly dailyVol: bigint;
  /** Annual, continuous. */
  readonly rate: bigint;
  readonly expiries: ReadonlyMap<string, ExpiryMarket>;
  readonly terms: MarketTerms;
}

/** An underlying: its price, the share of it that counts, and its markets. */
export interface Underlying {
  readonly feed: PriceFeed;
  /** True if values are counted in it: a crash of everything leaves it alone, as those in which markets settle. */
  readonly money?: boolean;
  /** Edges in whole tokens with 18 decimals. */
  readonly tiers?: readonly SizeTier[];
  /** Value of all deposits, and the value up to which they count in full for initial; 18 decimals. */
  readonly deposits?: bigint;
  readonly depositsStart?: bigint;
  /** The same of what is borrowed of it. */
  readonly borrows?: bigint;
  readonly borrowsStart?: bigint;
  readonly derivatives?: DerivativeMarket;
}

/** Everything outside an account that its margin depends on, at one time in seconds. */
export interface MarketSnapshot {
  readonly at: bigint;
  readonly sources: ReadonlyMap<string, ListedSource>;
  readonly assets: ReadonlyMap<string, ListedAsset>;
  readonly underlyings: ReadonlyMap<string, Underlying>;
  readonly feedTerms: FeedTerms;
  readonly terms: UnifiedTerms;
}

/**
 * Returns the volatility of a strike, 18 decimals, to the nearest: of the slice times 1 + `vol`, or `vol` alone.
 * @throws UNDEFINED_RESULT for a slice without a variance there.
 */
export function volOfStrike({ slice, vol, forward, secondsToExpiry }: ExpiryMarket, strike: bigint): bigint {
  if (slice === undefined || strike === 0n || forward === 0n || secondsToExpiry === 0n) return vol;
  const k = ln(divideFixed(strike, forward, SVI_BITS), SVI_BITS);
  const years = divide(secondsToExpiry << BigInt(SVI_BITS), SECONDS_YEAR, 'halfUp');
  return shift(sviVol(slice, k, years) * (WAD + vol), -SVI_BITS);
}
