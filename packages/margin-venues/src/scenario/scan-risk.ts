import { type Fraction, ZERO, add, maximum, minimum, multiply, negate, subtract, sum } from '@surety/margin';

/** A position with its gain per unit in each scenario. */
export interface ScannedPosition {
  readonly quantity: Fraction;
  readonly gains: readonly Fraction[];
}

/** Additions to and deductions from the scan risk of a portfolio, all in the currency of the risk. */
export interface ScanCharges {
  readonly calendarSpread: Fraction;
  readonly spotMonth: Fraction;
  readonly interCommodityCredit: Fraction;
  readonly shortOptionMinimum: Fraction;
  /** Value of long options less that of short ones. */
  readonly netOptionValue: Fraction;
}

/** Returns the gain of all positions together, scenario by scenario. Every array has the length of the first. */
export function scenarioGainsOf(positions: readonly ScannedPosition[]): readonly Fraction[] {
  const scenarios = positions[0]?.gains ?? [];
  return scenarios.map((_, at) => sum(positions.map(({ quantity, gains }) => multiply(quantity, gains[at] ?? ZERO))));
}

/** Returns the worst loss over the scenarios, not below 0. @source SPAN, risk arrays */
export function scanRiskOf(positions: readonly ScannedPosition[]): Fraction {
  return negate(scenarioGainsOf(positions).reduce(minimum, ZERO));
}

/** Returns the requirement of a scan risk: charges and credits, the short-option minimum, net option value; not below 0. */
export function spanRequirementOf(scanRisk: Fraction, charges: ScanCharges): Fraction {
  const charged = add(add(scanRisk, charges.calendarSpread), charges.spotMonth);
  const risk = maximum(subtract(charged, charges.interCommodityCredit), charges.shortOptionMinimum);
  return maximum(ZERO, subtract(risk, charges.netOptionValue));
}
