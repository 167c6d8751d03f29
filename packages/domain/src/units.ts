import { domainError } from './errors.js';
import { type Hex, hexToBytes } from './hex.js';

declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** An EIP-155 chain id; a count, so a number. */
export type ChainId = Brand<number, 'ChainId'>;
/** A block's number on its chain. */
export type BlockHeight = Brand<bigint, 'BlockHeight'>;
/** An amount in the smallest unit of one token. */
export type TokenUnits = Brand<bigint, 'TokenUnits'>;
/** A common value with 18 decimals. */
export type Wad = Brand<bigint, 'Wad'>;
/** Parts per million, 0 to 1,000,000. */
export type Ppm = Brand<bigint, 'Ppm'>;
/** Lower-case hash of a block. */
export type BlockHash = Brand<Hex, 'BlockHash'>;
/** Lower-case hash of a transaction. */
export type TxHash = Brand<Hex, 'TxHash'>;
/** Lower-case address of 20 bytes. */
export type Address = Brand<Hex, 'Address'>;
/** Lower-case word of 32 bytes: a head, an edge's name, an account. */
export type Bytes32 = Brand<Hex, 'Bytes32'>;

/** One WAD: the value 1 with 18 decimals. */
export const WAD = 10n ** 18n;
/** The whole, in parts per million. */
export const PPM = 1_000_000n;

/** Checks and brands a chain id. @throws OUT_OF_RANGE unless it is a safe integer above 0. */
export function chainId(value: number | bigint): ChainId {
  const id = Number(value);
  if (!Number.isSafeInteger(id) || id <= 0) {
    throw domainError('OUT_OF_RANGE', `${value} is not a chain id; expected an integer from 1 to 2^53 - 1`);
  }
  return id as ChainId;
}

/** Checks and brands a block height. @throws OUT_OF_RANGE unless it fits 64 bits. */
export function blockHeight(value: number | bigint): BlockHeight {
  return uint(BigInt(value), 64, 'block height') as BlockHeight;
}

/** Checks and brands an amount of token units. @throws OUT_OF_RANGE unless it fits 128 bits. */
export function tokenUnits(value: bigint): TokenUnits {
  return uint(value, 128, 'amount') as TokenUnits;
}

/** Checks and brands a WAD value. @throws OUT_OF_RANGE unless it fits 256 bits. */
export function wad(value: bigint): Wad {
  return uint(value, 256, 'value') as Wad;
}

/** Checks and brands parts per million. @throws OUT_OF_RANGE above 1,000,000. */
export function ppm(value: number | bigint): Ppm {
  const parts = BigInt(value);
  if (parts < 0n || parts > PPM) {
    throw domainError('OUT_OF_RANGE', `${value} ppm is not a share; expected 0 to 1000000`);
  }
  return parts as Ppm;
}

/** Checks and brands an address, in letters of any case: `readAddress` also checks a checksum. @throws BAD_HEX, BAD_LENGTH. */
export function address(text: string): Address {
  hexToBytes(text, 20);
  return text.toLowerCase() as Address;
}

/** Checks and brands a 32-byte word. @throws BAD_HEX, BAD_LENGTH. */
export function bytes32(text: string): Bytes32 {
  hexToBytes(text, 32);
  return text.toLowerCase() as Bytes32;
}

/** Returns an address left-padded to 32 bytes, as journals and bridges write it. */
export function paddedAddress(of: Address): Bytes32 {
  return `0x${'0'.repeat(24)}${of.slice(2).toLowerCase()}` as Hex as Bytes32;
}

/** Checks and brands a block hash. @throws BAD_HEX, BAD_LENGTH. */
export function blockHash(text: string): BlockHash {
  return bytes32(text) as Hex as BlockHash;
}

/** Checks and brands a transaction hash. @throws BAD_HEX, BAD_LENGTH. */
export function txHash(text: string): TxHash {
  return bytes32(text) as Hex as TxHash;
}

/** Returns floor(value * factor / divisor) for values that are not negative. @throws OUT_OF_RANGE for a divisor of 0. */
export function mulDivDown(value: bigint, factor: bigint, divisor: bigint): bigint {
  requireQuotient(value, factor, divisor);
  return (value * factor) / divisor;
}

/** Returns ceil(value * factor / divisor) for values that are not negative. @throws OUT_OF_RANGE for a divisor of 0. */
export function mulDivUp(value: bigint, factor: bigint, divisor: bigint): bigint {
  requireQuotient(value, factor, divisor);
  return (value * factor + divisor - 1n) / divisor;
}

/**
 * Checks that an integer fits an unsigned width.
 * @throws OUT_OF_RANGE with the name, the value and the range.
 */
export function uint(value: bigint, bits: number, name: string): bigint {
  if (value < 0n || value >> BigInt(bits) !== 0n) {
    throw domainError('OUT_OF_RANGE', `${name} ${value} is out of range; expected 0 to 2^${bits} - 1`, { name });
  }
  return value;
}

function requireQuotient(value: bigint, factor: bigint, divisor: bigint): void {
  if (value < 0n || factor < 0n || divisor <= 0n) {
    throw domainError(
      'OUT_OF_RANGE',
      `mulDiv(${value}, ${factor}, ${divisor}) is undefined; expected no negative factor and a divisor above 0`,
    );
  }
}
