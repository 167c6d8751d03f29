import { keccak256 } from '@surety/contracts';
import { type Address, AppError, type Bytes32, type Hex } from '@surety/domain';
import {
  type BlockCall,
  CallBudget,
  type ChainBlock,
  JoinedCalls,
  ProviderRotation,
  type RpcCall,
  type RpcProvider,
  askQuorum,
  callAgreed,
  parseBlock,
  parseLogs,
  parseObject,
  parseOutput,
  quorumSize,
  rpcError,
  toQuantity,
} from '@surety/rpc';
import type { ChainLog } from '@surety/workflows';

/** A call that may revert, sent by an address. */
export interface TriedCall extends BlockCall {
  readonly from: Address;
}

/** The outcome of a call that may revert. */
export type TriedAnswer =
  { readonly kind: 'returned'; readonly output: Hex } | { readonly kind: 'reverted'; readonly reason: Hex };

/** The question to one provider, with its time limit. */
type Question<Result> = Omit<RpcCall<Result>, 'budget' | 'signal'>;

/** Blocks past the newest final one that are looked through for what was merely seen. */
const SEEN_BLOCKS_MAX = 2_000n;

/** Logs taken of what was merely seen. */
const SEEN_LOGS_MAX = 4_096;

/** Calls of one question at one provider: the question, and the four with which a provider that was refused proves itself again. */
const CALLS_MAX = 8;

/** Asks contracts of one chain at a named block: all providers, where an answer counts only if a quorum gives it, or one. */
export class QuorumCaller {
  readonly #providers: readonly RpcProvider[];
  readonly #quorum: number;
  readonly #rotation: ProviderRotation;
  readonly #joined: JoinedCalls;

  constructor(providers: readonly RpcProvider[]) {
    this.#providers = providers;
    this.#quorum = quorumSize(providers.length);
    this.#rotation = new ProviderRotation(providers, providers.length - this.#quorum);
    this.#joined = new JoinedCalls((call, signal) => {
      const budget = new CallBudget('a call', CALLS_MAX);
      return callAgreed(call, { providers, quorum: this.#quorum, budget, signal });
    });
  }

  /**
   * Returns the bytes that at least two thirds of the configured providers answer, as soon as they do. Calls of one turn are asked together.
   * @throws NO_QUORUM (retryable).
   */
  callAgreed(call: BlockCall, signal?: AbortSignal): Promise<Hex> {
    return this.#joined.call(call, signal);
  }

  /** Returns whether at least two thirds of the configured providers say a call returns, or reverts with the same reason. @throws NO_QUORUM (retryable). */
  tryAgreed({ from, to, input, blockHash }: TriedCall, signal?: AbortSignal): Promise<TriedAnswer> {
    const question: Question<TriedAnswer> = {
      method: 'eth_call',
      params: [{ from, to, data: input }, { blockHash }],
      parse: (result) => ({ kind: 'returned', output: parseOutput(result) }),
      refused: ({ context: { payload } }) =>
        typeof payload === 'string' ? { kind: 'reverted', reason: payload as Hex } : undefined,
    };
    const budget = new CallBudget('a trial call', CALLS_MAX);
    return askQuorum({
      subject: `a trial call of ${to} at block ${blockHash}`,
      providers: this.#providers,
      quorum: this.#quorum,
      keyOf: (answer) => JSON.stringify(answer),
      // What is tried may ask a protocol, which anybody writes.
      mayDiffer: () => true,
      ask: (provider) => provider.call({ ...question, budget, signal }),
    });
  }

