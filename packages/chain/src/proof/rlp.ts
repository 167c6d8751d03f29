import { concatBytes } from '@surety/domain';
import { chainError } from '../errors.js';

/** One RLP item with its exact bytes. @source Ethereum Yellow Paper, appendix B */
export type RlpItem =
  | { readonly kind: 'string'; readonly raw: Uint8Array; readonly payload: Uint8Array }
  | { readonly kind: 'list'; readonly raw: Uint8Array; readonly items: readonly RlpItem[] };

/** Deepest nesting that any header, account or trie node has, with room. */
const DEPTH_MAX = 16;

/** Reads exactly one canonical RLP item that fills all bytes. @throws BAD_RLP for any other encoding. */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  const item = readItem(bytes, 0, bytes.length, 0);
  if (item.raw.length !== bytes.length) {
    throw chainError(
      'BAD_RLP',
      `an item of ${item.raw.length} bytes is followed by ${bytes.length - item.raw.length} more; expected none`,
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

function readItem(bytes: Uint8Array, at: number, end: number, depth: number): RlpItem {
  const first = bytes[at];
  if (first === undefined || at >= end) throw broken('an item is missing');
  if (depth > DEPTH_MAX) throw broken(`lists are nested deeper than ${DEPTH_MAX}`);
  if (first < 0x80) return { kind: 'string', raw: bytes.subarray(at, at + 1), payload: bytes.subarray(at, at + 1) };
  const list = first >= 0xc0;
  const [start, length] = payloadRange(bytes, at, end, first - (list ? 0xc0 : 0x80));
  if (start + length > end) throw broken('an item reaches past its end');
  const raw = bytes.subarray(at, start + length);
  const payload = bytes.subarray(start, start + length);
  if (!list) {
    const [only] = payload;
    if (length === 1 && only !== undefined && only < 0x80) throw broken('a small byte has a length prefix');
    return { kind: 'string', raw, payload };
  }
  const items: RlpItem[] = [];
  for (let next = start; next < start + length;) {
    const item = readItem(bytes, next, start + length, depth + 1);
    items.push(item);
    next += item.raw.length;
  }
  return { kind: 'list', raw, items };
}

function payloadRange(
  bytes: Uint8Array,
  at: number,
  end: number,
  code: number,
): readonly [start: number, length: number] {
  if (code < 56) return [at + 1, code];
  const width = code - 55;
  if (width > 4 || at + 1 + width > end) throw broken('a length does not fit');
  if (bytes[at + 1] === 0) throw broken('a length has a leading zero');
  let length = 0;
  for (let offset = 1; offset <= width; offset++) length = length * 256 + (bytes[at + offset] ?? 0);
  if (length < 56) throw broken('a short length is written long');
  return [at + 1 + width, length];
}

function broken(what: string): Error {
  return chainError('BAD_RLP', `RLP is not canonical: ${what}`);
}
