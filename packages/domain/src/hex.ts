import { domainError } from './errors.js';

/** Lower-case hexadecimal text with its `0x`. */
export type Hex = `0x${string}`;

/** keccak-256 of some bytes; passed in, so that the domain imports nothing. */
export type Keccak256 = (bytes: Uint8Array) => Uint8Array;

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Returns the lower-case hex text of some bytes. */
export function bytesToHex(bytes: Uint8Array): Hex {
  let text = '0x';
  for (const byte of bytes) text += DIGITS[byte] ?? '';
  return text as Hex;
}

/**
 * Returns the bytes of a hex text.
 * @throws BAD_HEX if the text has no `0x`, an odd length or another character; BAD_LENGTH if `length` is given and differs.
 */
export function hexToBytes(text: string, length?: number): Uint8Array {
  if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(text)) {
    throw domainError('BAD_HEX', `"${clip(text)}" is not hex; expected 0x and an even number of hex digits`);
  }
  const bytes = new Uint8Array((text.length - 2) >> 1);
  if (length !== undefined && bytes.length !== length) {
    throw domainError('BAD_LENGTH', `"${clip(text)}" has ${bytes.length} bytes; expected ${length}`);
  }
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = (nibbleOf(text.charCodeAt(2 + 2 * at)) << 4) | nibbleOf(text.charCodeAt(3 + 2 * at));
  }
  return bytes;
}

/** Returns the value of a hex digit by its character: 0 to 9 are 48 to 57, a to f are 97 to 102, and A to F 32 below them. */
function nibbleOf(code: number): number {
  return code < 58 ? code - 48 : (code | 32) - 87;
}

/** Joins byte arrays in order. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/**
 * Writes an unsigned integer as big-endian bytes of a fixed width.
 * @throws OUT_OF_RANGE if it is negative or does not fit.
 */
export function uintToBytes(value: bigint, width: number): Uint8Array {
  if (value < 0n || value >> BigInt(8 * width) !== 0n) {
    throw domainError('OUT_OF_RANGE', `${value} does not fit ${width} bytes; expected 0 to 2^${8 * width} - 1`);
  }
  const bytes = new Uint8Array(width);
  let rest = value;
  for (let at = width - 1; at >= 0; at--) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** Reads big-endian bytes as an unsigned integer; no bytes give 0. */
export function bytesToUint(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(bytesToHex(bytes));
}

/** Returns the bytes of an ASCII text. EIP-712 type strings contain nothing else. */
export function asciiToBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
