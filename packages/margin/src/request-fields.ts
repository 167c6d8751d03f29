import { AppError } from '@surety/domain';
import { MARGIN_ERROR_CODES, type MarginErrorCode, marginError } from './errors.js';
import { type Fraction, ONE, ZERO, compare, parseDecimal } from './number/decimal.js';

/** A JSON object that has not been validated. */
export type RawObject = Readonly<Record<string, unknown>>;

/**
 * One field of a request: its reader, and whether it may be left out. A reader notes every problem that it sees and
 * then returns some value, which counts only if nothing was noted.
 */
export interface Field<Value> {
  readonly optional: boolean;
  readonly read: (value: unknown, path: string, problems: Problems) => Value;
}

/** The value type of a field. */
export type ValueOf<Of> = Of extends Field<infer Value> ? Value : never;

/** The fields of an object by name. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

type OptionalNames<Of extends Fields> = {
  [Name in keyof Of]: undefined extends ValueOf<Of[Name]> ? Name : never;
}[keyof Of];

/** The object that fields describe; optional ones may be missing, never null. */
export type ObjectOf<Of extends Fields> = {
  readonly [Name in Exclude<keyof Of, OptionalNames<Of>>]: ValueOf<Of[Name]>;
} & { readonly [Name in OptionalNames<Of>]?: Exclude<ValueOf<Of[Name]>, undefined> };

/** The numbers that a field accepts. A market price of 0 means none, so `price` is `positive` or `notNegative`. */
export type Range = 'any' | 'notNegative' | 'positive' | 'notPositive' | 'share' | 'belowOne';

/** Problems of one request. Only the first in the order of checks is reported. */
export class Problems {
  #rank: number = MARGIN_ERROR_CODES.length;
  #message = '';

