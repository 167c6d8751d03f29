import { marginError } from '../errors.js';
import { leastOf, positivePartOf, productDown, productUp, sizeOf } from '../portfolio/wad.js';
import type { OptionPosition } from '../portfolio/expiry-book.js';
import type { HeldPerp, UnifiedAccount } from './account.js';
import { type DerivativeMarket, type ExpiryMarket, type MarketSnapshot, volOfStrike } from './market-snapshot.js';
import type { JudgedPrice } from './price-feed.js';
import { type JudgedPrices, underlyingOf } from './unified-collateral.js';

/** A perpetual with the exposure that its open orders may add; 18 decimals. */
export interface PerpExposure {
  readonly size: bigint;
  /** Largest |size| if none, all bids or all asks fill. */
  readonly worstSize: bigint;
  /** Loss at once if orders fill at prices worse than the mark. */
  readonly orderLoss: bigint;
  readonly orderCount: bigint;
  /** Unrealised, with funding; rounded to −∞. */
  readonly pnl: bigint;
}

/** Options of one expiry with their market. */
export interface ExpiryExposure {
  readonly market: ExpiryMarket;
  readonly options: readonly OptionPosition[];
}

/** All derivatives of an account on one underlying. */
export interface MarketPosition {
  readonly underlying: string;
  readonly market: DerivativeMarket;
  readonly price: JudgedPrice;
  /** Of the spot feed. */
  readonly confidence: bigint;
  /** Price of the stablecoin in which it settles, its mark. */
  readonly settlementPrice: bigint;
  readonly perp: PerpExposure;
  readonly expiries: readonly ExpiryExposure[];
}

/** Groups an account's derivatives by underlying, in order of name. @throws INCONSISTENT_INPUT for an unlisted name. */
export function marketPositionsOf(
  account: UnifiedAccount,
  snapshot: MarketSnapshot,
  prices: JudgedPrices,
): readonly MarketPosition[] {
  const names = new Set([...account.perps, ...account.options].map(({ underlying }) => underlying));
  return [...names].sort().map((underlying) => {
    const { derivatives: market, feed } = underlyingOf(snapshot, underlying);
    if (market === undefined) throw marginError('INCONSISTENT_INPUT', `nothing trades on ${underlying}`);
    const perps = account.perps.filter((perp) => perp.underlying === underlying);
    if (perps.length > 1) throw marginError('INCONSISTENT_INPUT', `two positions in the perpetual of ${underlying}`);
    return {
      underlying,
      market,
      price: prices.ofUnderlying(underlying),
      confidence: feed.confidence,
      settlementPrice: prices.ofUnderlying(market.settlement).mark,
      perp: perpExposureOf(perps[0], market.perpPrice),
      expiries: expiriesOf(account, underlying, market),
    };
  });
}

/** Returns the exposures of a perpetual and its orders; of none, 0. */
export function perpExposureOf(perp: HeldPerp | undefined, mark: bigint): PerpExposure {
  if (perp === undefined) return { size: 0n, worstSize: 0n, orderLoss: 0n, orderCount: 0n, pnl: 0n };
  let [bids, asks, bidLoss, askLoss] = [0n, 0n, 0n, 0n];
  for (const { size, price } of perp.orders) {
    if (size > 0n) {
      bids += size;
      bidLoss += productUp(size, positivePartOf(price - mark));
    } else {
      asks -= size;
      askLoss += productUp(-size, positivePartOf(mark - price));
    }
  }
  const { size } = perp;
  return {
    size,
    worstSize: greatestOf(sizeOf(size), sizeOf(size + bids), sizeOf(size - asks)),
    orderLoss: greatestOf(bidLoss, askLoss),
    orderCount: BigInt(perp.orders.length),
    pnl: productDown(size, mark - perp.entryPrice) + perp.funding,
  };
}

/** Returns the lowest confidence of all feeds that touch a position's options, and of its spot. */
export function leastConfidence({ confidence, expiries }: MarketPosition): bigint {
  return leastOf(confidence, ...expiries.map(({ market }) => market.confidence));
}

/** Returns Σ|quantity| of options: a hedge with a bad feed is no hedge. */
export function grossOptions({ expiries }: Pick<MarketPosition, 'expiries'>): bigint {
  let sum = 0n;
  for (const { options } of expiries) for (const { quantity } of options) sum += sizeOf(quantity);
  return sum;
}

/** Returns Σ of short quantities, not netted. */
export function grossShorts({ expiries }: Pick<MarketPosition, 'expiries'>): bigint {
  let sum = 0n;
  for (const { options } of expiries) for (const { quantity } of options) sum += positivePartOf(-quantity);
  return sum;
}

/** Returns the largest; of none, the first given. */
export function greatestOf(first: bigint, ...rest: readonly bigint[]): bigint {
  return rest.reduce((most, each) => (each > most ? each : most), first);
}

function expiriesOf(
  { options }: UnifiedAccount,
  underlying: string,
  market: DerivativeMarket,
): readonly ExpiryExposure[] {
  const byExpiry = new Map<string, OptionPosition[]>();
  for (const { expiry, strike, type, quantity } of options.filter((each) => each.underlying === underlying)) {
    const listed = market.expiries.get(expiry);
    if (listed === undefined) throw marginError('INCONSISTENT_INPUT', `${underlying} has no expiry ${expiry}`);
    const known = byExpiry.get(expiry) ?? [];
    known.push({ strike, type, quantity, vol: volOfStrike(listed, strike) });
    byExpiry.set(expiry, known);
  }
  return [...byExpiry.entries()].flatMap(([expiry, held]) => {
    const listed = market.expiries.get(expiry);
    return listed === undefined ? [] : [{ market: listed, options: held }];
  });
}
