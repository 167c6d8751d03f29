import type { Clock } from '@surety/workflows';

/** Most answers that are kept at once. */
const KEPT_MAX = 1_024;

interface Kept<Value> {
  readonly sinceMs: number;
  readonly value: Promise<Value>;
}

/** Gives the last answer of a chain again while it is young, so that whoever asks often costs no provider anything. A failure is not kept. */
export class KeptAnswers<Key, Value> {
  readonly #kept = new Map<Key, Kept<Value>>();

  /** @param keptMs age in milliseconds from which on a question is asked again */
  constructor(
    private readonly clock: Clock,
    private readonly keptMs: number,
  ) {}

  /** Returns the kept answer to a question, or asks it. */
  read(key: Key, ask: () => Promise<Value>): Promise<Value> {
    const nowMs = this.clock.elapsedMs();
    const kept = this.#kept.get(key);
    if (kept !== undefined && nowMs - kept.sinceMs < this.keptMs) return kept.value;
    const value = ask();
    const asked = { sinceMs: nowMs, value };
    // Deleted first, so that the map stays in the order of asking.
    this.#kept.delete(key);
    this.#kept.set(key, asked);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
    value.catch(() => {
      if (this.#kept.get(key) === asked) this.#kept.delete(key);
    });
    return value;
  }
}
