import type { TableColumnOptions } from 'typeorm';

/** Migration column of a 32-byte word as hex text. */
export const word = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '66' });
/** Migration column of an address as hex text. */
export const address = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '42' });
/** Migration column of an unsigned 64-bit integer as padded text. */
export const u64 = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '20' });
/** Migration column of an unsigned 128-bit integer as padded text. */
export const u128 = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '39' });
/** Migration column of an unsigned 256-bit integer as padded text. */
export const u256 = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '78' });
/** Migration column of a short label. */
export const label = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '40' });
/** Migration column of a small count, an index or a flag. */
export const count = (name: string): TableColumnOptions => ({ name, type: 'integer' });
/** Migration column of a number below 2^53. */
export const big = (name: string): TableColumnOptions => ({ name, type: 'bigint' });
/** Migration column of text of any length. */
export const text = (name: string): TableColumnOptions => ({ name, type: 'text' });
/** Makes a migration column a primary key. */
export const key = (column: TableColumnOptions): TableColumnOptions => ({ ...column, isPrimary: true });
/** Makes a migration column nullable. */
export const optional = (column: TableColumnOptions): TableColumnOptions => ({ ...column, isNullable: true });
