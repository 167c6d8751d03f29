import type { ColumnOptions, PrimaryColumnOptions, ValueTransformer } from 'typeorm';

/** Digits of the largest unsigned 64-bit integer. */
const U64_DIGITS = 20;
/** Digits of the largest unsigned 128-bit integer. */
const U128_DIGITS = 39;
/** Digits of the largest unsigned 256-bit integer. */
const U256_DIGITS = 78;

/** Stores a bigint as zero-padded decimal text, which sorts numerically and loses no digit on either database. */
function paddedText(digits: number): ValueTransformer {
  return {
    to: (value: bigint | null | undefined) => (typeof value === 'bigint' ? padded(value, digits) : value),
    from: (text: string | null) => (text === null ? null : BigInt(text)),
  };
}

function padded(value: bigint, digits: number): string {
  return value.toString().padStart(digits, '0');
}

/** Formats a 64-bit value as in its column, for comparisons. */
export function u64Text(value: bigint): string {
  return padded(value, U64_DIGITS);
}

/** Formats a 256-bit value as in its column, for comparisons. */
export function u256Text(value: bigint): string {
  return padded(value, U256_DIGITS);
}

/** Column of an unsigned 64-bit integer. */
export const U64: PrimaryColumnOptions = { type: 'varchar', length: U64_DIGITS, transformer: paddedText(U64_DIGITS) };
/** Column of an unsigned 64-bit integer that may be absent. */
export const U64_OR_NULL: ColumnOptions = { ...U64, nullable: true };
/** Column of an unsigned 128-bit integer. */
export const U128: PrimaryColumnOptions = {
  type: 'varchar',
  length: U128_DIGITS,
  transformer: paddedText(U128_DIGITS),
};
/** Column of an unsigned 128-bit integer that may be absent. */
export const U128_OR_NULL: ColumnOptions = { ...U128, nullable: true };
/** Column of a signed integer of at most 128 bits, which nothing is sorted by. */
export const SIGNED: ColumnOptions = {
  type: 'varchar',
  length: U128_DIGITS + 1,
  transformer: { to: String, from: BigInt },
};
/** Column of an unsigned 256-bit integer. */
export const U256: ColumnOptions = { type: 'varchar', length: U256_DIGITS, transformer: paddedText(U256_DIGITS) };
/** Column of a 32-byte word as hex text. */
export const WORD: PrimaryColumnOptions = { type: 'varchar', length: 66 };
/** Column of a 32-byte word that may be absent. */
export const WORD_OR_NULL: ColumnOptions = { ...WORD, nullable: true };
/** Column of an address as hex text. */
export const ADDRESS: PrimaryColumnOptions = { type: 'varchar', length: 42 };
/** Column of a small count, an index or a state. */
export const COUNT: PrimaryColumnOptions = { type: 'integer' };
/** Column of a small count that may be absent. */
export const COUNT_OR_NULL: ColumnOptions = { ...COUNT, nullable: true };
/** Column of a flag as 0 or 1. */
export const FLAG: ColumnOptions = {
  type: 'integer',
  transformer: {
    to: (value: unknown) => (typeof value === 'boolean' ? Number(value) : value),
    from: (value: number) => value === 1,
  },
};
/** Column of text of any length. */
export const TEXT: PrimaryColumnOptions = { type: 'text' };
/** Column of bytes as hex text. Skips validation: rows hold only checked values, and a rebuild converts hundreds of thousands of them. */
export const BYTES: ColumnOptions = {
  type: 'text',
  transformer: {
    to: (value: unknown) =>
      value instanceof Uint8Array
        ? `0x${Buffer.from(value.buffer, value.byteOffset, value.length).toString('hex')}`
        : value,
    from: (text: string) => new Uint8Array(Buffer.from(text.slice(2), 'hex')),
  },
};
/** Column of a short word. */
export const LABEL: PrimaryColumnOptions = { type: 'varchar', length: 40 };
/** Column of a short word that may be absent. */
export const LABEL_OR_NULL: ColumnOptions = { ...LABEL, nullable: true };
/** Column of a number below 2^53: milliseconds, a chain id. PostgreSQL returns 8-byte integers as text. */
export const SAFE_INTEGER: PrimaryColumnOptions = {
  type: 'bigint',
  transformer: {
    to: (value: number) => value,
    from: (value: number | string | null) => (value === null ? null : Number(value)),
  },
};
/** Nullable {@link SAFE_INTEGER}. */
export const SAFE_INTEGER_OR_NULL: ColumnOptions = { ...SAFE_INTEGER, nullable: true };
