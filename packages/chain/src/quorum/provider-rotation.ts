import { chainError, describeError, isChainError, isLie, type ChainErrorCode } from '../errors.js';
import type { RpcProvider } from '../rpc/rpc-provider.js';

/** Providers in turn for what one of them can answer alone, because the answer proves itself. Begins with the last good one. */
export class ProviderRotation {
  readonly #providers: readonly RpcProvider[];
  readonly #faultsMax: number;
  #first = 0;

  /** `faultsMax` is N − q: more liars than that in one operation, and nothing this chain says is taken. */
  constructor(providers: readonly RpcProvider[], faultsMax: number) {
    this.#providers = providers;
    this.#faultsMax = faultsMax;
  }

  /** Gives the provider that is asked next. */
  preferred(): RpcProvider {
    const provider = this.#providers[this.#first % this.#providers.length];
    if (provider === undefined) throw chainError('BAD_OPTIONS', 'there is no provider; expected at least one');
    return provider;
  }

  /** Moves on to the next provider. */
  advance(): void {
    this.#first = (this.#first + 1) % this.#providers.length;
  }

  /**
   * Asks one provider, and the next only if it fails or lies.
   * @throws NO_QUORUM once more than N − q were caught lying, CALL_LIMIT, ABORTED, else `exhausted` with every reason.
   */
  async ask<Answer>(question: {
    subject: string;
    exhausted: ChainErrorCode;
    ask: (provider: RpcProvider) => Promise<Answer>;
  }): Promise<Answer> {
    const reasons: string[] = [];
    let lies = 0;
    let limit: unknown;
    for (let turn = 0; turn < this.#providers.length; turn++) {
      const provider = this.preferred();
      try {
        return await question.ask(provider);
      } catch (error) {
        if (!isChainError(error) || endsOperation(error.code)) throw error;
        if (error.code === 'CALL_LIMIT') limit ??= error;
        if (isLie(error)) lies += 1;
        reasons.push(`${provider.name} ${describeError(error)}`);
        this.advance();
        if (lies > this.#faultsMax) throw this.#distrust(question.subject, lies, reasons);
      }
    }
    if (limit !== undefined) throw limit;
    throw chainError(
      question.exhausted,
      `none of ${this.#providers.length} providers gave ${question.subject}, expected one; ${reasons.join('; ')}`,
    );
  }

  #distrust(subject: string, lies: number, reasons: readonly string[]): Error {
    return chainError(
      'NO_QUORUM',
      `${lies} of ${this.#providers.length} providers lied about ${subject}, expected at most ${this.#faultsMax}; ${reasons.join('; ')}`,
      { context: { lies, configured: this.#providers.length } },
    );
  }
}

/** Errors that another provider cannot heal: the caller's, or proven facts. */
function endsOperation(code: ChainErrorCode): boolean {
  return (
    code === 'ABORTED' ||
    code === 'HALTED' ||
    code === 'NO_QUORUM' ||
    code === 'LOG_LIMIT' ||
    code === 'HALT_STORE_UNAVAILABLE'
  );
}
