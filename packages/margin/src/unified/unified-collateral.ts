import { PPM, ppm, tokenUnits } from '@surety/domain';
import { marginError } from '../errors.js';
import { type Grade, type ByGrade, type Line, type LineLimits, type LineMargin, lineMarginOf } from '../line-margin.js';
import { steadyPrice } from '../line-price.js';
import { type Fraction, ONE, fraction, multiply } from '../number/decimal.js';
import { divide } from '../number/division.js';
import type { HeldLine } from './account.js';
import type { ListedAsset, MarketSnapshot, Underlying } from './market-snapshot.js';
import { type JudgedPrice, judgeFeed } from './price-feed.js';
import { countedShares } from './size-tiers.js';
import { SourceRoom } from './source-room.js';

/** Counted collateral at each grade, 18 decimals. */
export interface UnifiedCollateral {
  readonly values: ByGrade<bigint>;
  /** At the mark, without weights, rounded down. */
  readonly unweighted: bigint;
  /** In the order of the lines given. */
  readonly lines: readonly LineMargin[];
}

/** `weighted` by every factor; as a `hedge` by its chain alone, since scenarios price base, size and volatility. */
export type CollateralUse = 'weighted' | 'hedge';

/** Prices of a snapshot, each judged once. */
export class JudgedPrices {
  readonly #snapshot: MarketSnapshot;
  readonly #underlyings = new Map<string, JudgedPrice>();
  readonly #assets = new Map<string, JudgedPrice>();

  constructor(snapshot: MarketSnapshot) {
    this.#snapshot = snapshot;
  }

