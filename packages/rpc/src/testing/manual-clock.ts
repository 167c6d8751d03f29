import type { Clock } from '@surety/workflows';

/** A clock that stops until a test advances it. */
export class ManualClock implements Clock {
  #nowMs = 1_700_000_000_000;
  readonly #sleepers = new Set<{ readonly wakeAtMs: number; readonly wake: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  elapsedMs(): number {
    return this.#nowMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const sleeper = {
        wakeAtMs: this.#nowMs + durationMs,
        wake: (): void => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
    });
  }

  /** Advances time and wakes every sleeper that is due. */
  advance(durationMs: number): void {
    this.#nowMs += durationMs;
    for (const sleeper of this.#sleepers) if (sleeper.wakeAtMs <= this.#nowMs) sleeper.wake();
  }

  /** Number of pending sleeps. */
  get sleeping(): number {
    return this.#sleepers.size;
  }
}
