import type { TableColumnOptions } from 'typeorm';

/** Migration column of a 32-byte word as hex text. */
export const wordColumn = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '66' });
/** Migration column of an address as hex text. */
export const addressColumn = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '42' });
/** Migration column of an unsigned 64-bit integer as padded text. */
export const u64Column = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '20' });
/** Migration column of an unsigned 128-bit integer as padded text. */
export const u128Column = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '39' });
/** Migration column of a signed integer of at most 128 bits as text. */
export const signedColumn = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '40' });
/** Migration column of an unsigned 256-bit integer as padded text. */
export const u256Column = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '78' });
/** Migration column of a short label. */
export const label = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '40' });
/** Migration column of a small count, an index or a flag. */
export const count = (name: string): TableColumnOptions => ({ name, type: 'integer' });
/** Migration column of a number below 2^53. */
export const big = (name: string): TableColumnOptions => ({ name, type: 'bigint' });
/** Migration column of text of any length. */
export const textColumn = (name: string): TableColumnOptions => ({ name, type: 'text' });
/** Makes a migration column a primary key. */
export const key = (column: TableColumnOptions): TableColumnOptions => ({ ...column, isPrimary: true });
/** Makes a migration column nullable. */
export const optionalColumn = (column: TableColumnOptions): TableColumnOptions => ({ ...column, isNullable: true });
/** Adds a default to a migration's column: a number, or text with its quotes as SQL has it. */
export const withDefault = (column: TableColumnOptions, value: number | string): TableColumnOptions => ({
  ...column,
  default: value,
});