  /** Returns an underlying's price. @throws INCONSISTENT_INPUT if it is not listed. */
  ofUnderlying(name: string): JudgedPrice {
    const known = this.#underlyings.get(name);
    if (known !== undefined) return known;
    const judged = judgeFeed(underlyingOf(this.#snapshot, name).feed, this.#snapshot.feedTerms);
    this.#underlyings.set(name, judged);
    return judged;
  }

  /** Returns the lower of an asset's own price and its underlying's at each grade, and the higher for what is owed. */
  ofAsset(name: string): JudgedPrice {
    const known = this.#assets.get(name);
    if (known !== undefined) return known;
    const asset = assetOf(this.#snapshot, name);
    const own = judgeFeed(asset.feed, this.#snapshot.feedTerms);
    const whole = this.ofUnderlying(asset.underlying);
    const judged: JudgedPrice = {
      faults: [...own.faults, ...whole.faults],
      mark: lower(own.mark, whole.mark),
      assetInitial: lower(own.assetInitial, whole.assetInitial),
      debtInitial:
        own.debtInitial === undefined || whole.debtInitial === undefined
          ? undefined
          : higher(own.debtInitial, whole.debtInitial),
      paused: own.paused || whole.paused,
    };
    this.#assets.set(name, judged);
    return judged;
  }

  /** Returns the price at which what is owed of an asset is counted without a band: the higher of the two. */
  debtMarkOf(name: string): bigint {
    const asset = assetOf(this.#snapshot, name);
    return higher(judgeFeed(asset.feed, this.#snapshot.feedTerms).mark, this.ofUnderlying(asset.underlying).mark);
  }
}

/** Prices to weigh lines at, and what their weight is for. */
export interface CollateralContext {
  readonly prices: JudgedPrices;
  readonly use?: CollateralUse;
  /** Left by other lines of the account to count of each source; all of it by default. */
  readonly room?: SourceRoom;
}

/** Weighs lines at all grades; size tiers are of each underlying over all chains. */
export function unifiedCollateralOf(
  held: readonly HeldLine[],
  snapshot: MarketSnapshot,
  { prices, use = 'weighted', room = new SourceRoom(snapshot) }: CollateralContext,
): UnifiedCollateral {
  const listed = held.map((one) => ({ ...ledgerLineOf(one, snapshot, { prices, use }), held: one }));
  const sizes = use === 'hedge' ? listed.map(() => ONE) : sizesOf(listed, snapshot);
  const lines = listed.map(({ line, limits }, index) =>
    lineMarginOf(line, snapshot.at, { ...limits, sizeInitial: sizes[index] ?? ONE }),
  );
  let [initial, exit, maintenance, unweighted] = [0n, 0n, 0n, 0n];
  for (const [index, { value }] of lines.entries()) {
    const of = listed[index] as ListedLine;
    initial += room.take(assetOf(snapshot, of.held.asset).source, value.initial);
    exit += value.exit;
    maintenance += value.maintenance;
    unweighted += valueOf(of.line, of.mark);
  }
  return { values: { initial, exit, maintenance }, unweighted, lines };
}

/** Returns an asset. @throws INCONSISTENT_INPUT if it is not listed. */
export function assetOf(snapshot: MarketSnapshot, name: string): ListedAsset {
  const asset = snapshot.assets.get(name);
  if (asset === undefined) throw marginError('INCONSISTENT_INPUT', `asset ${name} is not listed`);
  return asset;
}

/** Returns an underlying. @throws INCONSISTENT_INPUT if it is not listed. */
export function underlyingOf(snapshot: MarketSnapshot, name: string): Underlying {
  const underlying = snapshot.underlyings.get(name);
  if (underlying === undefined) throw marginError('INCONSISTENT_INPUT', `underlying ${name} is not listed`);
  return underlying;
}

/** Returns units of the smallest size as whole tokens with 18 decimals, rounded down. */
export function tokensOf(units: bigint, decimals: number): bigint {
  return divide(units * 10n ** 18n, 10n ** BigInt(decimals), 'floor');
}

/**
 * Takes units of one underlying, whole tokens with 18 decimals, out of lines for a hedge: first from lines whose chain
 * counts most at the grade, and from none that counts nothing there. Unseasoned units stay in the rest as far as they
 * fit there.
 */
export function splitForHedge(
  held: readonly HeldLine[],
  snapshot: MarketSnapshot,
  hedge: { readonly underlying: string; readonly units: bigint; readonly grade: Grade; readonly prices: JudgedPrices },
): { readonly hedge: readonly HeldLine[]; readonly rest: readonly HeldLine[] } {
  const candidates = held.flatMap((line, at) => {
    if (assetOf(snapshot, line.asset).underlying !== hedge.underlying) return [];
    const { line: ledgerLine, limits } = ledgerLineOf(line, snapshot, { prices: hedge.prices, use: 'hedge' });
    const { decimals } = ledgerLine.asset;
    const whole = { ...ledgerLine, amount: tokenUnits(10n ** BigInt(decimals)), unseasoned: tokenUnits(0n) };
    const quality = lineMarginOf(whole, snapshot.at, limits).value[hedge.grade];
    return quality === 0n ? [] : [{ line, at, decimals, quality }];
  });
  candidates.sort((left, right) =>
    left.quality === right.quality ? left.at - right.at : left.quality > right.quality ? -1 : 1,
  );
  const taken = new Map<number, bigint>();
  let missing = hedge.units;
  for (const { line, at, decimals } of candidates) {
    const wanted = divide(missing * 10n ** BigInt(decimals), 10n ** 18n, 'floor');
    const units = lower(wanted, line.amount);
    taken.set(at, units);
    missing -= tokensOf(units, decimals);
  }
  return {
    hedge: held.flatMap((line, at) => partOf(line, taken.get(at) ?? 0n, 'hedge')),
    rest: held.flatMap((line, at) => partOf(line, line.amount - (taken.get(at) ?? 0n), 'rest')),
  };
}

function partOf(line: HeldLine, amount: bigint, part: 'hedge' | 'rest'): readonly HeldLine[] {
  if (amount === 0n) return [];
  const unseasoned = line.unseasoned ?? 0n;
  const inRest = lower(unseasoned, part === 'rest' ? amount : line.amount - amount);
  return [{ ...line, amount, unseasoned: part === 'rest' ? inRest : unseasoned - inRest }];
}

interface ListedLine {
  readonly held: HeldLine;
  readonly line: Line;
  readonly limits: LineLimits;
  readonly mark: bigint;
}

/** The ledger's own line, with its price and what limits it beyond the ledger. */
function ledgerLineOf(
  held: HeldLine,
  snapshot: MarketSnapshot,
  { prices, use }: { readonly prices: JudgedPrices; readonly use: CollateralUse },
): Omit<ListedLine, 'held'> {
  const listed = assetOf(snapshot, held.asset);
  const source = snapshot.sources.get(listed.source)?.source;
  if (source === undefined) throw marginError('INCONSISTENT_INPUT', `source ${listed.source} is not listed`);
  const price = prices.ofAsset(held.asset);
  const hedge = use === 'hedge';
  const asset = hedge
    ? { decimals: listed.asset.decimals, baseInitialBps: 10_000, baseMaintenanceBps: 10_000 }
    : listed.asset;
  const line: Line = {
    amount: tokenUnits(held.amount),
    unseasoned: tokenUnits(held.unseasoned ?? 0n),
    seasonEnd: held.seasonEnd ?? 0n,
    asset,
    source,
    // Its age was judged with the feed; a price of 0 was never accepted.
    prices: [
      steadyPrice({ price1e12: to1e12(price.mark), observedAt: price.mark > 0n ? snapshot.at : 0n, maxAgeS: 0 }),
    ],
  };
  const limits: LineLimits = {
    sizeInitial: ONE,
    volInitial: hedge ? ppm(PPM) : listed.volInitial,
    volMaintenance: hedge ? ppm(PPM) : listed.volMaintenance,
    priceInitial1e12: to1e12(price.assetInitial),
  };
  return { line, limits, mark: price.mark };
}

/** The part of each line that its underlying's size lets count for initial. */
function sizesOf(listed: readonly ListedLine[], snapshot: MarketSnapshot): readonly Fraction[] {
  const sizes = listed.map(() => ONE);
  const groups = new Map<string, number[]>();
  for (const [at, { held }] of listed.entries()) {
    const { underlying } = assetOf(snapshot, held.asset);
    groups.set(underlying, [...(groups.get(underlying) ?? []), at]);
  }
  for (const [name, members] of groups) {
    const { tiers, deposits = 0n, depositsStart = 0n } = underlyingOf(snapshot, name);
    const byDeposits = deposits > depositsStart ? fraction(depositsStart, deposits) : ONE;
    const shares =
      tiers === undefined
        ? undefined
        : countedShares(
            members.map((at) => partAt(listed[at], snapshot)),
            tiers,
          );
    for (const [index, at] of members.entries()) sizes[at] = multiply(shares?.[index] ?? ONE, byDeposits);
  }
  return sizes;
}

function partAt(listed: ListedLine | undefined, snapshot: MarketSnapshot) {
  if (listed === undefined) return { amount: 0n, unitValue: 0n };
  const { line, limits } = listed;
  const season = snapshot.at < line.seasonEnd ? line.unseasoned : 0n;
  const counted = line.amount > season ? line.amount - season : 0n;
  const token = { ...line, amount: tokenUnits(10n ** BigInt(line.asset.decimals)), unseasoned: tokenUnits(0n) };
  // Dust below 18 decimals changes no share by more than itself.
  return {
    amount: tokensOf(counted, line.asset.decimals),
    unitValue: lineMarginOf(token, snapshot.at, limits).value.initial,
  };
}

function valueOf({ amount, asset }: Line, mark: bigint): bigint {
  return divide(amount * mark, 10n ** BigInt(asset.decimals), 'floor');
}

function to1e12(price: bigint): bigint {
  return divide(price, 10n ** 6n, 'floor');
}

function lower(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

function higher(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
