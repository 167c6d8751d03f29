import type { Address, BlockHash, Bytes32, Hex, TxHash } from '@surety/domain';
import { z } from 'zod';

/** Code of a refused value, as the domain names it. */
export type MisfitCode =
  | 'MISSING_FIELD'
  | 'UNKNOWN_FIELD'
  | 'UNKNOWN_KIND'
  | 'BAD_HEX'
  | 'BAD_LENGTH'
  | 'OUT_OF_RANGE'
  | 'TOO_MANY'
  | 'BAD_CHECKSUM';

/** A schema's expectation, in words that follow "expected", and the code of a refusal. */
export interface Hint {
  readonly expected: string;
  readonly code: MisfitCode;
}

/** The hint of each schema of this package. A schema derived from another one has the other's. */
export const hints = z.registry<Hint>();

/** Any schema. */
export type AnySchema = z.ZodType;

/** A schema's output, read-only at every level. */
export type View<Schema extends AnySchema> = ReadOnly<z.output<Schema>>;

type ReadOnly<Value> = Value extends string | number | bigint | boolean | null | undefined
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly ReadOnly<Item>[]
    : { readonly [Name in keyof Value]: ReadOnly<Value[Name]> };

/** Text. */
export const text = z.string().register(hints, { expected: 'text', code: 'OUT_OF_RANGE' });

/** True or false. */
export const flag = z.boolean().register(hints, { expected: 'true or false', code: 'OUT_OF_RANGE' });

/** An integer of either sign, such as a lag in seconds. */
export const integer = z.int().register(hints, { expected: 'an integer', code: 'OUT_OF_RANGE' });

/** A count, an index or a chain id: an integer that is not negative. */
export const natural = z.int().min(0).register(hints, { expected: 'an integer of at least 0', code: 'OUT_OF_RANGE' });

/** An integer of some width as a JSON number: counts and ids, never amounts. */
export function uintNumber(bits: 8 | 16 | 31 | 32): z.ZodInt {
  const hint = { expected: `an integer from 0 to 2^${bits} - 1`, code: 'OUT_OF_RANGE' } as const;
  return z
    .int()
    .min(0)
    .max(2 ** bits - 1)
    .register(hints, hint);
}

/** Decimals of a token. @source ERC-20 decimals */
export const decimalsNumber = uintNumber(8);

/** An id of a source, an asset or an underlying. */
export const u16 = uintNumber(16);

/** An unsigned integer of some width as decimal text; a bigint once read. */
export function uintText(bits: number) {
  const end = 1n << BigInt(bits);
  const digits = String(end - 1n).length;
  const hint = { expected: `a decimal integer from 0 to 2^${bits} - 1`, code: 'OUT_OF_RANGE' } as const;
  return z
    .string()
    .regex(new RegExp(`^(?:0|[1-9][0-9]{0,${digits - 1}})$`))
    .register(hints, hint)
    .transform((decimal, context) => {
      const value = BigInt(decimal);
      if (value >= end) context.addIssue({ code: 'custom', input: decimal, params: { hint } });
      return value;
    })
    .meta({ format: `uint${bits}`, description: `Decimal integer from 0 to 2^${bits} - 1.`, example: '1000' });
}

/** A count, a height or a time in seconds. */
export const u64 = uintText(64);

/** A number of an entry or a release in a journal. */
export const u96 = uintText(96);

/** An amount in token units. */
export const u128 = uintText(128);

/** A sum, or a value with 18 decimals. */
export const u256 = uintText(256);

/** A number of units of either sign as decimal text; a bigint once read. */
export const signedUnits = z
  .string()
  .regex(/^(?:0|-?[1-9][0-9]{0,38})$/)
  .register(hints, { expected: 'a decimal integer', code: 'OUT_OF_RANGE' })
  .transform((decimal) => BigInt(decimal))
  .meta({ description: 'Decimal integer, may be negative.', example: '-1000' });

/** A value of either sign with 18 decimals as decimal text; a bigint once read. */
export const signedWad = z
  .string()
  .regex(/^-?(?:0|[1-9][0-9]{0,77})$/)
  .register(hints, { expected: 'a decimal integer', code: 'OUT_OF_RANGE' })
  .transform((decimal) => BigInt(decimal))
  .meta({ description: 'Decimal integer, may be negative.', example: '-1000' });

/** Hex of a pattern that has been checked, as its brand; lower-case, as every brand of hex is. */
function hexOf<Brand extends Hex>(pattern: RegExp, expected: string, example: string) {
  return z
    .string()
    .regex(pattern)
    .register(hints, { expected, code: 'BAD_HEX' })
    .transform((digits) => digits.toLowerCase() as Brand)
    .meta({ example });
}

const WORD = /^0x[0-9a-fA-F]{64}$/;
const WORD_EXPECTED = '0x and 64 hex digits';

/** 32 bytes: an edge's name, an account, a head. */
export const word = hexOf<Bytes32>(WORD, WORD_EXPECTED, `0x${'ab'.repeat(32)}`);

/** The hash of a block. */
export const blockHashText = hexOf<BlockHash>(WORD, WORD_EXPECTED, `0x${'b1'.repeat(32)}`);

/** The hash of a transaction. */
export const txHashText = hexOf<TxHash>(WORD, WORD_EXPECTED, `0x${'7a'.repeat(32)}`);

/** An address of 20 bytes. */
export const addressText = hexOf<Address>(
  /^0x[0-9a-fA-F]{40}$/,
  'an address: 0x and 40 hex digits',
  '0x14dc79964da2c08b23698b3d3cc7ca32193d9955',
);

/** Bytes. */
export const bytes = hexOf(/^0x(?:[0-9a-fA-F]{2})*$/, '0x and an even number of hex digits', '0x00ff');

/** Bytes of one length, with the name that a refusal uses. */
export function bytesOf(name: string, length: number) {
  const pattern = new RegExp(`^0x[0-9a-fA-F]{${2 * length}}$`);
  return hexOf(pattern, `${name} of ${length} bytes: 0x and ${2 * length} hex digits`, `0x${'01'.repeat(length)}`);
}

/** One of some words. */
export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values).register(hints, { expected: `one of ${values.join(', ')}`, code: 'UNKNOWN_KIND' });
}

/** A list. */
export function list<Item extends z.ZodType>(item: Item) {
  return z.array(item).register(hints, { expected: 'a list', code: 'MISSING_FIELD' });
}

/** An object of an answer. Unknown members are dropped, since a newer process may send more. */
export function record<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object(shape).register(hints, { expected: 'an object', code: 'MISSING_FIELD' });
}

/** An object of a request, with no other members. */
export function exactly<Shape extends z.ZodRawShape>(shape: Shape) {
  const expected = `an object with the members ${Object.keys(shape).join(', ')}`;
  return z.strictObject(shape).register(hints, { expected, code: 'MISSING_FIELD' });
}