  /** Notes a problem; of two with the same code the first stays. */
  note(code: MarginErrorCode, message: string): void {
    const rank = MARGIN_ERROR_CODES.indexOf(code);
    if (rank >= this.#rank) return;
    this.#rank = rank;
    this.#message = message;
  }

  /** Throws the problem that comes first, if there is one. @throws any code that was noted. */
  refuse(): void {
    const code = MARGIN_ERROR_CODES.at(this.#rank);
    if (code !== undefined) throw marginError(code, this.#message);
  }
}

/** A decimal in a range, as an exact number. */
export function decimalField(range: Range = 'any'): Field<Fraction> {
  return required((value, path, problems) => {
    const number = readNumber(value, path, problems, 'decimal');
    if (number === undefined) return ZERO;
    noteRange(number, range, path, problems);
    return number;
  });
}

/** A market price: a decimal above 0, since 0 means none. */
export function priceField(): Field<Fraction> {
  return decimalField('positive');
}

/** A price that may be 0, such as a strike or a premium. */
export function priceOrZeroField(): Field<Fraction> {
  return decimalField('notNegative');
}

/** An integer in a range. */
export function integerField(range: Range = 'any'): Field<bigint> {
  return required((value, path, problems) => {
    const number = readNumber(value, path, problems, 'integer');
    if (number === undefined) return 0n;
    noteRange(number, range, path, problems);
    return number.n;
  });
}

/** Any text. */
export function textField(): Field<string> {
  return required((value, path, problems) => {
    if (typeof value === 'string') return value;
    noteType(value, 'text', path, problems);
    return '';
  });
}

/** One of the words listed. */
export function wordField<const Word extends string>(...words: readonly [Word, ...Word[]]): Field<Word> {
  return required((value, path, problems) => {
    if (typeof value !== 'string') noteType(value, 'text', path, problems);
    const word = words.find((one) => one === value);
    if (word === undefined && typeof value === 'string') {
      problems.note('INVALID_ENUM', `${path} is ${clip(value)}; expected ${words.join(', ')}`);
    }
    return word ?? words[0];
  });
}

/** True or false. */
export function booleanField(): Field<boolean> {
  return required((value, path, problems) => {
    if (typeof value !== 'boolean') noteType(value, 'true or false', path, problems);
    return value === true;
  });
}

/** A list, each member read by the same field. */
export function listField<Value>(member: Field<Value>): Field<readonly Value[]> {
  return required((value, path, problems) => {
    if (Array.isArray(value)) return value.map((one: unknown, at) => member.read(one, `${path}[${at}]`, problems));
    noteType(value, 'a list', path, problems);
    return [];
  });
}

/**
 * An object with exactly these fields. `needs` names further fields, as paths below the object, that other fields make
 * required; it gets the object unread.
 */
export function objectField<const Of extends Fields>(
  fields: Of,
  needs?: (value: RawObject) => readonly string[],
): Field<ObjectOf<Of>> {
  const named = Object.entries(fields);
  const known = new Set(Object.keys(fields));
  return required((value, path, problems) => {
    const result: Record<string, unknown> = {};
    if (!isRawObject(value)) {
      noteType(value, 'an object', path, problems);
      return result as ObjectOf<Of>;
    }
    for (const [name, field] of named) {
      if (Object.hasOwn(value, name)) result[name] = field.read(value[name], `${path}.${name}`, problems);
      else if (!field.optional) noteMissing(`${path}.${name}`, problems);
    }
    for (const name of needs?.(value) ?? []) noteMissing(`${path}.${name}`, problems);
    for (const name in value) {
      if (!known.has(name)) problems.note('UNKNOWN_FIELD', `${path}.${clipText(name)} is not known`);
    }
    return result as ObjectOf<Of>;
  });
}

/** An optional field. Null does not count as missing. */
export function optional<Value>(field: Field<Value>): Field<Value | undefined> {
  return { optional: true, read: field.read };
}

/** True for a JSON object, not a list or null. */
export function isRawObject(value: unknown): value is RawObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Shortens a value for a message. */
export function clip(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(clipText(value));
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}

function required<Value>(read: Field<Value>['read']): Field<Value> {
  return { optional: false, read };
}

function readNumber(
  value: unknown,
  path: string,
  problems: Problems,
  kind: 'decimal' | 'integer',
): Fraction | undefined {
  if (typeof value !== 'string') {
    noteType(value, `${kind} text`, path, problems);
    return undefined;
  }
  try {
    const number = kind === 'integer' && value.includes('.') ? undefined : parseDecimal(value);
    if (number === undefined) {
      const form = kind === 'integer' ? 'an integer such as -12' : 'a decimal such as -1.25';
      problems.note('INVALID_DECIMAL', `${path} is ${clip(value)}; expected ${form}`);
    }
    return number;
  } catch (failure) {
    // A number beyond the limit is reported after every other problem of the request.
    if (!(failure instanceof AppError)) throw failure;
    problems.note('UNDEFINED_RESULT', `${path}: ${failure.message}`);
    return undefined;
  }
}

function noteRange(number: Fraction, range: Range, path: string, problems: Problems): void {
  const problem = rangeProblem(number, range);
  if (problem !== undefined) problems.note('OUT_OF_RANGE', `${path} ${problem}`);
}

function rangeProblem(number: Fraction, range: Range): string | undefined {
  switch (range) {
    case 'any':
      return undefined;
    case 'notNegative':
      return number.n < 0n ? 'is negative' : undefined;
    case 'positive':
      return number.n < 0n ? 'is negative' : number.n === 0n ? 'is zero; expected more than 0' : undefined;
    case 'notPositive':
      return number.n > 0n ? 'is above 0' : undefined;
    case 'share':
      return number.n < 0n ? 'is negative' : compare(number, ONE) > 0 ? 'is above 1' : undefined;
    case 'belowOne':
      return compare(number, ONE) >= 0 ? 'is not below 1' : undefined;
  }
}

function noteType(value: unknown, expected: string, path: string, problems: Problems): void {
  problems.note('INVALID_TYPE', `${path} is ${clip(value)}; expected ${expected}`);
}

function noteMissing(path: string, problems: Problems): void {
  problems.note('MISSING_FIELD', `${path} is missing`);
}

function clipText(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
