import { AppError, type JsonObject, type Unparsed, parseUint } from '@surety/domain';
import { deployError } from './errors.js';

/** The members of a place, and those of the optional ones that it names. */
export function withOptional(
  value: Unparsed,
  fields: readonly string[],
  optional: readonly string[],
): readonly string[] {
  const named = typeof value === 'object' && value !== null ? optional.filter((field) => field in value) : [];
  return [...fields, ...named];
}

/** Reads a whole number of so many bits. */
export function requestedNumber(object: JsonObject, field: string, bits: number, path: string): number {
  return Number(parseUint(object[field], bits, `${path}.${field}`));
}

/** Reads a name. @throws BAD_PLAN. */
export function requestedName(object: JsonObject, field: string, path: string): string {
  const value = object[field];
  if (typeof value === 'string' && /^[\w. -]{1,40}$/.test(value)) return value;
  throw new AppError({
    code: 'BAD_PLAN',
    message: `${path}.${field} is ${JSON.stringify(value)}; expected a name of 1 to 40 letters, digits, dots, dashes or spaces`,
  });
}

/** Reads a list. @throws BAD_PLAN. */
export function requestedList(value: Unparsed, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw deployError('BAD_PLAN', `${path} is not a list`);
}
