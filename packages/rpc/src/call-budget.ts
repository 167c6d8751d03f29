import { rpcError } from './errors.js';

/** What one operation may spend, and its caller's signal. */
export interface Operation {
  readonly budget: CallBudget;
  readonly signal?: AbortSignal | undefined;
}

/** Counts the calls of one operation at each provider and refuses the one past the bound. */
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

  /** Gives how many calls every provider can still be asked for. */
  left(): number {
    return this.#max - Math.max(0, ...this.#calls.values());
  }

  /** Gives how many calls each provider was asked for. */
  counts(): ReadonlyMap<string, number> {
    return this.#calls;
  }
}
