import { WAD } from '@surety/domain';
import { positivePartOf, productUp } from './wad.js';

/** A perpetual future; 18 decimals, confidence 0 to 1. */
export interface PerpPosition {
  /** Positive long, negative short, in units of the underlying. */
  readonly size: bigint;
  readonly price: bigint;
  readonly confidence: bigint;
  readonly unrealisedPnl: bigint;
}

/** Returns (threshold − price)⁺·factor, rounded up: the addition to a factor for a stablecoin below its peg. */
export function depegFactor(stablePrice: bigint, peg: { readonly threshold: bigint; readonly factor: bigint }): bigint {
  return productUp(positivePartOf(peg.threshold - stablePrice), peg.factor);
}

/** The conditions for a charge on a feed's confidence, and its share of the priced notional; 18 decimals. */
export interface ConfidenceTerms {
  readonly threshold: bigint;
  readonly margin: bigint;
}

/** Returns (1 − confidence)·margin·notional where the confidence is below the threshold, else 0. Rounded up. */
export function confidenceCharge(notional: bigint, confidence: bigint, terms: ConfidenceTerms): bigint {
  return confidence < terms.threshold ? productUp(WAD - confidence, terms.margin, notional) : 0n;
}
