import { keccak256 } from '@surety/contracts';
import { type Bytes32, ENTRY_BYTES, type Hex, type JournalPosition, bytesToHex, foldHeads } from '@surety/domain';

/** Consecutive entries of a journal that one call takes. */
export interface RunChunk {
  readonly after: JournalPosition;
  /** 95 bytes each. */
  readonly entries: Hex;
}

/** A head that the vault is to keep, so that a call may end there. @source IVaultExit.markExit */
export interface ExitMark {
  /** First name of the edge. */
  readonly edge: Bytes32;
  readonly count: bigint;
  readonly head: Bytes32;
  /** Entries from `count` to a known head. */
  readonly entries: Hex;
}

/** Cuts packed entries into chunks of `most`, the first one shorter: chunks are counted from the end, where the head is known. */
export function cutRun(after: JournalPosition, packed: Uint8Array, most: number): RunChunk[] {
  const length = packed.length / ENTRY_BYTES;
  const heads = [after.head, ...foldHeads(after, packed, keccak256)];
  const chunks: RunChunk[] = [];
  for (let end = length; end > 0; end -= most) {
    const start = Math.max(0, end - most);
    chunks.unshift({
      after: { count: after.count + BigInt(start), head: heads[start] as Bytes32 },
      entries: bytesToHex(packed.subarray(start * ENTRY_BYTES, end * ENTRY_BYTES)),
    });
  }
  return chunks;
}

/** Returns the marks between chunks, the last one first: each leads to a head that is known by then. */
export function marksBetween(edge: Bytes32, chunks: readonly RunChunk[]): ExitMark[] {
  return chunks
    .slice(1)
    .map(({ after, entries }) => ({ edge, ...after, entries }))
    .toReversed();
}
