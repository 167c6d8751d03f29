import { type Fraction, absolute, multiply } from '@surety/margin';
import { exp, fromFixed, toFixed } from '@surety/margin/arithmetic';

/** Bits after the point of the growth factor: its error is below 1e-38. */
const GROWTH_BITS = 128;
const YEARS_PER_DAY: Fraction = { n: 1n, d: 365n };

/** Returns index·e^(rate·days/365). @throws UNDEFINED_RESULT where the result is beyond what is computed. */
export function futurePriceOf(index: Fraction, annualBasisRate: Fraction, daysToExpiry: Fraction): Fraction {
  const growth = multiply(annualBasisRate, daysToExpiry, YEARS_PER_DAY);
  return multiply(index, fromFixed(exp(toFixed(growth, GROWTH_BITS), GROWTH_BITS), GROWTH_BITS));
}

/** Returns the pnl of a signed number of contracts at each relative move of the price. */
export function pnlAtMoves(contracts: Fraction, price: Fraction, moves: readonly Fraction[]): readonly Fraction[] {
  return moves.map((move) => multiply(contracts, price, move));
}

/** Returns |contracts|·index·rate. */
export function indexContingencyOf(contracts: Fraction, index: Fraction, rate: Fraction): Fraction {
  return multiply(absolute(contracts), index, rate);
}
