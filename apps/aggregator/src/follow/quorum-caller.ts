import {
  type Address,
  type AppError,
  type BlockHeight,
  type Hex,
  bytes32,
  blockHash as parseBlockHash,
  txHash,
} from '@surety/domain';
import type { RpcTransport } from '@surety/rpc';
import { type ChainLog, within } from '@surety/workflows';
import { aggregatorError } from '../errors.js';

/** Milliseconds for one call. */
const CALL_TIMEOUT_MS = 10_000;
/** Bytes of one answer: views answer words. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** One read of a contract at a block. */
export interface ContractCall {
  readonly to: Address;
  readonly input: Hex;
  /** Hash of the block to read at. */
  readonly blockHash: Hex;
}

/** A call that may revert, sent by an address. */
export interface TriedCall extends ContractCall {
  readonly from: Address;
}

/** What a call that may revert ended in. */
export type TriedAnswer =
  { readonly kind: 'returned'; readonly output: Hex } | { readonly kind: 'reverted'; readonly reason: Hex };

/** Blocks past the newest final one that are looked through for what was merely seen. */
const SEEN_BLOCKS_MAX = 2_000n;

/** Logs taken of what was merely seen. */
const SEEN_LOGS_MAX = 4_096;

/** Asks contracts of one chain at a named block: all providers, where an answer counts only if a quorum gives it, or one. */
export class QuorumCaller {
  readonly #transports: readonly RpcTransport[];
  readonly #quorum: number;
  #turn = 0;
  #nextId = 1;

  constructor(transports: readonly RpcTransport[]) {
    this.#transports = transports;
    this.#quorum = Math.ceil((2 * transports.length) / 3);
  }

