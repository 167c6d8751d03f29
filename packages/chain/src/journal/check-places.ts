import type { BlockHeight, Keccak256 } from '@surety/domain';
import { type ChainBlock, type Operation, bloomMayHold } from '@surety/rpc';
import type { ChainLog } from '@surety/workflows';
import type { FinalBlockRecord } from '../halt/final-block-record.js';
import type { FinalReader } from '../finality/final-reader.js';

/** Concurrent block requests, so that a frame with many locations leaves room for other calls. */
const AT_ONCE = 16;

/** Returns the distinct heights of the blocks that hold the logs. */
export function heightsOf(logs: readonly ChainLog[]): readonly BlockHeight[] {
  return [...new Set(logs.map(({ blockHeight }) => blockHeight))];
}

/**
 * Compares the block that each log names with the quorum's blocks: the hash must match, and the header's bloom filter must
 * contain the log. A log therefore cannot be moved to another block; only its transaction and index are unchecked. Returns the
 * reason of the first difference, or undefined. Caches final blocks.
 * @throws NO_QUORUM, HALTED.
 */
export async function findFalsePlace(
  logs: readonly ChainLog[],
  context: { finals: FinalReader; blockRecord: FinalBlockRecord; operation: Operation; keccak256: Keccak256 },
): Promise<string | undefined> {
  const { finals, blockRecord, operation, keccak256 } = context;
  const heights = heightsOf(logs);
  const blocks = new Map<bigint, ChainBlock>();
  for (let at = 0; at < heights.length; at += AT_ONCE) {
    const part = heights.slice(at, at + AT_ONCE).map((height) => finals.recallAgreed(height, operation));
    for (const block of await Promise.all(part)) blocks.set(block.height, block);
  }
  const tip = blockRecord.tip()?.height ?? -1n;
  await blockRecord.accept([...blocks.values()].filter((block) => block.height <= tip));
  for (const log of logs) {
    const block = blocks.get(log.blockHeight);
    if (block?.hash !== log.blockHash) {
      return `a log names block ${log.blockHeight} as ${log.blockHash}; the quorum says ${block?.hash}`;
    }
    if (!bloomMayHold(block.logsBloom, log, keccak256))
      return `block ${log.blockHeight} does not hold a log that is said to be in it`;
  }
  return undefined;
}
