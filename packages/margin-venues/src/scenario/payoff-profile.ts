import {
  type Fraction,
  ZERO,
  marginError,
  maximum,
  multiply,
  negate,
  positivePart,
  quotient,
  subtract,
  sum,
} from '@surety/margin';

/** Options of one expiry, per unit of the underlying; quantity is signed. */
export interface ExpiringOption {
  readonly type: 'call' | 'put';
  readonly quantity: Fraction;
  readonly strike: Fraction;
}

/** Returns the total payoff of all options at expiry at a price, without premium. */
export function payoffAt(options: readonly ExpiringOption[], price: Fraction): Fraction {
  return sum(
    options.map(({ type, quantity, strike }) =>
      multiply(quantity, positivePart(type === 'call' ? subtract(price, strike) : subtract(strike, price))),
    ),
  );
}

/** Returns the slope of the payoff above the highest strike: calls held less calls written. */
export function tailSlopeOf(options: readonly ExpiringOption[]): Fraction {
  return sum(options.filter(({ type }) => type === 'call').map(({ quantity }) => quantity));
}

/**
 * Returns the smallest quantity of the underlying with which the payoff is never negative. The payoff is straight
 * between strikes, so only the strikes and the slope beyond them matter.
 * @throws UNDEFINED_RESULT if the payoff is negative at a price of 0, where the underlying is worth nothing.
 */
export function underlyingCollateralOf(options: readonly ExpiringOption[]): Fraction {
  if (payoffAt(options, ZERO).n < 0n) {
    throw marginError(
      'UNDEFINED_RESULT',
      'the payoff is negative at a price of 0, which no quantity of the underlying covers',
    );
  }
  return options
    .filter(({ strike }) => strike.n > 0n)
    .map(({ strike }) => negate(quotient(payoffAt(options, strike), strike)))
    .reduce(maximum, positivePart(negate(tailSlopeOf(options))));
}
