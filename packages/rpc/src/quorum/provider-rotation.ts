import { AppError } from '@surety/domain';
import { type RpcErrorCode, describeError, isLie, rpcError } from '../errors.js';
import type { RpcProvider } from '../rpc-provider.js';

/**
 * Rotates through providers for questions that one provider can answer alone because the answer proves itself. Starts
 * with the last one that succeeded.
 */
export class ProviderRotation {
  readonly #providers: readonly RpcProvider[];
  readonly #faultsMax: number;
  readonly #endsOn: ReadonlySet<string>;
  #first = 0;

  /**
   * `faultsMax` is N − q: an operation that catches more liars than that fails with NO_QUORUM. `endsOn` lists further
   * codes that no other provider can fix: limits of the caller, and proven facts.
   */
  constructor(providers: readonly RpcProvider[], faultsMax: number, endsOn: readonly string[] = []) {
    this.#providers = providers;
    this.#faultsMax = faultsMax;
    this.#endsOn = new Set(['ABORTED', 'NO_QUORUM', ...endsOn]);
  }

  /** Returns the provider that is asked first. */
  preferred(): RpcProvider {
    return this.#at(this.#first);
  }

  /** Moves on to the next provider. */
  advance(): void {
    this.#first = (this.#first + 1) % this.#providers.length;
  }

  /**
   * Asks one provider, and the next only if that one fails or lies. Each is asked once, even if a concurrent operation
   * rotates the list.
   * @throws NO_QUORUM once more than N − q were caught lying, CALL_LIMIT, ABORTED, else with every reason `exhausted`,
   * or `away` if it is given and more than N − q gave no answer: that they cannot give one is not known then.
   */
  async ask<Answer>(question: {
    subject: string;
    exhausted: RpcErrorCode;
    away?: RpcErrorCode;
    ask: (provider: RpcProvider) => Promise<Answer>;
  }): Promise<Answer> {
    const reasons: string[] = [];
    let lies = 0;
    let silent = 0;
    let limit: unknown;
    const start = this.#first;
    for (const turn of this.#providers.keys()) {
      const at = (start + turn) % this.#providers.length;
      const provider = this.#at(at);
      try {
        return await question.ask(provider);
      } catch (error) {
        if (!(error instanceof AppError) || this.#endsOn.has(error.code)) throw error;
        if (error.code === 'CALL_LIMIT') limit ??= error;
        if (isLie(error)) lies += 1;
        if (isSilence(error.code)) silent += 1;
        reasons.push(`${provider.name} ${describeError(error)}`);
        if (this.#first === at) this.advance();
        if (lies > this.#faultsMax) throw this.#distrust(question.subject, lies, reasons);
      }
    }
    if (limit !== undefined) throw limit;
    const { away, exhausted } = question;
    throw rpcError(
      away !== undefined && silent > this.#faultsMax ? away : exhausted,
      `none of ${this.#providers.length} providers gave ${question.subject}, expected one; ${reasons.join('; ')}`,
    );
  }

  #at(index: number): RpcProvider {
    const provider = this.#providers[index];
    if (provider === undefined) throw rpcError('BAD_OPTIONS', 'there is no provider; expected at least one');
    return provider;
  }

  #distrust(subject: string, lies: number, reasons: readonly string[]): Error {
    return rpcError(
      'NO_QUORUM',
      `${lies} of ${this.#providers.length} providers lied about ${subject}, expected at most ${this.#faultsMax}; ${reasons.join('; ')}`,
      { context: { lies, configured: this.#providers.length } },
    );
  }
}

/** Codes that leave open whether the provider could have answered: it may later. */
function isSilence(code: string): boolean {
  return (
    code === 'TIMEOUT' ||
    code === 'UNREACHABLE' ||
    code === 'HTTP_STATUS' ||
    code === 'PROVIDER_BUSY' ||
    code === 'PROVIDER_REFUSED'
  );
}
