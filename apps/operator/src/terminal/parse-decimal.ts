import { type TokenUnits, tokenUnits } from '@surety/domain';
import { operatorError } from '../errors.js';

/** Digits of 2^128 - 1, the largest amount of any entry. */
const WHOLE_DIGITS_MAX = 39;

/**
 * Converts whole tokens written as a decimal to token units, exactly.
 * @throws BAD_USE for a sign, an exponent, too many digits, or more decimals than the token has.
 */
export function parseTokenUnits(text: string, decimals: number, name: string): TokenUnits {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) throw operatorError('BAD_USE', `${name} is "${text}"; expected a decimal number such as 100.5`);
  const wholes = match[1]?.length ?? 0;
  if (wholes > WHOLE_DIGITS_MAX) {
    const expected = `at most ${WHOLE_DIGITS_MAX}, as a uint128 has`;
    throw operatorError('BAD_USE', `${name} has ${wholes} digits before the point; expected ${expected}`);
  }
  const fraction = match[2] ?? '';
  if (fraction.length > decimals) {
    throw operatorError('BAD_USE', `${name} ${text} has ${fraction.length} decimals; the token has ${decimals}`);
  }
  return tokenUnits(BigInt(`${match[1]}${fraction.padEnd(decimals, '0')}`));
}
