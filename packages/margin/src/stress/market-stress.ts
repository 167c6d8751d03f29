import { WAD } from '@surety/domain';
import { marginError } from '../errors.js';

import { productDown, wadQuotient } from '../portfolio/wad.js';
import type {
  DerivativeMarket,
  ListedAsset,
  ListedSource,
  MarketSnapshot,
  Underlying,
} from '../unified/market-snapshot.js';
import type { PriceFeed } from '../unified/price-feed.js';

/** One event in a market; factors, prices and shares with 18 decimals, times in seconds. */
export type StressStep =
  | { readonly kind: 'crash'; readonly underlying?: string; readonly factor: bigint }
  | { readonly kind: 'depeg'; readonly underlying: string; readonly price: bigint }
  | { readonly kind: 'volatility'; readonly factor: bigint }
  | { readonly kind: 'correlation' }
  | { readonly kind: 'outage'; readonly source: string; readonly seconds: bigint }
  | { readonly kind: 'quarantine'; readonly source: string }
  | { readonly kind: 'oracle-freeze'; readonly underlying?: string; readonly seconds: bigint };

/** A scenario: its steps, in order. */
export interface Stress {
  readonly name: string;
  /** Its description, in one sentence. */
  readonly says: string;
  readonly steps: readonly StressStep[];
}

/**
 * Returns a snapshot after a scenario. A crash moves spot, perpetual and forwards alike, and the slow price follows;
 * without an underlying it moves all except those in which markets settle. `correlation` lowers all of those as far as
 * the one that fell most so far, and removes every offset. An outage ages a source, a freeze ages the price.
 * @throws INCONSISTENT_INPUT for a name that is not listed.
 */
export function stressedSnapshot(snapshot: MarketSnapshot, { steps }: Pick<Stress, 'steps'>): MarketSnapshot {
  return steps.reduce((stressed, step) => afterStep(snapshot, stressed, step), snapshot);
}

/** Returns the underlyings in which markets settle or values are counted; a crash of everything is measured in them. */
export function settlementsOf({ underlyings }: MarketSnapshot): ReadonlySet<string> {
  return new Set(
    [...underlyings].flatMap(([name, { derivatives, money = false }]) => [
      ...(money ? [name] : []),
      ...(derivatives === undefined ? [] : [derivatives.settlement]),
    ]),
  );
}

/**
 * Returns a snapshot in which the price of some underlyings, and everything derived from it, is multiplied by a factor
 * each.
 */
export function movedSnapshot(snapshot: MarketSnapshot, factors: ReadonlyMap<string, bigint>): MarketSnapshot {
  for (const name of factors.keys()) requireListed(snapshot.underlyings, name, 'underlying');
  const underlyings = mapped(snapshot.underlyings, (one, name) => {
    const factor = factors.get(name);
    return factor === undefined ? one : movedUnderlying(one, factor);
  });
  const assets = mapped(snapshot.assets, (one) => {
    const factor = factors.get(one.underlying);
    return factor === undefined ? one : { ...one, feed: movedFeed(one.feed, factor) };
  });
  return { ...snapshot, underlyings, assets };
}

function afterStep(before: MarketSnapshot, now: MarketSnapshot, step: StressStep): MarketSnapshot {
  switch (step.kind) {
    case 'crash': {
      const names = step.underlying === undefined ? volatileOf(now) : [step.underlying];
      return movedSnapshot(now, new Map(names.map((name) => [name, step.factor])));
    }
    case 'depeg': {
      const { feed } = requireListed(now.underlyings, step.underlying, 'underlying');
      return movedSnapshot(now, new Map([[step.underlying, wadQuotient(step.price, feed.price, 'floor')]]));
    }
    case 'volatility':
      return { ...now, underlyings: mapped(now.underlyings, (one) => withVolatility(one, step.factor)) };
    case 'correlation':
      return allAsFar(before, now);
    case 'outage':
      return withSource(now, step.source, (one) => ({
        ...one,
        source: { ...one.source, asOf: one.source.asOf - step.seconds },
      }));
    case 'quarantine':
      return withSource(now, step.source, (one) => ({
        ...one,
        source: { ...one.source, state: 'QUARANTINED', stateUntil: now.at + 259_200n },
      }));
    case 'oracle-freeze':
      return frozen(now, step.underlying, step.seconds);
  }
}

