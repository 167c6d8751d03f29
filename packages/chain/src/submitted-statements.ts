import {
  type Address,
  type BlockHeight,
  type Bytes32,
  type ChainId,
  type Hex,
  type TxHash,
  blockHash,
} from '@surety/domain';
import type { Clock, FoundStatement, Observer, OwnStatementSource } from '@surety/workflows';
import { type Abi, decodeFunctionData, parseAbi, toFunctionSelector } from 'viem';
import { chainError } from './errors.js';
import { LogReader } from './journal/log-reader.js';
import { type ChainLimits, DEFAULT_LIMITS } from './limits.js';
import type { Operation } from './quorum/final-reader.js';
import { quorumSize } from './quorum/quorum-size.js';
import { CallBudget } from './rpc/call-budget.js';
import { type ProviderConfig, RpcProvider } from './rpc/rpc-provider.js';
import { parseBytes, parseObject, parseQuantity } from './rpc/rpc-values.js';

/** Transactions looked into: with 9 of 13 signatures in each, one attester's is missing in all 24 once in 10^12 times. */
const TRANSACTIONS_MAX = 24;

/** Ranges of logs read backwards from the newest block: of 2,000 blocks each, 18 days of Ethereum. */
const RANGES_MAX = 64;

/** Every function of ledger and vault that takes a signed statement. @source interfaces of both */
export const STATEMENT_FUNCTIONS = parseAbi([
  'struct JournalHead { bytes32 edge; uint64 count; uint64 tip; bytes32 head; uint64 blockNumber; bytes32 blockHash; uint64 asOf; uint32 epoch; }',
  'function applyEntries(uint16 source, uint64 from, bytes entries, uint64[] marks, JournalHead statement, bytes sigs, bytes32 feeTo)',
  'function applyReleases(uint64 from, bytes entries, uint64[] marks, JournalHead statement, bytes sigs)',
  'function refresh(JournalHead[] statements, bytes[] sigs)',
  'function refresh(JournalHead statement, bytes sigs)',
]);

/** Where a replica stands and who is asked. */
export interface SubmittedStatementsOptions {
  readonly chainId: ChainId;
  readonly providers: readonly ProviderConfig[];
  /** The contract that holds the replica. */
  readonly replica: Address;
  /** The block of its deployment; nothing below it is asked for. */
  readonly fromBlock: BlockHeight;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly limits?: Partial<ChainLimits>;
}

/**
 * Reads signed statements out of the newest transactions that a replica accepted, the newest block included: a signature
 * proves itself, final or not. Every provider is asked, and at least the quorum's number must answer, so that a few cannot
 * hide them. Calls inside other calls are found wherever their bytes stand in a transaction's input. Bounded; what lies
 * further back is not seen.
 */
export function openSubmittedStatements(options: SubmittedStatementsOptions): OwnStatementSource {
  const { chainId, clock, observer } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const providers = options.providers.map((config) => new RpcProvider(config, { chainId, clock, observer, limits }));
  const logs = new LogReader({ chainId, limits, observer });
  return {
    kind: 'destination',
    name: `chain ${chainId}`,
    async read({ edge, after }, signal) {
      const operation = {
        budget: new CallBudget(`a search for own statements on chain ${chainId}`, RANGES_MAX + TRANSACTIONS_MAX + 8),
        signal,
      };
      const answers = await Promise.allSettled(
        providers.map((provider) => readFrom({ provider, logs, options, edge, operation })),
      );
      const given = answers.filter((answer) => answer.status === 'fulfilled');
      const wanted = quorumSize(providers.length);
      if (given.length < wanted) {
        throw chainError(
          'UNAVAILABLE',
          `${given.length} of ${providers.length} providers of chain ${chainId} told what ${options.replica} accepted; expected ${wanted}`,
        );
      }
      const found = given.flatMap(({ value }) => value);
      return found.filter(({ statement }) => statement.edge === edge && statement.count > after);
    },
  };
}

interface Search {
  readonly provider: RpcProvider;
  readonly logs: LogReader;
  readonly options: SubmittedStatementsOptions;
  readonly edge: Bytes32;
  readonly operation: Operation;
}

async function readFrom(search: Search): Promise<readonly FoundStatement[]> {
  const { provider, operation } = search;
  const hashes = await findTransactions(search);
  const found: FoundStatement[] = [];
  for (const hash of hashes) {
    const input = await provider.call({
      method: 'eth_getTransactionByHash',
      params: [hash],
      // A node may have dropped the transaction meanwhile.
      parse: (result) => (result === null ? '0x' : parseBytes(parseObject(result, 'a transaction')['input'], 'input')),
      ...operation,
    });
    found.push(...decodeStatements(input));
  }
  return found;
}

/** Gives the newest transactions in which the replica told of the edge, range by range backwards. */
async function findTransactions({ provider, logs, options, edge, operation }: Search): Promise<readonly TxHash[]> {
  const { replica, fromBlock } = options;
  const newest = await provider.call({
    method: 'eth_blockNumber',
    params: [],
    parse: (result) => parseQuantity(result, 'eth_blockNumber'),
    ...operation,
  });
  const hashes = new Set<TxHash>();
  let toBlock = newest;
  for (let range = 0; range < RANGES_MAX && toBlock >= fromBlock && hashes.size < TRANSACTIONS_MAX; range++) {
    if (operation.budget.left() <= TRANSACTIONS_MAX) break;
    const first = toBlock - BigInt(logs.spanOf(provider)) + 1n;
    const start = first > fromBlock ? first : fromBlock;
    const filter = { address: replica, topics: [null, edge], fromBlock: start, toBlock };
    const seen = await logs.read(provider, filter, operation);
    for (const { txHash } of seen.toReversed()) if (hashes.size < TRANSACTIONS_MAX) hashes.add(txHash);
    toBlock = start - 1n;
  }
  return [...hashes];
}

/** Gives every signed statement that a transaction's input holds, wherever in it the call stands. @param input hex of whole bytes */
export function decodeStatements(input: Hex): readonly FoundStatement[] {
  return STATEMENT_FUNCTIONS.flatMap((item) => {
    const found: FoundStatement[] = [];
    const selector = toFunctionSelector(item).slice(2);
    for (let at = input.indexOf(selector, 2); at !== -1; at = input.indexOf(selector, at + 1)) {
      if (at % 2 === 0) found.push(...decodeCall(item, `0x${input.slice(at)}`));
    }
    return found;
  });
}

type StatementTuple = Omit<FoundStatement['statement'], 'blockHash' | 'epoch'> & { blockHash: Hex; epoch: number };

/** Decodes one call; bytes that only look like one give nothing. */
function decodeCall(item: (typeof STATEMENT_FUNCTIONS)[number], data: Hex): readonly FoundStatement[] {
  let args: readonly unknown[];
  try {
    args = decodeFunctionData({ abi: [item] as Abi, data }).args ?? [];
  } catch {
    return [];
  }
  const at = item.inputs.findIndex(({ type }) => type.startsWith('tuple'));
  const [statements, signatures] = [args[at], args[at + 1]];
  const pairs = Array.isArray(statements)
    ? (statements as StatementTuple[]).map((statement, index) => ({
        statement,
        signatures: (signatures as Hex[])[index],
      }))
    : [{ statement: statements as StatementTuple, signatures: signatures as Hex }];
  return pairs.flatMap(({ statement, signatures: signed }) =>
    signed === undefined
      ? []
      : [{ statement: { ...statement, blockHash: blockHash(statement.blockHash) }, signatures: signed }],
  );
}
