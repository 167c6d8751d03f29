import { concatBytes } from '../hex.js';
import { proofError } from './proof-error.js';

/** One RLP item with its exact bytes. @source Ethereum Yellow Paper, appendix B */
export type RlpItem =
  | { readonly kind: 'string'; readonly raw: Uint8Array; readonly payload: Uint8Array }
  | { readonly kind: 'list'; readonly raw: Uint8Array; readonly items: readonly RlpItem[] };

/**
 * A string as an offset and length in the surrounding bytes. Most of a branch node's seventeen items are only skipped,
 * so nothing is copied until it is needed.
 */
class PlacedString {
  readonly kind = 'string';
  readonly #bytes: Uint8Array;
  readonly #at: number;
  readonly #start: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at: number, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#start = start;
    this.end = end;
  }

  get raw(): Uint8Array {
    return this.#bytes.subarray(this.#at, this.end);
  }

  get payload(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.end);
  }
}

/** A list and the offset after it. */
interface PlacedList {
  readonly kind: 'list';
  readonly raw: Uint8Array;
  readonly items: readonly RlpItem[];
  readonly end: number;
}

/** Nesting limit, above that of any header, account or trie node. */
const DEPTH_MAX = 16;

/** Reads exactly one canonical RLP item that fills all bytes. @throws BAD_RLP for any other encoding. */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  const item = readItem(bytes, 0, bytes.length, 0);
  if (item.end !== bytes.length) {
    throw proofError(
      'BAD_RLP',
      `an item of ${item.end} bytes is followed by ${bytes.length - item.end} more; expected none`,
    );
  }
  return item;
}

/** Writes bytes as an RLP string. */
export function encodeRlpString(bytes: Uint8Array): Uint8Array {
  const [first] = bytes;
  if (bytes.length === 1 && first !== undefined && first < 0x80) return bytes;
  return concatBytes(lengthPrefix(0x80, bytes.length), bytes);
}

/** Writes encoded items as an RLP list. */
export function encodeRlpList(items: readonly Uint8Array[]): Uint8Array {
  const payload = concatBytes(...items);
  return concatBytes(lengthPrefix(0xc0, payload.length), payload);
}

function lengthPrefix(offset: number, length: number): Uint8Array {
  if (length < 56) return Uint8Array.of(offset + length);
  const width: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) width.unshift(rest % 256);
  return Uint8Array.of(offset + 55 + width.length, ...width);
}

function readItem(bytes: Uint8Array, at: number, end: number, depth: number): PlacedString | PlacedList {
  const first = bytes[at];
  if (first === undefined || at >= end) throw broken('an item is missing');
  if (depth > DEPTH_MAX) throw broken(`lists are nested deeper than ${DEPTH_MAX}`);
  if (first < 0x80) return new PlacedString(bytes, at, at, at + 1);
  const list = first >= 0xc0;
  const code = first - (list ? 0xc0 : 0x80);
  const width = code < 56 ? 0 : code - 55;
  const length = width === 0 ? code : readLength(bytes, at, end, width);
  const start = at + 1 + width;
  const after = start + length;
  if (after > end) throw broken('an item reaches past its end');
  if (!list) {
    if (length === 1 && (bytes[start] ?? 0) < 0x80) throw broken('a small byte has a length prefix');
    return new PlacedString(bytes, at, start, after);
  }
  const items: RlpItem[] = [];
  for (let next = start; next < after;) {
    const item = readItem(bytes, next, after, depth + 1);
    items.push(item);
    next = item.end;
  }
  return { kind: 'list', raw: bytes.subarray(at, after), items, end: after };
}

function readLength(bytes: Uint8Array, at: number, end: number, width: number): number {
  if (width > 4 || at + 1 + width > end) throw broken('a length does not fit');
  if (bytes[at + 1] === 0) throw broken('a length has a leading zero');
  let length = 0;
  for (let offset = 1; offset <= width; offset++) length = length * 256 + (bytes[at + offset] ?? 0);
  if (length < 56) throw broken('a short length is written long');
  return length;
}

function broken(what: string): Error {
  return proofError('BAD_RLP', `RLP is not canonical: ${what}`);
}
