import {
  type Fraction,
  ONE,
  add,
  compare,
  fraction,
  marginError,
  minimum,
  multiply,
  positivePart,
  quotient,
  subtract,
} from '@surety/margin';

const WHOLE_BPS = fraction(10_000n);

/** The growth of a bonus as health falls. */
export interface BonusCurve {
  /** 10,500 is 105%. */
  readonly maxBonusBps: Fraction;
  /** Share of the bonus that is paid at a health factor of 1. */
  readonly bonusFactorBps: Fraction;
  /** At and below it the bonus is the largest; below 1. */
  readonly healthForMaxBonus: Fraction;
}

/** A debt, how healthy it is, and how healthy it is to become. */
export interface TargetDebt {
  /** In value. */
  readonly debtValue: Fraction;
  readonly healthFactor: Fraction;
  readonly targetHealthFactor: Fraction;
  /** Value paid to the liquidator per value repaid, 1.05 for 5%. */
  readonly bonus: Fraction;
  readonly collateralFactor: Fraction;
}

/** The amounts of a liquidation: debt tokens, and collateral tokens of which the protocol keeps a part. */
export interface LiquidationAmounts {
  readonly debtRepaid: Fraction;
  readonly collateralSeized: Fraction;
  readonly collateralToLiquidator: Fraction;
}

/** Returns the bonus in basis points, unrounded: linear from its smallest at health 1 to its largest. @source Aave v4 */
export function liquidationBonusOf(curve: BonusCurve, healthFactor: Fraction): Fraction {
  const smallest = add(
    quotient(multiply(subtract(curve.maxBonusBps, WHOLE_BPS), curve.bonusFactorBps), WHOLE_BPS),
    WHOLE_BPS,
  );
  if (compare(healthFactor, curve.healthForMaxBonus) <= 0) return curve.maxBonusBps;
  const fallen = quotient(subtract(ONE, healthFactor), subtract(ONE, curve.healthForMaxBonus));
  return add(smallest, multiply(subtract(curve.maxBonusBps, smallest), fallen));
}

/**
 * Returns the value to repay that brings health to its target, D·(T − h)/(T − bonus·collateral factor); 0 if it is
 * already there.
 * @source Aave v4
 * @throws UNDEFINED_RESULT if no repayment reaches the target.
 */
export function debtToTargetOf(debt: TargetDebt): Fraction {
  const gained = subtract(debt.targetHealthFactor, multiply(debt.bonus, debt.collateralFactor));
  if (gained.n <= 0n) {
    throw marginError(
      'UNDEFINED_RESULT',
      'no repayment reaches targetHealthFactor: it is not above bonus·collateralFactor',
    );
  }
  const missing = positivePart(subtract(debt.targetHealthFactor, debt.healthFactor));
  return quotient(multiply(debt.debtValue, missing), gained);
}

/**
 * Returns the seizure for a debt, at most the available collateral. Debt falls in proportion, and the protocol's fee
 * comes from the bonus.
 */
export function liquidationAmountsOf(
  debt: Fraction,
  terms: {
    readonly debtPrice: Fraction;
    readonly collateralPrice: Fraction;
    readonly bonus: Fraction;
    readonly protocolFeeOnBonus: Fraction;
    /** Collateral tokens; undefined if there is enough. */
    readonly available: Fraction | undefined;
  },
): LiquidationAmounts {
  const perDebt = quotient(multiply(terms.debtPrice, terms.bonus), terms.collateralPrice);
  const wanted = multiply(debt, perDebt);
  const seized = terms.available === undefined ? wanted : minimum(wanted, terms.available);
  const bonusPart = subtract(seized, quotient(seized, terms.bonus));
  return {
    debtRepaid: quotient(seized, perDebt),
    collateralSeized: seized,
    collateralToLiquidator: subtract(seized, multiply(terms.protocolFeeOnBonus, bonusPart)),
  };
}
