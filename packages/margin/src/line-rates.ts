import { type ByGrade, type Line, type LineLimits, UNLIMITED, initialPriceOf, lineMarginOf } from './line-margin.js';

/** A rate that values units: value = units·n/d, both not negative and d above 0. */
export interface UnitRate {
  readonly n: bigint;
  readonly d: bigint;
}

/** Returns the rates at which the ledger weighs a line's amount at a time in seconds. The amount itself does not matter. */
export function lineRatesOf(line: Line, at: bigint, limits: LineLimits = UNLIMITED): ByGrade<UnitRate> {
  const { price, factors } = lineMarginOf(line, at, limits);
  const d = 10n ** BigInt(line.asset.decimals + 24);
  const rate = (price1e12: bigint, of: (typeof factors)['initial'], size = limits.sizeInitial): UnitRate => ({
    n: price1e12 * of.base * of.source * of.freshness * 1_000_000n * of.vol * size.n,
    d: d * size.d,
  });
  const whole = UNLIMITED.sizeInitial;
  return {
    initial: rate(initialPriceOf(price, limits), factors.initial),
    exit: rate(price.price1e12, factors.exit, whole),
    maintenance: rate(price.price1e12, factors.maintenance, whole),
  };
}
