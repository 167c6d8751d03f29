import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@surety/workflows';

/** The machine's time, which a test may let jump ahead. */
export class SteppedClock implements Clock {
  #aheadMs = 0;

  step(durationMs: number): void {
    this.#aheadMs += durationMs;
  }

  nowMs(): number {
    return Date.now() + this.#aheadMs;
  }

  elapsedMs(): number {
    return performance.now() + this.#aheadMs;
  }

  async sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    await sleep(durationMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}
