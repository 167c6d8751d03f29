/** Wakes several loops when there is news. A ring without a waiter is counted, not lost. */
export class Bell {
  #rings = 0;
  #waiting = new Set<() => void>();

  /** Number of rings so far. */
  get rings(): number {
    return this.#rings;
  }

  /** Wakes all waiters. */
  ring(): void {
    this.#rings++;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  /** Resolves with the number of rings once it exceeds `past`, or when the signal aborts. Never rejects. */
  async waitPast(past: number, signal?: AbortSignal): Promise<number> {
    if (this.#rings <= past && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal?.addEventListener('abort', wake);
      });
    }
    return this.#rings;
  }
}
