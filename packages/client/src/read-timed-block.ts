import type { BlockHash, Hex } from '@surety/domain';
import { type Reader, natural, record, word, u64 } from './reader.js';
import type { TimedBlockView } from './wire.js';

/** Reads the hash of a block. */
export const readBlockHash: Reader<BlockHash> = (value, path) => word(value, path) as Hex as BlockHash;

/** Reads a block with its time. */
export const readTimedBlock: Reader<TimedBlockView> = record<TimedBlockView>({
  chainId: natural,
  height: u64,
  hash: readBlockHash,
  timestamp: u64,
});
