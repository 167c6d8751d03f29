import { type Fraction, ZERO, add, compare, minimum, multiply, positivePart, subtract } from '@surety/margin';

/** A slice of an amount, from the edge of the tier before up to its own, and the rate that holds inside it. */
export interface Tier {
  /** Upper edge; undefined for the last, unbounded tier. */
  readonly upTo?: Fraction;
  readonly rate: Fraction;
}

/** An amount split by marginal tiers. */
export interface TieredAmount {
  /** Σ rate·(part of the amount inside the tier). */
  readonly weighted: Fraction;
  /** Rate of the last tier that the amount reaches; undefined without tiers. */
  readonly lastRate: Fraction | undefined;
  /** The part above the last bounded tier. */
  readonly beyond: Fraction;
}

/** Weighs an amount that is not negative slice by slice, so that the result is continuous at every edge. */
export function tieredAmountOf(amount: Fraction, tiers: readonly Tier[]): TieredAmount {
  let weighted = ZERO;
  let lastRate: Fraction | undefined;
  let edge = ZERO;
  for (const { upTo, rate } of tiers) {
    if (lastRate === undefined || compare(amount, edge) > 0) lastRate = rate;
    const top = upTo === undefined ? amount : minimum(amount, upTo);
    weighted = add(weighted, multiply(positivePart(subtract(top, edge)), rate));
    if (upTo === undefined) return { weighted, lastRate, beyond: ZERO };
    edge = upTo;
  }
  return { weighted, lastRate, beyond: positivePart(subtract(amount, edge)) };
}

/** True if tiers ascend from 0 and only the last is unbounded. */
export function areTiersAscending(tiers: readonly Pick<Tier, 'upTo'>[]): boolean {
  let edge = ZERO;
  for (const [at, { upTo }] of tiers.entries()) {
    if (upTo === undefined) return at === tiers.length - 1;
    if (compare(upTo, edge) < 0) return false;
    edge = upTo;
  }
  return true;
}
