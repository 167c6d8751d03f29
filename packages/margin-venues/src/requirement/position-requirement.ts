import { type Fraction, absolute, minimum, multiply, positivePart, subtract } from '@surety/margin';

/** A contract that pays the price, or one whose price ends between 0 and a cap. */
export type Contract = { readonly type: 'perpetual' } | { readonly type: 'prediction'; readonly payoutCap: Fraction };

/** Returns the most that a signed size may lose: its notional, or for a bounded short the distance to the cap. */
export function worstLossOf(size: Fraction, price: Fraction, contract: Contract): Fraction {
  if (contract.type === 'perpetual' || size.n >= 0n) return multiply(absolute(size), price);
  return multiply(absolute(size), positivePart(subtract(contract.payoutCap, price)));
}

/** Returns a pnl as margin counts it: a gain by its weight and up to a cap, a loss in full. */
export function countedPnlOf(pnl: Fraction, weight: Fraction, cap?: Fraction): Fraction {
  if (pnl.n <= 0n) return pnl;
  const counted = multiply(pnl, weight);
  return cap === undefined ? counted : minimum(counted, positivePart(cap));
}
