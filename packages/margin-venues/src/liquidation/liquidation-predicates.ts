import { type Fraction, absolute, add, compare, multiply, quotient, sum } from '@surety/margin';

/** A value and the share of it that counts. */
export interface FactoredValue {
  readonly value: Fraction;
  readonly factor: Fraction;
}

/** A position with the share of its notional that it must keep. */
export interface MaintainedPosition {
  readonly size: Fraction;
  readonly price: Fraction;
  readonly maintenanceMarginRatio: Fraction;
}

/** Returns Σ value·factor. */
function countedValueOf(values: readonly FactoredValue[]): Fraction {
  return sum(values.map(({ value, factor }) => multiply(value, factor)));
}

/** Returns Σ value·threshold / debt; for display, not for decisions. @source Aave v3 @throws UNDEFINED_RESULT without debt. */
export function healthFactorOfValues(values: readonly FactoredValue[], debt: Fraction): Fraction {
  return quotient(countedValueOf(values), debt);
}

/** True if debt exceeds counted collateral; equality is safe. @source Compound III */
export function exceedsCollateral(debt: Fraction, values: readonly FactoredValue[]): boolean {
  return compare(countedValueOf(values), debt) < 0;
}

/**
 * True if requirement > 0 and requirement > net collateral. Equality is safe, and without a position there is nothing to
 * liquidate.
 * @source dYdX v4
 */
export function isUndercollateralised(quoteBalance: Fraction, positions: readonly MaintainedPosition[]): boolean {
  const notional = sum(positions.map(({ size, price }) => multiply(size, price)));
  const requirement = sum(
    positions.map(({ size, price, maintenanceMarginRatio }) => multiply(absolute(size), price, maintenanceMarginRatio)),
  );
  return requirement.n > 0n && compare(requirement, add(quoteBalance, notional)) > 0;
}