  /**
   * Looks at the newest block through one provider, of which nothing is verified, and through the next one if it fails or answers
   * something that `look` cannot read; `calls` is how many contract calls `look` makes. @throws UNAVAILABLE (retryable).
   */
  lookAtNewest<Result>(
    { calls, signal }: { readonly calls: number; readonly signal: AbortSignal | undefined },
    look: (newest: NewestBlock) => Promise<Result>,
  ): Promise<Result> {
    // Further calls for the block's header and logs.
    return this.#askInTurn('a look at the newest block', calls + 1 + CALLS_MAX, signal, async (ask) => {
      const block = await ask({
        method: 'eth_getBlockByNumber',
        params: ['latest', false],
        parse: (result) => parseBlock(result, keccak256),
      });
      return look(new NewestBlock(block, ask));
    });
  }

  /**
   * Returns one provider's answer, parsed by `read`. Asks the next one if it fails or does not parse.
   * @throws UNAVAILABLE (retryable).
   */
  callOne<Result>(
    { to, input, blockHash }: BlockCall,
    read: (output: Hex) => Result,
    signal?: AbortSignal,
  ): Promise<Result> {
    return this.#askInTurn(`a call of ${to} at block ${blockHash}`, CALLS_MAX, signal, async (ask) =>
      read(await ask({ method: 'eth_call', params: [{ to, data: input }, { blockHash }], parse: parseOutput })),
    );
  }

  /** Returns the input of a transaction as one provider shows it: nothing of it is verified. @throws UNAVAILABLE (retryable). */
  readInput(hash: Hex, signal?: AbortSignal): Promise<Hex> {
    return this.#askInTurn(`the input of transaction ${hash}`, CALLS_MAX, signal, (ask) =>
      ask({
        method: 'eth_getTransactionByHash',
        params: [hash],
        parse: (result) => parseOutput(parseObject(result, 'the transaction')['input']),
      }),
    );
  }

  #askInTurn<Result>(
    subject: string,
    callsMax: number,
    signal: AbortSignal | undefined,
    read: (ask: <Answer>(question: Question<Answer>) => Promise<Answer>) => Promise<Result>,
  ): Promise<Result> {
    const budget = new CallBudget(subject, callsMax);
    return this.#rotation.ask({
      subject,
      exhausted: 'UNAVAILABLE',
      ask: async (provider) => {
        try {
          return await read((question) => provider.call({ ...question, budget, signal }));
        } catch (cause) {
          if (cause instanceof AppError) throw cause;
          const unread = `provider ${provider.name} answered something else to ${subject}; it may lag`;
          throw provider.report(rpcError('BAD_RESPONSE', unread, { cause }));
        }
      },
    });
  }
}

/** The newest block of one provider, and that provider's other answers at it. */
export class NewestBlock {
  readonly block: ChainBlock;
  readonly #ask: <Answer>(question: Question<Answer>) => Promise<Answer>;

  constructor(block: ChainBlock, ask: <Answer>(question: Question<Answer>) => Promise<Answer>) {
    this.block = block;
    this.#ask = ask;
  }

  /** Calls a contract at this block. */
  call(to: Address, input: Hex): Promise<Hex> {
    const params = [{ to, data: input }, { blockHash: this.block.hash }];
    return this.#ask({ method: 'eth_call', params, parse: parseOutput });
  }

  /** Returns a contract's first 4,096 logs past a height whose first topic is one of some: of the newest 2,000 blocks at most. */
  async logs(of: {
    readonly contract: Address;
    readonly topics: readonly Bytes32[];
    readonly after: bigint;
  }): Promise<readonly ChainLog[]> {
    const { contract, after } = of;
    const toBlock = this.block.height;
    const fromBlock = toBlock - after > SEEN_BLOCKS_MAX ? toBlock - SEEN_BLOCKS_MAX + 1n : after + 1n;
    if (fromBlock > toBlock) return [];
    const range = { fromBlock: toQuantity(fromBlock), toBlock: toQuantity(toBlock) };
    const filter = { address: contract, topics: [of.topics], fromBlock, toBlock };
    return this.#ask({
      method: 'eth_getLogs',
      params: [{ address: contract, topics: filter.topics, ...range }],
      // Anybody may cause more: the oldest show what they can, and the fold reads them all.
      parse: (result) => {
        const first: unknown = Array.isArray(result) ? result.slice(0, SEEN_LOGS_MAX) : result;
        return parseLogs(first, filter, SEEN_LOGS_MAX);
      },
    });
  }
}
