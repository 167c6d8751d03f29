import { type Fraction, add, multiply, subtract, sum } from '@surety/margin';

/** Tokens that are owned (positive) or owed (negative), at a price in quote. */
export interface Holding {
  readonly amount: Fraction;
  readonly price: Fraction;
}

/** A derivative position: signed size, and its prices in quote. */
export interface OpenPosition {
  readonly size: Fraction;
  readonly entryPrice: Fraction;
  readonly markPrice: Fraction;
}

/** Returns Σ size·(mark − entry). */
export function unrealisedPnlOf(positions: readonly OpenPosition[]): Fraction {
  return sum(positions.map(({ size, entryPrice, markPrice }) => multiply(size, subtract(markPrice, entryPrice))));
}

/** Returns Σ amount·price + pnl: the equity if everything is closed at these prices. */
export function netEquityOf(holdings: readonly Holding[], unrealisedPnl: Fraction): Fraction {
  return add(sum(holdings.map(({ amount, price }) => multiply(amount, price))), unrealisedPnl);
}