function volatileOf(snapshot: MarketSnapshot): readonly string[] {
  const settlements = settlementsOf(snapshot);
  return [...snapshot.underlyings.keys()].filter((name) => !settlements.has(name));
}

function movedFeed(feed: PriceFeed, factor: bigint): PriceFeed {
  const price = productDown(feed.price, factor);
  return { ...feed, price, slow: price, lastValid: price, halfWidth: productDown(feed.halfWidth, factor) };
}

function movedUnderlying(one: Underlying, factor: bigint): Underlying {
  const { derivatives } = one;
  const feed = movedFeed(one.feed, factor);
  if (derivatives === undefined) return { ...one, feed };
  const expiries = mapped(derivatives.expiries, (expiry) => ({
    ...expiry,
    forward: productDown(expiry.forward, factor),
  }));
  return {
    ...one,
    feed,
    derivatives: { ...derivatives, perpPrice: productDown(derivatives.perpPrice, factor), expiries },
  };
}

function withVolatility(one: Underlying, factor: bigint): Underlying {
  if (one.derivatives === undefined) return one;
  const expiries = mapped(one.derivatives.expiries, (expiry) => ({
    ...expiry,
    // With a slice `vol` is a change of all its volatilities, 1 + vol.
    vol: expiry.slice === undefined ? productDown(expiry.vol, factor) : productDown(WAD + expiry.vol, factor) - WAD,
  }));
  const derivatives: DerivativeMarket = {
    ...one.derivatives,
    dailyVol: productDown(one.derivatives.dailyVol, factor),
    expiries,
  };
  return { ...one, derivatives };
}

function allAsFar(before: MarketSnapshot, now: MarketSnapshot): MarketSnapshot {
  const ratios = volatileOf(now).map((name) => {
    const was = before.underlyings.get(name)?.feed.price ?? 0n;
    const is = now.underlyings.get(name)?.feed.price ?? 0n;
    return { name, ratio: was === 0n || is === 0n ? WAD : wadQuotient(is, was, 'floor') };
  });
  const furthest = ratios.reduce((least, { ratio }) => (ratio < least ? ratio : least), WAD);
  const moved = movedSnapshot(
    now,
    new Map(ratios.map(({ name, ratio }) => [name, wadQuotient(furthest, ratio, 'floor')])),
  );
  return { ...moved, terms: { ...moved.terms, offsets: { ...moved.terms.offsets, pairs: [] } } };
}

function withSource(now: MarketSnapshot, name: string, change: (one: ListedSource) => ListedSource): MarketSnapshot {
  const one = requireListed(now.sources, name, 'source');
  return { ...now, sources: new Map([...now.sources, [name, change(one)]]) };
}

function frozen(now: MarketSnapshot, only: string | undefined, seconds: bigint): MarketSnapshot {
  if (only !== undefined) requireListed(now.underlyings, only, 'underlying');
  const aged = <One extends { readonly feed: PriceFeed }>(one: One): One => ({
    ...one,
    feed: { ...one.feed, ageS: one.feed.ageS + seconds },
  });
  const hit = (name: string) => only === undefined || name === only;
  return {
    ...now,
    underlyings: mapped(now.underlyings, (one, name) => (hit(name) ? aged(one) : one)),
    assets: mapped(now.assets, (one: ListedAsset) => (hit(one.underlying) ? aged(one) : one)),
  };
}

function mapped<One>(map: ReadonlyMap<string, One>, change: (one: One, name: string) => One): ReadonlyMap<string, One> {
  return new Map([...map].map(([name, one]) => [name, change(one, name)]));
}

function requireListed<One>(map: ReadonlyMap<string, One>, name: string, what: string): One {
  const one = map.get(name);
  if (one === undefined) throw marginError('INCONSISTENT_INPUT', `${what} ${name} is not listed`);
  return one;
}
