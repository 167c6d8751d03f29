import { type Edge, edgeId } from './edge.js';
import { ENTRY_BYTES } from './entry.js';
import { domainError } from './errors.js';
import { type Keccak256, bytesToHex, concatBytes, hexToBytes } from './hex.js';
import { type Bytes32, bytes32 } from './units.js';

/** Entries between two cuts: every attested prefix applies in batches of at most this many. @source PROTOCOL section 1 */
export const CUT_LENGTH = 64n;

/** A position in a journal: `count` entries, committed to by `head`. */
export interface JournalPosition {
  readonly count: bigint;
  readonly head: Bytes32;
}

/** Returns the position of an empty journal: count 0 at head[0]. */
export function emptyJournal(edge: Edge, keccak256: Keccak256): JournalPosition {
  return { count: 0n, head: edgeId(edge, keccak256) };
}

/** Returns head[n] = keccak256(head[n-1] ‖ entry[n]) for one packed entry. @source PROTOCOL section 3 */
export function appendHead(head: Bytes32, packedEntry: Uint8Array, keccak256: Keccak256): Bytes32 {
  return bytes32(bytesToHex(keccak256(concatBytes(hexToBytes(head, 32), packedEntry))));
}

/**
 * Replays packed entries from a position and gives the head after each, in order.
 * Appending nothing gives no heads. @throws BAD_LENGTH unless `packed` is a multiple of 95 bytes.
 */
export function foldHeads(from: JournalPosition, packed: Uint8Array, keccak256: Keccak256): Bytes32[] {
  const heads: Bytes32[] = [];
  replay(from, packed, keccak256, (head) => heads.push(bytes32(bytesToHex(head))));
  return heads;
}

/** Returns the position after some packed entries. @throws BAD_LENGTH. */
export function foldJournal(from: JournalPosition, packed: Uint8Array, keccak256: Keccak256): JournalPosition {
  const { count, head } = replay(from, packed, keccak256, () => undefined);
  return { count, head: bytes32(bytesToHex(head)) };
}

/** Chains entry after entry in one buffer, head ‖ entry, without a text in between: a journal may hold millions. */
function replay(
  from: JournalPosition,
  packed: Uint8Array,
  keccak256: Keccak256,
  tell: (head: Uint8Array) => void,
): { count: bigint; head: Uint8Array } {
  if (packed.length % ENTRY_BYTES !== 0) {
    throw domainError(
      'BAD_LENGTH',
      `packed entries have ${packed.length} bytes; expected a multiple of ${ENTRY_BYTES}`,
    );
  }
  const preimage = new Uint8Array(32 + ENTRY_BYTES);
  let head = hexToBytes(from.head, 32);
  preimage.set(head);
  for (let at = 0; at < packed.length; at += ENTRY_BYTES) {
    preimage.set(packed.subarray(at, at + ENTRY_BYTES), 32);
    head = keccak256(preimage);
    preimage.set(head);
    tell(head);
  }
  return { count: from.count + BigInt(packed.length / ENTRY_BYTES), head };
}

/** Returns the cuts c with `after` < c ≤ `upTo`, ascending. */
export function cutsBetween(after: bigint, upTo: bigint): bigint[] {
  const cuts: bigint[] = [];
  for (let cut = after - (after % CUT_LENGTH) + CUT_LENGTH; cut <= upTo; cut += CUT_LENGTH) cuts.push(cut);
  return cuts;
}
