import { type TokenUnits, tokenUnits } from '@surety/domain';
import { operatorError } from '../errors.js';

/**
 * Converts whole tokens written as a decimal to token units, exactly.
 * @throws BAD_USE for a sign, an exponent, or more decimals than the token has.
 */
export function parseTokenUnits(text: string, decimals: number, name: string): TokenUnits {
  const match = /^(\d{1,39})(?:\.(\d{1,24}))?$/.exec(text);
  if (match === null) throw operatorError('BAD_USE', `${name} is "${text}"; expected a decimal number such as 100.5`);
  const fraction = match[2] ?? '';
  if (fraction.length > decimals) {
    throw operatorError('BAD_USE', `${name} ${text} has ${fraction.length} decimals; the token has ${decimals}`);
  }
  return tokenUnits(BigInt(`${match[1]}${fraction.padEnd(decimals, '0')}`));
}
