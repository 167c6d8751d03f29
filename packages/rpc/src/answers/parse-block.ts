import {
  type BlockHash,
  type BlockHeight,
  type Bytes32,
  type Keccak256,
  blockHeight,
  hexToBytes,
} from '@surety/domain';
import { rpcError } from '../errors.js';
import { hashHeader } from '../proof/header-hash.js';
import { parseBlockHash, parseBytes, parseBytes32, parseObject, parseQuantity } from './rpc-values.js';

/** A block whose header has been checked against its hash. */
export interface ChainBlock {
  readonly height: BlockHeight;
  readonly hash: BlockHash;
  readonly parentHash: BlockHash;
  readonly stateRoot: Bytes32;
  /** Seconds. */
  readonly timestamp: bigint;
  /** Bloom filter of the block's logs: false for a log means that the block cannot hold it. */
  readonly logsBloom: Uint8Array;
}

/**
 * Parses a block and recomputes its hash from its header.
 * @throws UNKNOWN_BLOCK for null, BAD_HEADER if the hash differs, WRONG_BLOCK if another height was requested,
 * BAD_RESPONSE.
 */
export function parseBlock(result: unknown, keccak256: Keccak256, heightAsked?: bigint): ChainBlock {
  if (result === null) {
    throw rpcError(
      'UNKNOWN_BLOCK',
      `the provider does not know block ${heightAsked ?? 'of that tag'}; it lags or dropped it`,
    );
  }
  const header = parseObject(result, 'the block');
  const stated = parseBlockHash(header['hash'], 'hash');
  const computed = hashHeader(header, keccak256);
  if (computed !== stated) {
    throw rpcError(
      'BAD_HEADER',
      `the header hashes to ${computed}, not to the stated ${stated}; a field of it was changed`,
    );
  }
  const height = parseQuantity(header['number'], 'number');
  if (heightAsked !== undefined && height !== heightAsked) {
    throw rpcError('WRONG_BLOCK', `block ${height} was given; expected block ${heightAsked}`);
  }
  return {
    height: blockHeight(height),
    hash: stated,
    parentHash: parseBlockHash(header['parentHash'], 'parentHash'),
    stateRoot: parseBytes32(header['stateRoot'], 'stateRoot'),
    timestamp: parseQuantity(header['timestamp'], 'timestamp'),
    logsBloom: hexToBytes(parseBytes(header['logsBloom'], 'logsBloom', 256)),
  };
}
