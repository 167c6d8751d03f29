import {
  type Fraction,
  ONE,
  add,
  clamp,
  compare,
  decimal,
  maximum,
  minimum,
  multiply,
  quotient,
  squareRoot,
} from '@surety/margin';

const ASSET_NUMERATOR = decimal('1.1');
const RETAINED_SHARE = decimal('0.8');

/** Returns √size·imfFactor, the growth of a weight with size, rounded up. @throws UNDEFINED_RESULT for a negative size. */
export function sizePremiumOf(size: Fraction, imfFactor: Fraction): Fraction {
  return multiply(squareRoot(size, 'ceil'), imfFactor);
}

/** Returns min(w, 1.1/(1 + premium)); a premium of 0 leaves the weight as it is. @source Drift v2, initial margin fraction */
export function sizeScaledAssetWeight(weight: Fraction, premium: Fraction): Fraction {
  return premium.n === 0n ? weight : minimum(weight, quotient(ASSET_NUMERATOR, add(ONE, premium)));
}

/** Returns max(w, 0.8·w + premium), for liability weights and margin ratios. @source Drift v2, initial margin fraction */
export function sizeScaledLiabilityWeight(weight: Fraction, premium: Fraction): Fraction {
  return premium.n === 0n ? weight : maximum(weight, add(multiply(weight, RETAINED_SHARE), premium));
}

/** Returns w·min(1, start/deposits), both in quote value; nothing deposited leaves the weight. @source Mango v4, Drift v2 */
export function depositScaledWeight(weight: Fraction, depositValue: Fraction, startValue: Fraction): Fraction {
  return compare(depositValue, startValue) <= 0 ? weight : quotient(multiply(weight, startValue), depositValue);
}

/** Returns w·max(1, borrows/start), both in quote value. @source Mango v4 @throws UNDEFINED_RESULT for borrows above a start of 0. */
export function borrowScaledWeight(weight: Fraction, borrowValue: Fraction, startValue: Fraction): Fraction {
  return compare(borrowValue, startValue) <= 0 ? weight : quotient(multiply(weight, borrowValue), startValue);
}

/** The growth of a collateral's discount with its amount against the market's depth. */
export interface DiscountCurve {
  /** Tokens of depth. */
  readonly skewScale: Fraction;
  readonly scalar: Fraction;
  readonly lower: Fraction;
  readonly upper: Fraction;
}

/** Returns clamp(amount/skewScale·scalar, lower, upper). @source Synthetix v3 @throws UNDEFINED_RESULT for a skewScale of 0. */
export function sizeDiscountOf(amount: Fraction, curve: DiscountCurve): Fraction {
  return clamp(quotient(multiply(amount, curve.scalar), curve.skewScale), curve.lower, curve.upper);
}
