import type { TableColumnOptions } from 'typeorm';

/** Column of a 32-byte word as hex text, as a migration writes it. */
export const word = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '66' });
/** Column of an address as hex text, as a migration writes it. */
export const address = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '42' });
/** Column of an unsigned 64-bit integer as padded text, as a migration writes it. */
export const u64 = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '20' });
/** Column of an unsigned 128-bit integer as padded text, as a migration writes it. */
export const u128 = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '39' });
/** Column of an unsigned 256-bit integer as padded text, as a migration writes it. */
export const u256 = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '78' });
/** Column of a short word, as a migration writes it. */
export const label = (name: string): TableColumnOptions => ({ name, type: 'varchar', length: '40' });
/** Column of a small count, an index or a flag, as a migration writes it. */
export const count = (name: string): TableColumnOptions => ({ name, type: 'integer' });
/** Column of a number below 2^53, as a migration writes it. */
export const big = (name: string): TableColumnOptions => ({ name, type: 'bigint' });
/** Column of text of any length, as a migration writes it. */
export const text = (name: string): TableColumnOptions => ({ name, type: 'text' });
/** Column of a primary key, as a migration writes it. */
export const key = (column: TableColumnOptions): TableColumnOptions => ({ ...column, isPrimary: true });
/** Column of a value that may be absent, as a migration writes it. */
export const optional = (column: TableColumnOptions): TableColumnOptions => ({ ...column, isNullable: true });
