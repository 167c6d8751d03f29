import type { Address, BlockHash, Bytes32, Hex, TxHash } from '@surety/domain';
import { rpcError } from '../errors.js';

const QUANTITY = /^0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,63})$/;
const BYTES = /^0x[0-9a-fA-F]*$/;

/** Longest field accepted: event data, extra data and trie nodes are far shorter. */
const BYTES_MAX = 65_536;

const PLACES = 2 ** 31;

/** Parses a JSON-RPC quantity of at most 256 bits. @throws BAD_RESPONSE. @source Ethereum JSON-RPC, "Hex value encoding" */
export function parseQuantity(value: unknown, field: string): bigint {
  if (typeof value !== 'string' || !QUANTITY.test(value)) throw malformed(field, 'a quantity of at most 256 bits');
  return BigInt(value);
}

/** Parses a quantity that fits a safe integer. @throws BAD_RESPONSE. */
export function parseSmallQuantity(value: unknown, field: string): number {
  const number = Number(parseQuantity(value, field));
  if (!Number.isSafeInteger(number)) throw malformed(field, 'a quantity below 2^53');
  return number;
}

/**
 * Parses a place in a block, such as a log's: below 2^31, as aggregators take it and as their databases hold it. No block
 * comes near it.
 * @throws BAD_RESPONSE.
 */
export function parsePlace(value: unknown, field: string): number {
  const number = parseSmallQuantity(value, field);
  if (number >= PLACES) throw malformed(field, 'a quantity below 2^31');
  return number;
}

/** Parses bytes of an exact length, or of any length up to 65,536, as lower-case hex. @throws BAD_RESPONSE. */
export function parseBytes(value: unknown, field: string, length?: number): Hex {
  if (typeof value !== 'string' || value.length > 2 + 2 * BYTES_MAX || value.length % 2 !== 0 || !BYTES.test(value)) {
    throw malformed(field, `at most ${BYTES_MAX} bytes in hex`);
  }
  if (length !== undefined && value.length !== 2 + 2 * length) throw malformed(field, `${length} bytes in hex`);
  return value.toLowerCase() as Hex;
}

// These casts bypass the brands' constructors: the check above is the same, and repeating it takes five times as long
// over 100,000 logs.

/** Parses a 32-byte word. @throws BAD_RESPONSE. */
export function parseBytes32(value: unknown, field: string): Bytes32 {
  return parseBytes(value, field, 32) as Bytes32;
}

/** Parses a block hash. @throws BAD_RESPONSE. */
export function parseBlockHash(value: unknown, field: string): BlockHash {
  return parseBytes(value, field, 32) as BlockHash;
}

/** Parses a transaction hash. @throws BAD_RESPONSE. */
export function parseTxHash(value: unknown, field: string): TxHash {
  return parseBytes(value, field, 32) as TxHash;
}

/** Parses an address. @throws BAD_RESPONSE. */
export function parseAddressAnswer(value: unknown, field: string): Address {
  return parseBytes(value, field, 20) as Address;
}

/** Parses the output of a call as lower-case hex; only the limit on the whole response bounds it. @throws BAD_RESPONSE. */
export function parseOutput(value: unknown): Hex {
  if (typeof value !== 'string' || value.length % 2 !== 0 || !BYTES.test(value)) throw malformed('the output', 'hex');
  return value.toLowerCase() as Hex;
}

/** Parses a JSON object. @throws BAD_RESPONSE. */
export function parseObject(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(field, 'an object');
  return value as Readonly<Record<string, unknown>>;
}

/** Parses a JSON array of at most `lengthMax` items. @throws BAD_RESPONSE. */
export function parseArray(value: unknown, field: string, lengthMax: number): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(field, 'an array');
  if (value.length > lengthMax) throw malformed(field, `an array of at most ${lengthMax} items, not ${value.length}`);
  return value;
}

/** Builds the BAD_RESPONSE error for a field. */
export function malformed(field: string, expected: string): Error {
  return rpcError('BAD_RESPONSE', `${field} is malformed; expected ${expected}`);
}

/** Formats a JSON-RPC quantity. */
export function toQuantity(value: bigint): string {
  return `0x${value.toString(16)}`;
}
