import type { CallPriority } from '@surety/workflows';

/** A call's priority, or `gap` for the filler of a gap below pending nonces. */
export type PassPriority = CallPriority | 'gap';

/** Order of service: a gap blocks all pending calls above it, so its filler goes first; then liquidations. */
const RANK: Readonly<Record<PassPriority, number>> = { gap: -1, liquidation: 0, release: 1, credit: 2, upkeep: 3 };

interface Waiter {
  readonly priority: PassPriority;
  readonly admit: () => void;
}

/**
 * Admits calls of one key one at a time: the most urgent first, equal ones in order of arrival. A call waits while
 * `isFull` returns true for its priority; whoever frees a place calls `wake`. The filler of a gap needs no room:
 * nothing above the gap can land, so no room would ever become free.
 */
export class PriorityGate {
  readonly #isFull: (priority: CallPriority) => boolean;
  readonly #waiting = new Set<Waiter>();
  #busy = false;

  constructor(isFull: (priority: CallPriority) => boolean) {
    this.#isFull = isFull;
  }

  /**
   * Waits for its turn, runs `run`, and admits the next call. Rejects with the signal's reason if it aborts while
   * waiting.
   */
  async pass<Result>(priority: PassPriority, run: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    await this.#enter(priority, signal);
    try {
      return await run();
    } finally {
      this.#busy = false;
      this.wake();
    }
  }

  /** Admits the next call if the gate is free and there is room for it. */
  wake(): void {
    if (this.#busy) return;
    const [next] = [...this.#waiting].sort((left, right) => RANK[left.priority] - RANK[right.priority]);
    if (next === undefined || (next.priority !== 'gap' && this.#isFull(next.priority))) return;
    this.#waiting.delete(next);
    this.#busy = true;
    next.admit();
  }

  #enter(priority: PassPriority, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiter);
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        priority,
        admit: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      this.#waiting.add(waiter);
      signal?.addEventListener('abort', leave, { once: true });
      this.wake();
    });
  }
}
