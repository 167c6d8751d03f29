import { AppError } from '@surety/domain';
import { type RpcErrorCode, describeError, isLie, rpcError } from '../errors.js';
import { type Patience, firstWithin } from '../first-within.js';
import { ENDED, type RpcProvider } from '../rpc-provider.js';

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
   * Asks one provider, and the next only if that one fails or lies, or with `patience` also while it is silent; then the
   * first answer counts, and whoever gave it is asked first from now on. Each is asked once, even if a concurrent operation
   * rotates the list.
   * @throws NO_QUORUM once more than N − q were caught lying, CALL_LIMIT, ABORTED, else with every reason `exhausted`,
   * or `away` if it is given and more than N − q gave no answer: that they cannot give one is not known then.
   */
  async ask<Answer>(question: RotatedQuestion<Answer>): Promise<Answer> {
    const { subject, exhausted, away, patience } = question;
    const failures = new Failures();
    const start = this.#first;
    const waiting = new Map<number, Promise<Said<Answer>>>();
    const [settled, unfollow] = follow(question.signal);
    let asked = 0;
    const askNext = (): void => {
      const at = (start + asked) % this.#providers.length;
      asked += 1;
      waiting.set(at, said(at, question.ask(this.#at(at), settled.signal)));
    };
    try {
      while (asked < this.#providers.length || waiting.size > 0) {
        if (waiting.size === 0) askNext();
        // Nobody is left to ask beside the last one.
        const heard = await firstWithin(waiting.values(), asked === this.#providers.length ? undefined : patience);
        if (heard === undefined) {
          askNext();
          continue;
        }
        const { at, outcome } = heard;
        if (outcome.isAnswer) {
          this.#prefer(at, { start, asked });
          return outcome.answer;
        }
        waiting.delete(at);
        const { error } = outcome;
        if (!(error instanceof AppError) || this.#endsOn.has(error.code)) throw error;
        failures.add(this.#at(at), error);
        if (this.#first === at) this.advance();
        if (failures.lies > this.#faultsMax) throw this.#distrust(subject, failures);
      }
    } finally {
      unfollow();
      settled.abort(ENDED);
    }
    if (failures.limit !== undefined) throw failures.limit;
    throw rpcError(
      away !== undefined && failures.silent > this.#faultsMax ? away : exhausted,
      `none of ${this.#providers.length} providers gave ${subject}, expected one; ${failures.reasons.join('; ')}`,
    );
  }

  /** Prefers who answered to those that were asked before and have not, unless a concurrent operation prefers another one. */
  #prefer(at: number, { start, asked }: { readonly start: number; readonly asked: number }): void {
    const turn = (this.#first - start + this.#providers.length) % this.#providers.length;
    if (turn < asked) this.#first = at;
  }

  #at(index: number): RpcProvider {
    const provider = this.#providers[index];
    if (provider === undefined) throw rpcError('BAD_OPTIONS', 'there is no provider; expected at least one');
    return provider;
  }

  #distrust(subject: string, { lies, reasons }: Failures): Error {
    return rpcError(
      'NO_QUORUM',
      `${lies} of ${this.#providers.length} providers lied about ${subject}, expected at most ${this.#faultsMax}; ${reasons.join('; ')}`,
      { context: { lies, configured: this.#providers.length } },
    );
  }
}

/** A question that one provider can answer alone. */
interface RotatedQuestion<Answer> {
  /** Names the question in errors. */
  readonly subject: string;
  readonly exhausted: RpcErrorCode;
  readonly away?: RpcErrorCode;
  /** The signal aborts with that of the question, and once another provider has answered. */
  readonly ask: (provider: RpcProvider, signal: AbortSignal) => Promise<Answer>;
  /** Only for questions of a single call: one of many would be begun again beside it. */
  readonly patience?: Patience | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The answer or failure of one provider. */
interface Said<Answer> {
  readonly at: number;
  readonly outcome:
    { readonly isAnswer: true; readonly answer: Answer } | { readonly isAnswer: false; readonly error: unknown };
}

function said<Answer>(at: number, asking: Promise<Answer>): Promise<Said<Answer>> {
  return asking.then(
    (answer) => ({ at, outcome: { isAnswer: true, answer } }),
    (error: unknown) => ({ at, outcome: { isAnswer: false, error } }),
  );
}

/** The failures of one operation. */
class Failures {
  readonly reasons: string[] = [];
  lies = 0;
  silent = 0;
  limit: AppError | undefined;

  add(provider: RpcProvider, error: AppError): void {
    if (error.code === 'CALL_LIMIT') this.limit ??= error;
    if (isLie(error)) this.lies += 1;
    if (isSilence(error.code)) this.silent += 1;
    this.reasons.push(`${provider.name} ${describeError(error)}`);
  }
}

/** Returns a controller that aborts with a signal, and what ends that: the signal may outlive many questions. */
function follow(signal: AbortSignal | undefined): [AbortController, () => void] {
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted === true) stop();
  return [controller, () => signal?.removeEventListener('abort', stop)];
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
