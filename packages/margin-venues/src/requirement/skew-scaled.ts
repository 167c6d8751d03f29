import {
  type Fraction,
  ONE,
  absolute,
  add,
  fraction,
  maximum,
  minimum,
  multiply,
  quotient,
  subtract,
  sum,
} from '@surety/margin';

/** A perpetual position in a market whose depth is a skew scale in base units. */
export interface SkewedPosition {
  readonly size: Fraction;
  readonly price: Fraction;
  readonly skewScale: Fraction;
  readonly initialMarginFraction: Fraction;
  readonly minimumInitialMarginRatio: Fraction;
  readonly maintenanceMarginScalar: Fraction;
  readonly liquidationRewardRatio: Fraction;
  readonly minimumPositionMargin: Fraction;
  /** Longs less shorts of the market before the trade. */
  readonly startingSkew: Fraction;
}

/** The requirement of one position, in quote. */
export interface SkewedRequirement {
  readonly initial: Fraction;
  readonly maintenance: Fraction;
  readonly reward: Fraction;
}

/** Returns a position's margins, which grow with its share of the depth, and its reward. @source Synthetix v3 perps */
export function skewedRequirementOf(position: SkewedPosition): SkewedRequirement {
  const notional = multiply(absolute(position.size), position.price);
  const share = quotient(absolute(position.size), position.skewScale);
  const ratio = add(multiply(share, position.initialMarginFraction), position.minimumInitialMarginRatio);
  const margin = multiply(notional, ratio);
  return {
    initial: add(margin, position.minimumPositionMargin),
    maintenance: add(multiply(margin, position.maintenanceMarginScalar), position.minimumPositionMargin),
    reward: multiply(notional, position.liquidationRewardRatio),
  };
}

/** Returns size·(price − fill), the fill price being the mean over the skew before and after the trade. */
export function openingPnlOf({ size, price, skewScale, startingSkew }: SkewedPosition): Fraction {
  const meanSkew = add(startingSkew, multiply(size, fraction(1n, 2n)));
  const fill = multiply(price, add(ONE, quotient(meanSkew, skewScale)));
  return multiply(size, subtract(price, fill));
}

/** Returns min(max(Σ rewards, keeper's cost), cap). */
export function liquidationRewardsOf(rewards: readonly Fraction[], keeperCost: Fraction, cap: Fraction): Fraction {
  return minimum(maximum(sum(rewards), keeperCost), cap);
}
