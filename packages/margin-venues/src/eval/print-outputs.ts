import { DIGITS_MAX, type Fraction, marginError, printDecimal } from '@surety/margin';

/** Prints an amount that an account owns or keeps, signed: without a finite decimal form it is rounded toward −∞. */
export function owned(value: Fraction): string {
  return printDecimal(value, 'floor');
}

/** Prints an amount that an account owes or must keep: without a finite decimal form it is rounded toward +∞. */
export function owed(value: Fraction): string {
  return printDecimal(value, 'ceil');
}

/** Prints a value, or nothing if it was not requested. */
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
