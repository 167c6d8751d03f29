import {
  type Address,
  AppError,
  type Bytes32,
  address,
  bytes32,
  hexToBytes,
  parseUint,
  type Hex,
} from '@surety/domain';
import { clientError } from './errors.js';

/** Turns one member of an answer into a value, or refuses it by naming where it stands. */
export type Reader<Value> = (value: unknown, path: string) => Value;

/** Builds the refusal of a member: what was seen where, and what was expected. */
export function badAnswer(path: string, value: unknown, expected: string): AppError {
  const seen = JSON.stringify(value) ?? String(value);
  const clipped = seen.length > 80 ? `${seen.slice(0, 77)}...` : seen;
  return clientError({
    code: 'BAD_ANSWER',
    message: `the aggregator's answer holds ${clipped} at ${path}; expected ${expected}; ask its operator or use another one`,
    retryable: false,
    context: { path },
  });
}

/** Reads text. */
export const text: Reader<string> = (value, path) => {
  if (typeof value !== 'string') throw badAnswer(path, value, 'text');
  return value;
};

/** Reads true or false. */
export const flag: Reader<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw badAnswer(path, value, 'true or false');
  return value;
};

/** Reads a number that need not be an integer, such as a lag in seconds. */
export const finite: Reader<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw badAnswer(path, value, 'a number');
  return value;
};

/** Reads a count, an index or a chain id: an integer that is not negative. */
export const natural: Reader<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw badAnswer(path, value, 'an integer of at least 0');
  }
  return value;
};

/** Reads an unsigned integer of some width, written as decimal text or as a safe JSON number. */
export function unsigned(bits: number): Reader<bigint> {
  return (value, path) => {
    try {
      return parseUint(value, bits, path);
    } catch (cause) {
      throw withCause(badAnswer(path, value, `a decimal integer from 0 to 2^${bits} - 1`), cause);
    }
  };
}

/** Reads an integer that is a JSON number: an index or an epoch of some width. */
export function unsignedNumber(bits: number): Reader<number> {
  return (value, path) => {
    const read = natural(value, path);
    if (read >= 2 ** bits) throw badAnswer(path, value, `an integer from 0 to 2^${bits} - 1`);
    return read;
  };
}

/** Reads an id of a source, an asset or a season: 16 bits. */
export const u16 = unsignedNumber(16);

/** Reads a count, an epoch, a height or a time in seconds: 64 bits. */
export const u64 = unsigned(64);

/** Reads an amount of tokens: 128 bits. */
export const u128 = unsigned(128);

/** Reads a sum or a value: 256 bits. */
export const u256 = unsigned(256);

/** Reads a word of 32 bytes. */
export const word: Reader<Bytes32> = (value, path) =>
  checked(() => bytes32(text(value, path)), value, path, '32 bytes of hex');

/** Reads an address of 20 bytes. */
export const hexAddress: Reader<Address> = (value, path) =>
  checked(() => address(text(value, path)), value, path, 'an address of 20 bytes');

/** Reads bytes written as hex. */
export const hex: Reader<Hex> = (value, path) =>
  checked(
    () => {
      hexToBytes(text(value, path));
      return (value as string).toLowerCase() as Hex;
    },
    value,
    path,
    'bytes as hex',
  );

/** Reads a list. */
export function list<Item>(item: Reader<Item>): Reader<readonly Item[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw badAnswer(path, value, 'a list');
    return value.map((member, at) => item(member, `${path}[${at}]`));
  };
}

/** Reads a value that may be absent or null. */
export function nullable<Value>(inner: Reader<Value>): Reader<Value | null> {
  return (value, path) => (value === null || value === undefined ? null : inner(value, path));
}

/** Reads one of some texts. */
export function oneOf<Value extends string>(values: readonly Value[]): Reader<Value> {
  return (value, path) => {
    if (!values.includes(value as Value)) throw badAnswer(path, value, `one of ${values.join(', ')}`);
    return value as Value;
  };
}

/** Reads an object whose members all have one kind, such as counts by name. */
export function byName<Value>(inner: Reader<Value>): Reader<Readonly<Record<string, Value>>> {
  return (value, path) =>
    Object.fromEntries(
      Object.entries(members(value, path)).map(([name, member]) => [name, inner(member, `${path}.${name}`)]),
    );
}

/** Reads an object. Members nobody asked for are dropped: a newer aggregator may say more. */
export function record<Value extends object>(fields: {
  readonly [Name in keyof Value]-?: Reader<Value[Name]>;
}): Reader<Value> {
  return (value, path) => {
    const object = members(value, path);
    const read: Partial<Value> = {};
    for (const name of Object.keys(fields) as (keyof Value & string)[]) {
      read[name] = fields[name](object[name], `${path}.${name}`);
    }
    return read as Value;
  };
}

function members(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badAnswer(path, value, 'an object');
  return value as Readonly<Record<string, unknown>>;
}

function checked<Value>(read: () => Value, value: unknown, path: string, expected: string): Value {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof AppError && cause.code === 'BAD_ANSWER') throw cause;
    throw withCause(badAnswer(path, value, expected), cause);
  }
}

function withCause(error: AppError, cause: unknown): AppError {
  error.cause = cause;
  return error;
}