  /** Gives the bytes that at least two thirds of the configured providers answer. @throws NO_QUORUM (retryable). */
  async callAgreed(call: ContractCall, signal?: AbortSignal): Promise<Hex> {
    const answers = await Promise.allSettled(this.#transports.map((transport) => this.#call(transport, call, signal)));
    const votes = new Map<Hex, number>();
    for (const answer of answers) {
      if (answer.status !== 'fulfilled') continue;
      const count = (votes.get(answer.value) ?? 0) + 1;
      if (count >= this.#quorum) return answer.value;
      votes.set(answer.value, count);
    }
    const given = answers.filter((answer) => answer.status === 'fulfilled').length;
    throw callError(
      `${given} of ${answers.length} providers answered a call to ${call.to}, with ${votes.size} answers; expected ${this.#quorum} alike`,
    );
  }

  /** Gives whether at least two thirds of the configured providers say a call returns, or reverts with the same reason. @throws NO_QUORUM (retryable). */
  async tryAgreed({ from, to, input, blockHash }: TriedCall, signal?: AbortSignal): Promise<TriedAnswer> {
    const params = [{ from, to, data: input }, { blockHash }];
    const answers = await Promise.allSettled(
      this.#transports.map(async (transport): Promise<TriedAnswer> => {
        const { result, error } = await this.#exchange(transport, 'eth_call', params, signal);
        if (error === undefined) return { kind: 'returned', output: requireHex(result) };
        const { data } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
        return { kind: 'reverted', reason: requireHex(data) };
      }),
    );
    const votes = new Map<string, number>();
    for (const answer of answers) {
      if (answer.status !== 'fulfilled') continue;
      const key = JSON.stringify(answer.value);
      const count = (votes.get(key) ?? 0) + 1;
      if (count >= this.#quorum) return answer.value;
      votes.set(key, count);
    }
    throw callError(
      `${answers.length} providers gave ${votes.size} answers to a trial call of ${to}; expected ${this.#quorum} alike`,
    );
  }

  /** Gives logs of a contract past a block as one provider shows them: nothing of it is verified. @throws NO_QUORUM (retryable). */
  readSeenLogs(
    request: { readonly address: Address; readonly after: bigint; readonly upTo: bigint },
    signal?: AbortSignal,
  ): Promise<readonly ChainLog[]> {
    const { upTo } = request;
    const from = upTo - request.after > SEEN_BLOCKS_MAX ? upTo - SEEN_BLOCKS_MAX + 1n : request.after + 1n;
    if (from > upTo) return Promise.resolve([]);
    const filter = { address: request.address, fromBlock: `0x${from.toString(16)}`, toBlock: `0x${upTo.toString(16)}` };
    return this.#inTurn(async (transport) => {
      const logs = await this.#request(transport, 'eth_getLogs', [filter], signal);
      if (!Array.isArray(logs) || logs.length > SEEN_LOGS_MAX) throw callError('a provider gave no list of logs');
      return logs.map((log) => seenLog(log, request.address));
    });
  }

  /** Gives what one provider answers, each in turn; the next one if it fails. @throws NO_QUORUM (retryable). */
  callOne(call: ContractCall, signal?: AbortSignal): Promise<Hex> {
    return this.#inTurn((transport) => this.#call(transport, call, signal));
  }

  /** Gives the newest block that one provider knows. @throws NO_QUORUM (retryable). */
  readNewestBlock(signal?: AbortSignal): Promise<{ height: bigint; hash: Hex }> {
    return this.#inTurn(async (transport) => {
      const block = await this.#request(transport, 'eth_getBlockByNumber', ['latest', false], signal);
      const { number, hash } = (typeof block === 'object' && block !== null ? block : {}) as Record<string, unknown>;
      if (typeof number !== 'string' || typeof hash !== 'string')
        throw callError('the newest block has no number or hash');
      return { height: BigInt(number), hash: requireHex(hash) };
    });
  }

  /** Gives the input of a transaction as one provider shows it: nothing of it is verified. @throws NO_QUORUM (retryable). */
  readInput(hash: Hex, signal?: AbortSignal): Promise<Hex> {
    return this.#inTurn(async (transport) => {
      const transaction = await this.#request(transport, 'eth_getTransactionByHash', [hash], signal);
      const { input } = (typeof transaction === 'object' && transaction !== null ? transaction : {}) as Record<
        string,
        unknown
      >;
      return requireHex(input);
    });
  }

  async #inTurn<Result>(ask: (transport: RpcTransport) => Promise<Result>): Promise<Result> {
    let last: unknown;
    for (let tries = 0; tries < this.#transports.length; tries++) {
      const transport = this.#transports[this.#turn % this.#transports.length];
      try {
        if (transport !== undefined) return await ask(transport);
      } catch (cause) {
        last = cause;
      }
      this.#turn += 1;
    }
    throw callError(`none of ${this.#transports.length} providers answered; check that they run`, last);
  }

  async #call(
    transport: RpcTransport,
    { to, input, blockHash }: ContractCall,
    signal: AbortSignal | undefined,
  ): Promise<Hex> {
    const result = await this.#request(transport, 'eth_call', [{ to, data: input }, { blockHash }], signal);
    return requireHex(result);
  }

  async #request(
    transport: RpcTransport,
    method: string,
    params: readonly unknown[],
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const { result, error } = await this.#exchange(transport, method, params, signal);
    if (error !== undefined || result === undefined) throw callError(`a provider refused ${method}`);
    return result;
  }

  async #exchange(
    transport: RpcTransport,
    method: string,
    params: readonly unknown[],
    signal: AbortSignal | undefined,
  ): Promise<{ readonly result: unknown; readonly error: unknown }> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: this.#nextId++, method, params });
    const reply = await within(CALL_TIMEOUT_MS, signal, (either) =>
      transport.send(body, { signal: either, bytesMax: ANSWER_BYTES_MAX }),
    );
    if (reply.status !== 200) throw callError(`a provider answered ${method} with status ${reply.status}`);
    const parsed: unknown = JSON.parse(reply.body);
    const { result, error } = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<string, unknown>;
    return { result, error };
  }
}

function seenLog(value: unknown, contract: Address): ChainLog {
  const log = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const topics = Array.isArray(log['topics']) ? log['topics'] : [];
  return {
    address: contract,
    topics: topics.map((topic) => bytes32(requireHex(topic))),
    data: requireHex(log['data']),
    blockHeight: BigInt(requireHex(log['blockNumber'])) as BlockHeight,
    blockHash: parseBlockHash(requireHex(log['blockHash'])),
    txHash: txHash(requireHex(log['transactionHash'])),
    logIndex: Number(requireHex(log['logIndex'])),
  };
}

function requireHex(value: unknown): Hex {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]*$/.test(value))
    throw callError('a provider answered something that is no hex');
  return value.toLowerCase() as Hex;
}

function callError(message: string, cause?: unknown): AppError {
  return aggregatorError('NO_QUORUM', message, cause);
}
