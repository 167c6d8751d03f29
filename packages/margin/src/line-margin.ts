import { PPM, type Ppm, type TokenUnits, type Wad, mulDivDown, ppm, tokenUnits, wad } from '@surety/domain';
import { type CachedPrice, type LinePrice, linePriceOf } from './line-price.js';
import { type Freshness, type Source, freshnessOf } from './source-freshness.js';
import { type WeightRamp, rampedWeightOf } from './weight-ramp.js';

/** The three grades: initial (open, withdraw), exit (end of a liquidation), maintenance (start of one). */
export type Grade = 'initial' | 'exit' | 'maintenance';

/** One value for each grade. */
export type ByGrade<Value> = Readonly<Record<Grade, Value>>;

/** What the ledger keeps of one asset at one source, as far as its weight goes. */
export interface Asset {
  readonly decimals: number;
  readonly baseInitialBps: number;
  readonly baseMaintenanceBps: number;
  /** Where `baseMaintenanceBps` comes from at other times than that of the word it was read from. */
  readonly maintenanceRamp?: WeightRamp;
}

/** One line with all that its value depends on. */
export interface Line {
  readonly amount: TokenUnits;
  /** Part of the amount that does not count for initial before `seasonEnd` (seconds). */
  readonly unseasoned: TokenUnits;
  readonly seasonEnd: bigint;
  readonly asset: Asset;
  readonly source: Source;
  /** The underlying's price, and the asset's own if it has one. */
  readonly prices: readonly CachedPrice[];
}

/** The five factors of a weight. */
export interface Factors {
  readonly base: Ppm;
  readonly source: Ppm;
  readonly freshness: Ppm;
  readonly size: Ppm;
  readonly vol: Ppm;
}

/** A line's value at each grade with everything that led to it. */
export interface LineMargin {
  readonly units: TokenUnits;
  readonly unitsInitial: TokenUnits;
  readonly price: LinePrice;
  readonly freshness: Freshness;
  readonly factors: ByGrade<Factors>;
  readonly value: ByGrade<Wad>;
}

/**
 * Values one line at a time in seconds: one multiplication chain, one rounding down for each grade, then
 * value_E ≤ value_M and value_I ≤ value_E. The same integers as `RiskManager.breakdown`. @source PROTOCOL section 9
 */
export function lineMarginOf(line: Line, at: bigint): LineMargin {
  const price = linePriceOf(line.prices, at);
  const freshness = freshnessOf(line.source, at);
  const factors = factorsOf(line, freshness, at);
  const unseasoned = at < line.seasonEnd ? line.unseasoned : 0n;
  const unitsInitial = tokenUnits(line.amount > unseasoned ? line.amount - unseasoned : 0n);
  const initialPrice = price.stale ? 0n : price.price1e12;
  const decimals = line.asset.decimals;
  const maintenance = weigh(line.amount, price.price1e12, factors.maintenance, decimals);
  const exit = lower(weigh(line.amount, price.price1e12, factors.exit, decimals), maintenance);
  const initial = lower(weigh(unitsInitial, initialPrice, factors.initial, decimals), exit);
  return { units: line.amount, unitsInitial, price, freshness, factors, value: { initial, exit, maintenance } };
}

function factorsOf(line: Line, freshness: Freshness, at: bigint): ByGrade<Factors> {
  const whole = ppm(PPM);
  const baseInitial = ppm(100 * line.asset.baseInitialBps);
  const sourceMaintenance = ppm(100 * weightAt(line.source.maintenanceRamp, line.source.weightMaintenanceBps, at));
  const exit = {
    base: baseInitial,
    source: sourceMaintenance,
    freshness: freshness.maintenance,
    size: whole,
    vol: whole,
  };
  return {
    initial: {
      base: baseInitial,
      source: ppm(100 * line.source.weightInitialBps),
      freshness: freshness.initial,
      size: whole,
      vol: whole,
    },
    exit,
    maintenance: { ...exit, base: ppm(100 * weightAt(line.asset.maintenanceRamp, line.asset.baseMaintenanceBps, at)) },
  };
}

function weightAt(ramp: WeightRamp | undefined, stated: number, at: bigint): number {
  return ramp === undefined ? stated : rampedWeightOf(ramp, at);
}

function weigh(units: bigint, price1e12: bigint, factors: Factors, decimals: number): Wad {
  const product = factors.base * factors.source * factors.freshness * factors.size * factors.vol;
  return wad(mulDivDown(units * price1e12, product, 10n ** BigInt(decimals + 24)));
}

function lower(left: Wad, right: Wad): Wad {
  return left < right ? left : right;
}
