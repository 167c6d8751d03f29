import {
  type Address,
  type BlockHeight,
  type Bytes32,
  type ChainId,
  type Hex,
  type TxHash,
  blockHash,
  bytes32,
} from '@surety/domain';
import {
  CallBudget,
  type Operation,
  type ProviderConfig,
  RpcProvider,
  malformed,
  parseObject,
  parseQuantity,
  quorumSize,
} from '@surety/rpc';
import type { Clock, FoundStatement, Observer, OwnStatementSource } from '@surety/workflows';
import { parseAbi, toFunctionSelector } from 'viem';
import { chainError } from './errors.js';
import { LogReader } from './journal/log-reader.js';
import { type ChainLimits, DEFAULT_LIMITS } from './limits.js';

/**
 * Transactions searched: with 9 of 13 signatures in each, one attester is missing from all 24 with a probability of
 * 10^-12.
 */
const TRANSACTIONS_MAX = 24;

/** Log ranges read backwards from the newest block: of 2,000 blocks each, 18 days of Ethereum. */
const RANGES_MAX = 64;

/** Calls that find the transactions at one provider: twice the ranges, since a refused range takes several. */
const SEARCH_CALLS_MAX = 2 * RANGES_MAX;

/**
 * Hex digits of an input that are searched: nodes accept transactions of 128 KiB, but a liar's response may be much
 * longer.
 */
const INPUT_DIGITS_MAX = 2 * 1024 * 1024;

/** Statements of one edge taken from one transaction: a batch holds one of each edge. */
const STATEMENTS_MAX = 64;

/** Bytes of the signatures of the largest attester set. @source PROTOCOL section 5 */
const SIGNATURES_BYTES_MAX = 31 * 65;

/** Milliseconds for the remaining providers once a quorum has answered: an honest one searches in a few seconds. */
const GRACE_MS = 30_000;

/** Bytes of a word, and words of a statement. */
const [WORD, STATEMENT_WORDS] = [32, 8];

/** Every function of ledger and vault that takes a signed statement. @source interfaces of both */
export const STATEMENT_FUNCTIONS = parseAbi([
  'struct JournalHead { bytes32 edge; uint64 count; uint64 tip; bytes32 head; uint64 blockNumber; bytes32 blockHash; uint64 asOf; uint32 epoch; }',
  'function applyEntries(uint16 source, uint64 from, bytes entries, uint64[] marks, JournalHead statement, bytes sigs, bytes32 feeTo)',
  'function applyReleases(uint64 from, bytes entries, uint64[] marks, JournalHead statement, bytes sigs)',
  'function refresh(JournalHead[] statements, bytes[] sigs)',
  'function refresh(JournalHead statement, bytes sigs)',
  'function rewind(uint16 source, JournalHead point, bytes sigs)',
  'function rewind(JournalHead point, bytes sigs)',
  'function holdForRewind(uint16 source, JournalHead point, bytes sigs, bytes32 predecessor, bytes32 salt)',
  'function holdForRewind(JournalHead point, bytes sigs, bytes32 predecessor, bytes32 salt)',
]);

/** The replica to search, and its chain's providers. */
export interface SubmittedStatementsOptions {
  readonly chainId: ChainId;
  readonly providers: readonly ProviderConfig[];
  /** The contract that holds the replica. */
  readonly replica: Address;
  /** The block of its deployment, below which nothing is read. */
  readonly fromBlock: BlockHeight;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly limits?: Partial<ChainLimits>;
}

/**
 * Reads signed statements out of the newest transactions that a replica accepted, the newest block included: a
 * signature proves itself, final or not. All providers are asked, and at least a quorum must respond, so that a few
 * cannot hide statements. The others have a while longer, so that one of them that is slow holds nobody up; what it
 * finds later comes as late. Each has its own calls to spend, so that none cuts the search short at another, and one whose
 * calls run out before its search is done has not answered. Calls inside other calls are found wherever their bytes are
 * in a transaction's input. The search is bounded, so older statements are not found.
 */
