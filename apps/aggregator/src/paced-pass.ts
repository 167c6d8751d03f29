import type { Clock } from '@surety/workflows';

/** A pass that is shorter costs nothing worth a rest. */
const SHORT_MS = 100;
/** Times that a long pass took, for which its answer is young, so that passes take a tenth of the time at most … */
const YOUNG_PASSES = 10;
/** … and for which it is given while the next is being made; whoever asks later waits. */
const USABLE_PASSES = 20;
/** Passes that one question waits for, of which each ended after its subject had changed. */
const PASSES_AWAITED = 3;

interface LastAnswer<Value> {
  readonly value: Value;
  readonly youngUntilMs: number;
  readonly usableUntilMs: number;
}

/**
 * Gives the answer of a pass over many rows. One pass runs at a time, whoever asks; short ones as often as their subject changes, long
 * ones a tenth of the time.
 */
export class PacedPass<Value> {
  #last: LastAnswer<Value> | undefined;
  #running: Promise<Value> | undefined;

  constructor(
    private readonly clock: Pick<Clock, 'elapsedMs'>,
    private readonly pass: () => Promise<Value>,
    /** Milliseconds for which an answer is given again even if the pass is short. */
    private readonly keptMs = 0,
  ) {}

  /** Returns an answer that is current, or else young enough, or else a new one. @throws the errors of the pass. */
  async read(isCurrent: (value: Value) => boolean): Promise<Value> {
    for (let passes = 0; ; passes += 1) {
      const last = this.#last;
      const nowMs = this.clock.elapsedMs();
      if (last !== undefined && (nowMs < last.youngUntilMs || passes === PASSES_AWAITED || isCurrent(last.value)))
        return last.value;
      this.#running ??= this.#run();
      if (last !== undefined && nowMs < last.usableUntilMs) {
        this.#running.catch(() => undefined);
        return last.value;
      }
      await this.#running;
    }
  }

  /** Resolves once no pass runs. */
  async ended(): Promise<void> {
    await this.#running?.catch(() => undefined);
  }

  async #run(): Promise<Value> {
    const startMs = this.clock.elapsedMs();
    try {
      const value = await this.pass();
      const nowMs = this.clock.elapsedMs();
      const tookMs = nowMs - startMs;
      const restMs = tookMs < SHORT_MS ? 0 : tookMs;
      const youngUntilMs = nowMs + Math.max(this.keptMs, YOUNG_PASSES * restMs);
      this.#last = { value, youngUntilMs, usableUntilMs: nowMs + USABLE_PASSES * restMs };
      return value;
    } finally {
      this.#running = undefined;
    }
  }
}
