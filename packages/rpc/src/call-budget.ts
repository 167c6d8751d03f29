import { rpcError } from './errors.js';

/** The call budget of one operation, and its caller's abort signal. */
export interface Operation {
  readonly budget: CallBudget;
  readonly signal?: AbortSignal | undefined;
}

/** Counts the calls of one operation at each provider and rejects those above the limit. */
export class CallBudget {
  readonly #calls = new Map<string, number>();
  readonly #operation: string;
  readonly #max: number;

  constructor(operation: string, max: number) {
    this.#operation = operation;
    this.#max = max;
  }

  /** Counts one call. @throws CALL_LIMIT with the count and the bound. */
  spend(provider: string): void {
    const count = (this.#calls.get(provider) ?? 0) + 1;
    if (count > this.#max) {
      throw rpcError(
        'CALL_LIMIT',
        `${this.#operation} needs call ${count} at provider ${provider}; expected at most ${this.#max}, raise callsPerFrameMax or ask for less`,
        { context: { provider, count, max: this.#max } },
      );
    }
    this.#calls.set(provider, count);
  }

  /** Returns how many more calls can be sent to a provider. */
  left(provider: string): number {
    return this.#max - (this.#calls.get(provider) ?? 0);
  }

  /** Returns how many calls each provider was sent. */
  counts(): ReadonlyMap<string, number> {
    return this.#calls;
  }
}
