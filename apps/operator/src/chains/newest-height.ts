import { AppError } from '@surety/domain';
import { CallBudget, type RpcProvider, awaitQuorum, parseQuantity, quorumSize } from '@surety/rpc';
import type { OperatorErrorCode } from '../errors.js';
import { type SpendingChain, openReader, patienceOf } from './open-sender.js';
import { variableOf } from './tell-silence-of.js';

/** The question, and the proof of the chain id before it. */
const CALLS_MAX = 2;

/** The way out where too few providers answer: two of which one is dead never give two thirds. */
export const TOO_FEW_HELP =
  'try again, or unset the variable of a dead one to go by the others alone; surety doctor compares them';

/**
 * The newest height that two thirds of a chain's providers have reached. It is not kept: a command reads at once what it has changed, at
 * chains with several blocks in a second, too.
 */
export class NewestHeight {
  readonly #place: SpendingChain;
  readonly #providers: readonly RpcProvider[];
  /** Those that were silent when the others had answered. */
  readonly #silent = new Set<RpcProvider>();
  /** The question that is under way. */
  #asking: Promise<bigint> | undefined;

  constructor(place: SpendingChain, providers: readonly RpcProvider[]) {
    this.#place = place;
    this.#providers = providers;
  }

  /**
   * Returns the height, asked for once by reads that begin together. A provider that is silent is waited for once, and only while patience
   * lasts. @throws PROVIDER_FAILED if too few answer.
   */
  read(): Promise<bigint> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #ask(): Promise<bigint> {
    const quorum = quorumSize(this.#providers.length);
    const heard = this.#providers.filter((one) => !this.#silent.has(one));
    const asked = heard.length < quorum ? this.#providers : heard;
    const outcomes = await awaitQuorum(asked.map(heightOf), quorum, patienceOf(this.#place));
    const heights = new Map<RpcProvider, bigint>();
    for (const [at, provider] of asked.entries()) {
      const outcome = outcomes[at];
      if (outcome === undefined) this.#silent.add(provider);
      else if (outcome.status === 'fulfilled') heights.set(provider, outcome.value);
    }
    const block = [...heights.values()].sort((a, b) => (a < b ? 1 : -1))[quorum - 1];
    if (block !== undefined) return block;
    // Of nobody's answer the failure of each is told.
    if (heights.size === 0) return openReader(this.#place).getBlockNumber();
    const { chain } = this.#place;
    const away = this.#providers.filter((one) => !heights.has(one));
    const names = away.map((one) => `${one.name} (${variableOf(chain, one)})`).join(', ');
    throw new AppError<OperatorErrorCode>({
      code: 'PROVIDER_FAILED',
      message: `${heights.size} of ${this.#providers.length} providers of ${chain.name} answer; expected ${quorum}; silent: ${names}; ${TOO_FEW_HELP}`,
      retryable: true,
    });
  }
}

function heightOf(provider: RpcProvider): Promise<bigint> {
  const method = 'eth_blockNumber';
  const parse = (result: unknown): bigint => parseQuantity(result, method);
  return provider.call({ method, params: [], parse, budget: new CallBudget(method, CALLS_MAX) });
}
