import { type Fraction, absolute, add, marginError, multiply, quotient, subtract } from '@surety/margin';

/** Margin freed by taking over one base unit of a perpetual. */
export interface PerpTerms {
  readonly marginRatio: Fraction;
  readonly liquidatorFee: Fraction;
  readonly insuranceFee: Fraction;
  readonly oraclePrice: Fraction;
  readonly quotePrice: Fraction;
}

/** Margin freed by paying one token of a liability with an asset. */
export interface SpotTerms {
  readonly assetWeight: Fraction;
  readonly assetMultiplier: Fraction;
  readonly liabilityWeight: Fraction;
  readonly liabilityMultiplier: Fraction;
  readonly price: Fraction;
  readonly insuranceFee: Fraction;
}

/** Prices of both legs of a transfer, each with what the liquidator gains or gives on it. */
export interface TransferTerms {
  readonly assetPrice: Fraction;
  readonly assetMultiplier: Fraction;
  readonly liabilityPrice: Fraction;
  readonly liabilityMultiplier: Fraction;
}

/**
 * Returns the base size that covers a margin shortage.
 * @source Drift v2
 * @throws UNDEFINED_RESULT if the fees use up all that a unit frees.
 */
export function perpSizeForShortage(shortage: Fraction, terms: PerpTerms): Fraction {
  const margin = multiply(terms.oraclePrice, terms.quotePrice, subtract(terms.marginRatio, terms.liquidatorFee));
  const freed = subtract(margin, multiply(terms.oraclePrice, terms.insuranceFee));
  if (freed.n <= 0n) throw marginError('UNDEFINED_RESULT', 'the fees take all the margin that a unit frees');
  return quotient(shortage, freed);
}

/** Returns the liability tokens that cover a margin shortage; undefined if no amount does. @source Drift v2 */
export function liabilityForShortage(shortage: Fraction, terms: SpotTerms): Fraction | undefined {
  const given = quotient(multiply(terms.assetWeight, terms.assetMultiplier), terms.liabilityMultiplier);
  const freed = subtract(
    multiply(terms.price, subtract(terms.liabilityWeight, given)),
    multiply(terms.price, terms.insuranceFee, terms.liabilityWeight),
  );
  return freed.n <= 0n ? undefined : quotient(shortage, freed);
}

/** Returns the liability tokens that an amount of the asset pays for, exact. @source Drift v2 */
export function liabilityForAsset(assetAmount: Fraction, terms: TransferTerms): Fraction {
  const { asset, liability } = legValuesOf(terms);
  return quotient(multiply(assetAmount, asset), liability);
}

/** Returns the asset tokens needed for an amount of the liability, exact: the inverse of {@link liabilityForAsset}. */
export function assetForLiability(liabilityAmount: Fraction, terms: TransferTerms): Fraction {
  const { asset, liability } = legValuesOf(terms);
  return quotient(multiply(liabilityAmount, liability), asset);
}

/** Returns the loss that each base unit of both sides pays. @source Drift v2 @throws UNDEFINED_RESULT without a position. */
export function socialisedLossPerUnit(loss: Fraction, longSize: Fraction, shortSize: Fraction): Fraction {
  return quotient(loss, add(absolute(longSize), absolute(shortSize)));
}

/** Weights of one token of each leg in the transfer. Each side's multiplier goes with the other's price. */
function legValuesOf(terms: TransferTerms): { readonly asset: Fraction; readonly liability: Fraction } {
  return {
    asset: multiply(terms.assetPrice, terms.liabilityMultiplier),
    liability: multiply(terms.assetMultiplier, terms.liabilityPrice),
  };
}
