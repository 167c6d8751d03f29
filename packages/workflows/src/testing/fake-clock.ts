import type { Clock } from '../ports/clock.js';

/** A clock that stops until a test advances it. */
export class FakeClock implements Clock {
  #nowMs: number;
  #behindMs = 0;
  #sleepers = new Set<{ wakeAtMs: number; wake: () => void }>();

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs - this.#behindMs;
  }

  elapsedMs(): number {
    return this.#nowMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = { wakeAtMs: this.#nowMs + durationMs, wake: (): void => {} };
      sleeper.wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', sleeper.wake);
        resolve();
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake);
    });
  }

  /** Sets the time of day back, as an operator would; elapsed time is unaffected. */
  setBack(durationMs: number): void {
    this.#behindMs += durationMs;
  }

  /** Milliseconds until the next sleeper wakes; undefined without sleepers. */
  get nextWakeMs(): number | undefined {
    const times = [...this.#sleepers].map(({ wakeAtMs }) => wakeAtMs);
    return times.length === 0 ? undefined : Math.min(...times) - this.#nowMs;
  }

  /** Advances time, wakes due sleepers in order, and lets them run until they wait again. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    await settle();
    for (;;) {
      const due = [...this.#sleepers].sort((left, right) => left.wakeAtMs - right.wakeAtMs)[0];
      if (due === undefined || due.wakeAtMs > endMs) break;
      this.#nowMs = Math.max(this.#nowMs, due.wakeAtMs);
      due.wake();
      await settle();
    }
    this.#nowMs = endMs;
    await settle();
  }
}

/** Runs everything that waits only for other promises. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
