import { PPM, type Ppm, type TokenUnits, type Wad, mulDivDown, ppm, tokenUnits, wad } from '@surety/domain';
import { type CachedPrice, type LinePrice, linePriceOf } from './line-price.js';
import { type Freshness, type Source, freshnessOf } from './source-freshness.js';
import { type Fraction, ONE } from './number/decimal.js';
import { type WeightRamp, rampedWeightOf } from './weight-ramp.js';

/** The three grades: initial (open, withdraw), exit (end of a liquidation), maintenance (start of one). */
export type Grade = 'initial' | 'exit' | 'maintenance';

/** One value for each grade. */
export type ByGrade<Value> = Readonly<Record<Grade, Value>>;

/** The ledger's terms of one asset at one source that affect its weight. */
export interface Asset {
  readonly decimals: number;
  readonly baseInitialBps: number;
  readonly baseMaintenanceBps: number;
  /** Ramp of `baseMaintenanceBps` at times other than that of its word. */
  readonly maintenanceRamp?: WeightRamp;
}

/** One line with all inputs of its value. */
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

/** Reductions of a line beyond the ledger's: the size of the whole holding, volatility, a band around the price. */
export interface LineLimits {
  /** Part of the amount that counts for initial, 0 to 1. */
  readonly sizeInitial: Fraction;
  readonly volInitial: Ppm;
  readonly volMaintenance: Ppm;
  /** Highest price scaled 1e12 that counts for initial; the line's own if left out. */
  readonly priceInitial1e12?: bigint;
}

/** The limits of the ledger: none. */
export const UNLIMITED: LineLimits = { sizeInitial: ONE, volInitial: ppm(PPM), volMaintenance: ppm(PPM) };

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
 * Values one line at a time in seconds: one multiplication chain, one rounding down for each grade, then value_E ≤
 * value_M and value_I ≤ value_E. Without limits, the same integers as `RiskManager.breakdown`. The size factor is
 * multiplied exactly and shown in `factors` rounded down.
 * @source PROTOCOL section 9
 */
export function lineMarginOf(line: Line, at: bigint, limits: LineLimits = UNLIMITED): LineMargin {
  const price = linePriceOf(line.prices, at);
  const freshness = freshnessOf(line.source, at);
  const factors = factorsOf(line, freshness, { at, limits });
  const unseasoned = at < line.seasonEnd ? line.unseasoned : 0n;
  const unitsInitial = tokenUnits(line.amount > unseasoned ? line.amount - unseasoned : 0n);
  const initialPrice = initialPriceOf(price, limits);
  const decimals = line.asset.decimals;
  const maintenance = weigh(line.amount, price.price1e12, { factors: factors.maintenance, decimals });
  const exit = lower(weigh(line.amount, price.price1e12, { factors: factors.exit, decimals }), maintenance);
  const size = limits.sizeInitial;
  const initial = lower(weigh(unitsInitial, initialPrice, { factors: factors.initial, decimals, size }), exit);
  return { units: line.amount, unitsInitial, price, freshness, factors, value: { initial, exit, maintenance } };
}

/** Returns the price that counts for the initial grade, scaled 1e12. */
export function initialPriceOf({ initial1e12 }: LinePrice, { priceInitial1e12 }: LineLimits): bigint {
  return priceInitial1e12 !== undefined && priceInitial1e12 < initial1e12 ? priceInitial1e12 : initial1e12;
}

function factorsOf(
  line: Line,
  freshness: Freshness,
  { at, limits }: { readonly at: bigint; readonly limits: LineLimits },
): ByGrade<Factors> {
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
      size: ppm(mulDivDown(PPM, limits.sizeInitial.n, limits.sizeInitial.d)),
      vol: limits.volInitial,
    },
    exit,
    maintenance: {
      ...exit,
      base: ppm(100 * weightAt(line.asset.maintenanceRamp, line.asset.baseMaintenanceBps, at)),
      vol: limits.volMaintenance,
    },
  };
}

function weightAt(ramp: WeightRamp | undefined, stated: number, at: bigint): number {
  return ramp === undefined ? stated : rampedWeightOf(ramp, at);
}

/** The size is multiplied exactly: rounded to parts per million first, a larger amount could count for less. */
function weigh(
  units: bigint,
  price1e12: bigint,
  { factors, decimals, size = ONE }: { factors: Factors; decimals: number; size?: Fraction },
): Wad {
  const product = factors.base * factors.source * factors.freshness * PPM * factors.vol;
  return wad(mulDivDown(units * price1e12, product * size.n, 10n ** BigInt(decimals + 24) * size.d));
}

function lower(left: Wad, right: Wad): Wad {
  return left < right ? left : right;
}
