import type { CallPriority } from '@surety/workflows';

/** Order of service: releases first. */
const RANK: Readonly<Record<CallPriority, number>> = { release: 0, credit: 1, upkeep: 2 };

interface Waiter {
  readonly priority: CallPriority;
  readonly admit: () => void;
}

/**
 * Lets calls of one key pass one at a time: the most urgent first, those of one priority in the order they came. A call
 * waits while `isFull` says so for its priority; who makes room calls `wake`.
 */
export class PriorityGate {
  readonly #isFull: (priority: CallPriority) => boolean;
  readonly #waiting = new Set<Waiter>();
  #busy = false;

  constructor(isFull: (priority: CallPriority) => boolean) {
    this.#isFull = isFull;
  }

  /** Waits for the turn, runs, and passes the turn on. Rejects with the signal's reason if it aborts while waiting. */
  async pass<Result>(priority: CallPriority, run: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
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
    if (next === undefined || this.#isFull(next.priority)) return;
    this.#waiting.delete(next);
    this.#busy = true;
    next.admit();
  }

  #enter(priority: CallPriority, signal?: AbortSignal): Promise<void> {
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
