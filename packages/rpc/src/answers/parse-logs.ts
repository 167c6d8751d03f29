import { type Bytes32, blockHeight } from '@surety/domain';
import type { ChainLog } from '@surety/workflows';
import { rpcError } from '../errors.js';
import {
  parseAddressAnswer,
  parseArray,
  parseBlockHash,
  parseBytes,
  parseBytes32,
  parseObject,
  parsePlace,
  parseQuantity,
  parseTxHash,
} from './rpc-values.js';

/** The query that the returned logs must match. */
export interface LogFilter {
  readonly address: string;
  readonly topics: readonly (Bytes32 | readonly Bytes32[] | null)[];
  readonly fromBlock: bigint;
  readonly toBlock: bigint;
}

/**
 * Parses logs and checks that they match the query: contract, topics, range, ascending, no duplicates.
 * @throws BAD_RESPONSE if malformed, BAD_LOGS if they do not match.
 */
export function parseLogs(result: unknown, filter: LogFilter, logsMax: number): ChainLog[] {
  const logs = parseArray(result, 'the logs', logsMax).map(parseLog);
  let previous: ChainLog | undefined;
  for (const log of logs) {
    const reason = findMismatch(log, filter) ?? findDisorder(log, previous);
    if (reason !== undefined) throw rpcError('BAD_LOGS', `a log at block ${log.blockHeight} ${reason}`);
    previous = log;
  }
  return logs;
}

function parseLog(value: unknown): ChainLog {
  const log = parseObject(value, 'a log');
  if (log['removed'] === true)
    throw rpcError('BAD_LOGS', 'a log of a dropped block was given; expected logs of the chain');
  return {
    address: parseAddressAnswer(log['address'], 'address'),
    topics: parseArray(log['topics'], 'topics', 4).map((topic) => parseBytes32(topic, 'a topic')),
    data: parseBytes(log['data'], 'data'),
    blockHeight: blockHeight(parseQuantity(log['blockNumber'], 'blockNumber')),
    blockHash: parseBlockHash(log['blockHash'], 'blockHash'),
    txHash: parseTxHash(log['transactionHash'], 'transactionHash'),
    logIndex: parsePlace(log['logIndex'], 'logIndex'),
  };
}

function findMismatch(log: ChainLog, filter: LogFilter): string | undefined {
  if (log.address !== filter.address) return 'is of another contract';
  if (log.blockHeight < filter.fromBlock || log.blockHeight > filter.toBlock) return 'lies outside the range asked';
  const wrong = filter.topics.some((wanted, at) => {
    const topic = log.topics[at];
    if (wanted === null) return false;
    return topic === undefined || (typeof wanted === 'string' ? wanted !== topic : !wanted.includes(topic));
  });
  return wrong ? 'has other topics' : undefined;
}

function findDisorder(log: ChainLog, previous: ChainLog | undefined): string | undefined {
  if (previous === undefined || log.blockHeight > previous.blockHeight) return undefined;
  if (log.blockHeight < previous.blockHeight) return 'is out of order';
  if (log.blockHash !== previous.blockHash) return 'names another block hash than the one before it';
  return log.logIndex > previous.logIndex ? undefined : 'is out of order or doubled';
}
