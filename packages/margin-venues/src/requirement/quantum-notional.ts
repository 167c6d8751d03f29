import { DIGITS_MAX, type Fraction, fraction, marginError, multiply, powerOfTen } from '@surety/margin';

/** Decimals of a quote quantum. @source dYdX v4 */
const QUOTE_DECIMALS = 6n;

/** Returns quantums·price·10^(exponent + 6) in quote quantums, exact and signed. @throws UNDEFINED_RESULT beyond 10^1000. */
export function quantumNotionalOf(quantums: bigint, price: Fraction, exponent: bigint): Fraction {
  const power = exponent + QUOTE_DECIMALS;
  if (power > BigInt(DIGITS_MAX) || power < -BigInt(DIGITS_MAX)) {
    throw marginError('UNDEFINED_RESULT', `10^${power} is beyond the limit of 10^${DIGITS_MAX}`);
  }
  const scale = powerOfTen(Number(power < 0n ? -power : power));
  return multiply(fraction(quantums), price, power < 0n ? { n: 1n, d: scale } : { n: scale, d: 1n });
}
