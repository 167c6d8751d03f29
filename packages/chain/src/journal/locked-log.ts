import {
  type Bytes32,
  ENTRY_BYTES,
  ENTRY_KINDS,
  type Keccak256,
  asciiToBytes,
  bytes32,
  bytesToHex,
} from '@surety/domain';
import type { ChainLog } from '@surety/workflows';
import { chainError } from '../errors.js';

const LOCKED_EVENT = 'Locked(bytes32,uint64,uint16,bytes32,uint128,bytes32,uint96)';

/** Characters of the log's data: four words. */
const DATA_LENGTH = 2 + 4 * 64;

/** Gives topic 0 of the vault's lock event. @source ICollateralVault.sol, event Locked */
export function lockedTopic(keccak256: Keccak256): Bytes32 {
  return bytes32(bytesToHex(keccak256(asciiToBytes(LOCKED_EVENT))));
}

/** A lock as its log says it. */
export interface LockedEntry {
  /** Number in the journal's generation, from 1. */
  readonly index: bigint;
  /** 95 bytes. */
  readonly packed: Uint8Array;
}

/**
 * Rebuilds a journal entry from a lock's log by fixed positions: topics (event, edge, index, account), data (asset,
 * amount, party, fee). @throws BAD_LOGS if a field is wider than its type or the layout differs.
 */
export function decodeLockedLog(log: ChainLog): LockedEntry {
  const { data, topics } = log;
  const [, , index, account] = topics;
  if (index === undefined || account === undefined || topics.length !== 4 || data.length !== DATA_LENGTH) {
    throw chainError(
      'BAD_LOGS',
      `a lock's log at block ${log.blockHeight} has another layout; expected 4 topics and 4 words`,
    );
  }
  const hex =
    ENTRY_KINDS.LOCK.toString(16).padStart(2, '0') +
    narrow(data, 0, 2) +
    narrow(data, 1, 16) +
    account.slice(2) +
    narrow(data, 2, 32) +
    narrow(data, 3, 12);
  const packed = new Uint8Array(ENTRY_BYTES);
  packed.set(Buffer.from(hex, 'hex'));
  return { index: BigInt(`0x${narrow(index, 0, 8)}`), packed };
}

const ZEROS = '0'.repeat(64);

/** Gives the low bytes of a word and checks that the rest is 0. */
function narrow(hex: string, word: number, bytes: number): string {
  const end = 2 + 64 * (word + 1);
  const cut = end - 2 * bytes;
  if (hex.slice(end - 64, cut) !== ZEROS.slice(0, 64 - 2 * bytes)) {
    throw chainError('BAD_LOGS', `a lock's log holds a number wider than ${bytes} bytes`);
  }
  return hex.slice(cut, end);
}