export function openSubmittedStatements(options: SubmittedStatementsOptions): OwnStatementSource {
  const { chainId, clock, observer } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const providers = options.providers.map((config) => new RpcProvider(config, { chainId, clock, observer, limits }));
  const logs = new LogReader({ chainId, limits, observer });
  return {
    kind: 'destination',
    name: `chain ${chainId}`,
    async read({ edge, after }, signal, onLate) {
      const stop = new AbortController();
      const end = (): void => stop.abort(ENDED);
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      const searches = providers.map(async (provider) => {
        const found = await readFrom({ provider, logs, options, edge, signal: stop.signal });
        return found.filter(({ statement }) => statement.count > after);
      });
      void Promise.allSettled(searches).then(() => signal.removeEventListener('abort', end));
      const wanted = quorumSize(providers.length);
      const { given, waiting } = await collectAnswers(searches, { wanted, clock });
      if (given.length < wanted) {
        end();
        throw chainError(
          'UNAVAILABLE',
          `${given.length} of ${providers.length} providers of chain ${chainId} told what ${options.replica} accepted; expected ${wanted}`,
        );
      }
      // Whoever fails past a quorum has shown nothing.
      for (const search of waiting) onLate?.(search.catch(() => []));
      return given.flat();
    },
  };
}

/** Ends the searches. An abort without a reason makes an error with a stack each time. */
const ENDED = new Error('the search has ended');

/** Resolves once all have answered or failed, a while after as many as wanted have answered, or once so many cannot any more. */
async function collectAnswers<Answer>(
  searches: readonly Promise<Answer>[],
  { wanted, clock }: { readonly wanted: number; readonly clock: Clock },
): Promise<{ readonly given: readonly Answer[]; readonly waiting: readonly Promise<Answer>[] }> {
  const given: Answer[] = [];
  const waiting = new Set(searches);
  const over = new AbortController();
  await new Promise<void>((resolve) => {
    if (waiting.size === 0) resolve();
    const note = (search: Promise<Answer>): void => {
      waiting.delete(search);
      if (waiting.size === 0 || given.length + waiting.size < wanted) resolve();
    };
    for (const search of searches) {
      search.then(
        (answer) => {
          given.push(answer);
          if (given.length === wanted) void clock.sleep(GRACE_MS, over.signal).then(resolve);
          note(search);
        },
        () => note(search),
      );
    }
  });
  over.abort(ENDED);
  return { given: [...given], waiting: [...waiting] };
}

interface Search {
  readonly provider: RpcProvider;
  readonly logs: LogReader;
  readonly options: SubmittedStatementsOptions;
  readonly edge: Bytes32;
  readonly signal: AbortSignal | undefined;
}

/** @throws CALL_LIMIT if the provider's calls run out, and what its calls throw: half a search is no answer. */
async function readFrom(search: Search): Promise<readonly FoundStatement[]> {
  const { provider, edge } = search;
  const hashes = await findTransactions(search);
  const operation = opening(search, 'a read of own statements', 2 * TRANSACTIONS_MAX);
  const found: FoundStatement[] = [];
  for (const hash of hashes) {
    const input = await provider.call({
      method: 'eth_getTransactionByHash',
      params: [hash],
      // A node may have dropped the transaction meanwhile.
      parse: (result) => (result === null ? '0x' : inputOf(parseObject(result, 'a transaction')['input'])),
      ...operation,
    });
    found.push(...decodeStatements(input, edge));
  }
  return found;
}

/** The chain id may have to be proved again before a call. */
function opening({ options, signal }: Search, name: string, callsMax: number): Operation {
  return { budget: new CallBudget(`${name} on chain ${options.chainId}`, callsMax), signal };
}

/** Anyone may send a long transaction: one too long to search must not make the whole read fail. */
function inputOf(value: unknown): Hex {
  if (typeof value !== 'string') throw malformed('input', 'bytes in hex');
  const part = value.slice(0, 2 + INPUT_DIGITS_MAX);
  if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(part)) throw malformed('input', 'bytes in hex');
  return part.toLowerCase() as Hex;
}

/** Returns the newest transactions in which the replica logged the edge, searching backwards range by range. */
async function findTransactions(search: Search): Promise<readonly TxHash[]> {
  const { provider, logs, options, edge } = search;
  const { replica, fromBlock } = options;
  const operation = opening(search, 'a search for own statements', SEARCH_CALLS_MAX);
  const newest = await provider.call({
    method: 'eth_blockNumber',
    params: [],
    parse: (result) => parseQuantity(result, 'eth_blockNumber'),
    ...operation,
  });
  const hashes = new Set<TxHash>();
  let toBlock = newest;
  for (let range = 0; range < RANGES_MAX && toBlock >= fromBlock && hashes.size < TRANSACTIONS_MAX; range++) {
    const first = toBlock - BigInt(logs.spanOf(provider)) + 1n;
    const start = first > fromBlock ? first : fromBlock;
    const filter = { address: replica, topics: [null, edge], fromBlock: start, toBlock };
    const seen = await logs.read(provider, filter, operation);
    for (const { txHash } of seen.toReversed()) if (hashes.size < TRANSACTIONS_MAX) hashes.add(txHash);
    toBlock = start - 1n;
  }
  return [...hashes];
}

