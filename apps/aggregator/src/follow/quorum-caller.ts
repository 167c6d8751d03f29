import type { RpcTransport } from '@surety/chain';
import type { Address, AppError, Hex } from '@surety/domain';
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
    const body = JSON.stringify({ jsonrpc: '2.0', id: this.#nextId++, method, params });
    const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS);
    const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    const reply = await transport.send(body, { signal: either, bytesMax: ANSWER_BYTES_MAX });
    if (reply.status !== 200) throw callError(`a provider answered ${method} with status ${reply.status}`);
    const parsed: unknown = JSON.parse(reply.body);
    const { result, error } = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<string, unknown>;
    if (error !== undefined || result === undefined) throw callError(`a provider refused ${method}`);
    return result;
  }
}

function requireHex(value: unknown): Hex {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]*$/.test(value))
    throw callError('a provider answered something that is no hex');
  return value.toLowerCase() as Hex;
}

function callError(message: string, cause?: unknown): AppError {
  return aggregatorError('NO_QUORUM', message, cause);
}
