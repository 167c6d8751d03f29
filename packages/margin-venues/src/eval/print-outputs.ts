import { DIGITS_MAX, type Fraction, marginError, printDecimal } from '@surety/margin';

/** Prints what an account owns or has left, signed: a value without an end is rounded toward −∞. */
export function owned(value: Fraction): string {
  return printDecimal(value, 'floor');
}

/** Prints what an account owes or must keep: a value without an end is rounded toward +∞. */
export function owed(value: Fraction): string {
  return printDecimal(value, 'ceil');
}

/** Prints a value that was not asked for as nothing. */
export function ifAsked(value: Fraction | undefined, print: (value: Fraction) => string): string | undefined {
  return value === undefined ? undefined : print(value);
}

/** Takes an integer as a number of decimals. @throws UNDEFINED_RESULT above {@link DIGITS_MAX}. */
export function decimalsOf(decimals: bigint): number {
  if (decimals > BigInt(DIGITS_MAX)) {
    throw marginError('UNDEFINED_RESULT', `inputs.decimals is above the limit of ${DIGITS_MAX}`);
  }
  return Number(decimals);
}