/**
 * Returns the signed statements of an edge that a transaction's input holds, wherever the calls are within it, at most
 * 64. Reads words at fixed offsets: an ABI decoder would process the rest of the input at each look-alike.
 * @param input hex of whole bytes
 */
export function decodeStatements(input: Hex, edge: Bytes32): readonly FoundStatement[] {
  const found: FoundStatement[] = [];
  for (const item of STATEMENT_FUNCTIONS) {
    const selector = toFunctionSelector(item).slice(2);
    const place = item.inputs.findIndex(({ type }) => type.startsWith('tuple'));
    const isList = item.inputs[place]?.type === 'tuple[]';
    for (let at = input.indexOf(selector, 2); at !== -1; at = input.indexOf(selector, at + 1)) {
      if (at % 2 !== 0) continue;
      const words = new WordReader(input, at + selector.length);
      found.push(...(isList ? pairsOf(words, edge) : pairOf(words, { edge, place, base: 0 })));
      if (found.length >= STATEMENTS_MAX) return found.slice(0, STATEMENTS_MAX);
    }
  }
  return found;
}

/** The words of a call's arguments by byte offset; offsets outside read as undefined. */
class WordReader {
  readonly #input: Hex;
  readonly #start: number;

  constructor(input: Hex, start: number) {
    this.#input = input;
    this.#start = start;
  }

  hex(offset: number, bytes = WORD): Hex | undefined {
    const from = this.#start + 2 * offset;
    return from + 2 * bytes > this.#input.length ? undefined : `0x${this.#input.slice(from, from + 2 * bytes)}`;
  }

  /** A number below 2^bits. */
  uint(offset: number, bits: number): bigint | undefined {
    const word = this.hex(offset);
    const value = word === undefined ? undefined : BigInt(word);
    return value === undefined || value >> BigInt(bits) > 0n ? undefined : value;
  }

  /** Returns the position that an offset stored in a word points to. */
  follow(offset: number, base: number): number | undefined {
    const to = this.uint(offset, 32);
    return to === undefined ? undefined : base + Number(to);
  }

  /** Length-prefixed bytes; undefined if they exceed the signatures of a set. */
  signatures(offset: number | undefined): Hex | undefined {
    const length = offset === undefined ? undefined : this.uint(offset, 16);
    if (offset === undefined || length === undefined || length > SIGNATURES_BYTES_MAX) return undefined;
    return this.hex(offset + WORD, Number(length));
  }
}

interface PairPlace {
  readonly edge: Bytes32;
  /** Offset of the statement; the next word points to its signatures. */
  readonly place: number;
  readonly base: number;
}

function pairOf(words: WordReader, { edge, place, base }: PairPlace): FoundStatement[] {
  const at = base + place * WORD;
  const statement = statementOf(words, at, edge);
  if (statement === undefined) return [];
  const signatures = words.signatures(words.follow(at + STATEMENT_WORDS * WORD, base));
  return signatures === undefined ? [] : [{ statement, signatures }];
}

function pairsOf(words: WordReader, edge: Bytes32): FoundStatement[] {
  const [statements, signed] = [words.follow(0, 0), words.follow(WORD, 0)];
  if (statements === undefined || signed === undefined) return [];
  const count = words.uint(statements, 16) ?? 0n;
  const found: FoundStatement[] = [];
  for (let at = 0; at < Math.min(Number(count), STATEMENTS_MAX); at++) {
    const statement = statementOf(words, statements + WORD + at * STATEMENT_WORDS * WORD, edge);
    if (statement === undefined) continue;
    const signatures = words.signatures(words.follow(signed + WORD + at * WORD, signed + WORD));
    if (signatures !== undefined) found.push({ statement, signatures });
  }
  return found;
}

function statementOf(words: WordReader, at: number, edge: Bytes32): FoundStatement['statement'] | undefined {
  if (words.hex(at) !== edge) return undefined;
  const [count, tip] = [words.uint(at + WORD, 64), words.uint(at + 2 * WORD, 64)];
  const [head, hash] = [words.hex(at + 3 * WORD), words.hex(at + 5 * WORD)];
  const [blockNumber, asOf] = [words.uint(at + 4 * WORD, 64), words.uint(at + 6 * WORD, 64)];
  const epoch = words.uint(at + 7 * WORD, 32);
  if (count === undefined || tip === undefined || head === undefined || hash === undefined) return undefined;
  if (blockNumber === undefined || asOf === undefined || epoch === undefined) return undefined;
  const blockName = blockHash(hash);
  return { edge, count, tip, head: bytes32(head), blockNumber, blockHash: blockName, asOf, epoch: Number(epoch) };
}
