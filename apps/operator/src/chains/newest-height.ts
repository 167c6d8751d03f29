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

const APART_HELP = 'try again, or unset the variable of the one that is wrong; surety doctor compares them';

/** Honest providers are seconds apart: heights that are further apart than this are not both honest. */
const APART_MAX_MS = 60_000;

/**
 * The newest height that two thirds of a chain's providers have reached. It is not kept: a command reads at once what it has changed, at
 * chains with several blocks in a second, too.
 */
export class NewestHeight {
  readonly #place: SpendingChain;
  readonly #providers: readonly RpcProvider[];
  readonly #quorum: number;
  /** Those that were silent when the others had answered. */
  readonly #silent = new Set<RpcProvider>();
  /** The question that is under way. */
  #asking: Promise<bigint> | undefined;

  constructor(place: SpendingChain, providers: readonly RpcProvider[]) {
    this.#place = place;
    this.#providers = providers;
    this.#quorum = quorumSize(providers.length);
  }

  /**
   * Returns the height, asked for once by reads that begin together. A provider that is silent is waited for once, and only while patience
   * lasts, unless the others alone leave the height open. @throws PROVIDER_FAILED if too few answer, or heights far apart.
   */
  read(): Promise<bigint> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #ask(): Promise<bigint> {
    const known = this.#providers.filter((one) => !this.#silent.has(one));
    const asked = known.length < this.#quorum ? this.#providers : known;
    const asking = new Map(asked.map((one) => [one, heightOf(one)]));
    const outcomes = await awaitQuorum([...asking.values()], this.#quorum, patienceOf(this.#place));
    const heights = new Map<RpcProvider, bigint>();
    for (const [at, provider] of asked.entries()) {
      const outcome = outcomes[at];
      if (outcome === undefined) this.#silent.add(provider);
      else this.#silent.delete(provider);
      if (outcome?.status === 'fulfilled') heights.set(provider, outcome.value);
    }
    if (this.#agreedOf(heights) === undefined) await this.#hearSilent(asking, heights);
    const block = this.#agreedOf(heights);
    if (block !== undefined) return block;
    // Of nobody's answer the failure of each is told.
    if (heights.size === 0) return openReader(this.#place).getBlockNumber();
    throw this.#tellOpen(heights);
  }

  /** Waits for those that were silent, and asks those that were left out, until the height is no longer open. */
  async #hearSilent(
    asking: ReadonlyMap<RpcProvider, Promise<bigint>>,
    heights: Map<RpcProvider, bigint>,
  ): Promise<void> {
    const hear = async (provider: RpcProvider): Promise<RpcProvider> => {
      const height = await (asking.get(provider) ?? heightOf(provider)).catch(() => undefined);
      if (height === undefined) return provider;
      heights.set(provider, height);
      this.#silent.delete(provider);
      return provider;
    };
    const waiting = new Map([...this.#silent].map((one) => [one, hear(one)]));
    while (waiting.size > 0 && this.#agreedOf(heights) === undefined)
      waiting.delete(await Promise.race(waiting.values()));
  }

  /** Returns the height that a quorum has reached; undefined where too few are heard, or more than may lie tell a far higher one. */
  #agreedOf(heights: ReadonlyMap<RpcProvider, bigint>): bigint | undefined {
    const told = [...heights.values()].sort((a, b) => (a < b ? 1 : -1));
    const block = told[this.#quorum - 1];
    if (block === undefined) return undefined;
    const far = block + this.#apartMax;
    const liarsMax = Math.min(this.#providers.length - this.#quorum, (told.length - 1) >> 1);
    return told.filter((height) => height > far).length > liarsMax ? undefined : block;
  }

  get #apartMax(): bigint {
    return BigInt(Math.ceil(APART_MAX_MS / this.#place.chain.blockTimeMs));
  }

  #tellOpen(heights: ReadonlyMap<RpcProvider, bigint>): AppError<OperatorErrorCode> {
    const { chain } = this.#place;
    const count = this.#providers.length;
    const away = this.#providers.filter((one) => !heights.has(one));
    const names = away.map((one) => `${one.name} (${variableOf(chain, one)})`).join(', ');
    const silent = names === '' ? '' : `; silent: ${names}`;
    const told = [...heights].map(([{ name }, height]) => `${height} (${name})`).join(', ');
    const isFew = heights.size < this.#quorum;
    const seen = isFew
      ? `${heights.size} of ${count} providers of ${chain.name} answer; expected ${this.#quorum}`
      : `providers of ${chain.name} tell heights far apart, ${told}; expected ${this.#quorum} of ${count} within ${this.#apartMax} blocks`;
    return new AppError({
      code: 'PROVIDER_FAILED',
      message: `${seen}${silent}; ${isFew ? TOO_FEW_HELP : APART_HELP}`,
      retryable: true,
    });
  }
}

function heightOf(provider: RpcProvider): Promise<bigint> {
  const method = 'eth_blockNumber';
  const parse = (result: unknown): bigint => parseQuantity(result, method);
  return provider.call({ method, params: [], parse, budget: new CallBudget(method, CALLS_MAX) });
}
