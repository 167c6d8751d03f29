import { PPM, ppm } from '@surety/domain';
import type { Source } from '../source-freshness.js';
import { decimal, toScaled } from '../number/decimal.js';
import { EMPTY_ACCOUNT, type HeldPerp, type UnifiedAccount } from '../unified/account.js';
import type { DerivativeMarket, ListedAsset, MarketSnapshot, Underlying } from '../unified/market-snapshot.js';
import type { PriceFeed } from '../unified/price-feed.js';
import { SHIPPED_FEED_TERMS, SHIPPED_MARKET_TERMS, SHIPPED_TERMS } from '../unified/shipped-terms.js';

/** The time of every snapshot of this file, in seconds. */
export const NOW = 1_800_000_000n;

/** A decimal with 18 places. */
export function at(text: string): bigint {
  return toScaled(decimal(text), 18, 'floor');
}

/** A live source with full weights. */
export const LIVE: Source = {
  state: 'LIVE',
  stateUntil: 0n,
  asOf: NOW,
  weightInitialBps: 10_000,
  weightMaintenanceBps: 10_000,
  staleAfterMinutes: 90,
  darkAfterMinutes: 360,
  floorAfterMinutes: 4_320,
  frozenMaintenanceBps: 10_000,
  thawedAt: 0n,
};

/** A feed without a fault at a price with 18 decimals. */
export function feedAt(price: bigint, of: Partial<PriceFeed> = {}): PriceFeed {
  return { price, halfWidth: 0n, slow: price, ageS: 0n, confidence: 10n ** 18n, lastValid: price, ...of };
}

/** A token of an underlying at a source. */
export function assetOn(underlying: string, source: string, of: Partial<ListedAsset> & { price: bigint }): ListedAsset {
  const { price, ...rest } = of;
  return {
    underlying,
    source,
    asset: { decimals: 18, baseInitialBps: 8_000, baseMaintenanceBps: 8_500 },
    feed: feedAt(price),
    volInitial: ppm(PPM),
    volMaintenance: ppm(PPM),
    debtInitial: at('1.2'),
    debtMaintenance: at('1.15'),
    ...rest,
  };
}

/** Contracts that trade on a major at a price. */
function marketAt(price: bigint): DerivativeMarket {
  const expiry = (days: bigint, forward: string) => ({
    secondsToExpiry: days * 86_400n,
    forward: (price * at(forward)) / 10n ** 18n,
    confidence: 10n ** 18n,
    vol: at('0.6'),
  });
  return {
    perpPrice: price,
    settlement: 'USD',
    openInterest: 0n,
    dailyVolume: at('100000'),
    dailyVol: at('0.035'),
    rate: at('0.04'),
    expiries: new Map([
      ['7d', expiry(7n, '1.001')],
      ['30d', expiry(30n, '1.004')],
      ['90d', expiry(90n, '1.012')],
    ]),
    terms: SHIPPED_MARKET_TERMS,
  };
}

const BTC = at('60000');
const ETH = at('3000');
const stable = { decimals: 6, baseInitialBps: 9_500, baseMaintenanceBps: 9_800 };

/** A stablecoin on two chains and two majors, one on each chain as well; everything sound. */
export const WORLD: MarketSnapshot = {
  at: NOW,
  sources: new Map([
    ['near', { source: LIVE }],
    ['far', { source: { ...LIVE, weightInitialBps: 9_000, weightMaintenanceBps: 9_500 } }],
  ]),
  assets: new Map([
    [
      'usd.near',
      assetOn('USD', 'near', { price: at('1'), asset: stable, debtInitial: at('1.05'), debtMaintenance: at('1.02') }),
    ],
    [
      'usd.far',
      assetOn('USD', 'far', { price: at('1'), asset: stable, debtInitial: at('1.05'), debtMaintenance: at('1.02') }),
    ],
    [
      'btc.near',
      assetOn('BTC', 'near', { price: BTC, asset: { ...assetOn('', '', { price: 0n }).asset, decimals: 8 } }),
    ],
    ['eth.near', assetOn('ETH', 'near', { price: ETH })],
    ['eth.far', assetOn('ETH', 'far', { price: ETH })],
  ]),
  underlyings: new Map<string, Underlying>([
    ['USD', { feed: feedAt(at('1')) }],
    ['BTC', { feed: feedAt(BTC), derivatives: marketAt(BTC) }],
    ['ETH', { feed: feedAt(ETH), derivatives: marketAt(ETH) }],
  ]),
  feedTerms: SHIPPED_FEED_TERMS,
  terms: SHIPPED_TERMS,
};

/** An account of parts, with nothing else. */
export function accountOf(parts: Partial<UnifiedAccount>): UnifiedAccount {
  return { ...EMPTY_ACCOUNT, ...parts };
}

/** A perpetual entered at the mark of {@link WORLD}, without orders. */
export function perpOf(underlying: 'BTC' | 'ETH', size: bigint, of: Partial<HeldPerp> = {}): HeldPerp {
  return { underlying, size, entryPrice: underlying === 'BTC' ? BTC : ETH, funding: 0n, orders: [], ...of };
}

/** The same snapshot with an underlying changed. */
export function withUnderlying(
  world: MarketSnapshot,
  name: string,
  change: (one: Underlying) => Underlying,
): MarketSnapshot {
  const one = world.underlyings.get(name);
  if (one === undefined) throw new Error(`${name} is not listed`);
  return { ...world, underlyings: new Map([...world.underlyings, [name, change(one)]]) };
}

/** The same snapshot with an asset changed. */
export function withAsset(
  world: MarketSnapshot,
  name: string,
  change: (one: ListedAsset) => ListedAsset,
): MarketSnapshot {
  const one = world.assets.get(name);
  if (one === undefined) throw new Error(`${name} is not listed`);
  return { ...world, assets: new Map([...world.assets, [name, change(one)]]) };
}
