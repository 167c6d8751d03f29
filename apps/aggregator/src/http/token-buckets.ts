import type { Clock } from '@surety/workflows';

/** Budgets by name, each refilled with time. A budget may go below 0; then the next request waits. */
export class TokenBuckets {
  readonly #clock: Clock;
  readonly #limits: { readonly burst: number; readonly perSecond: number; readonly keysMax: number };
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor(clock: Clock, limits: { readonly burst: number; readonly perSecond: number; readonly keysMax: number }) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Returns 0 if the budget has something left, else the seconds to wait, at least 1. */
  waitSeconds(key: string): number {
    const { tokens } = this.#refill(key);
    return tokens > 0 ? 0 : Math.max(1, Math.ceil((1 - tokens) / this.#limits.perSecond));
  }

  /** Returns what a budget has left, and the seconds until it is full. */
  left(key: string): { readonly remaining: number; readonly fullInS: number } {
    const { tokens } = this.#refill(key);
    const { burst, perSecond } = this.#limits;
    return { remaining: Math.max(0, Math.floor(tokens)), fullInS: Math.ceil((burst - tokens) / perSecond) };
  }

  /** Takes from a budget. */
  charge(key: string, cost: number): void {
    const bucket = this.#refill(key);
    this.#buckets.delete(key);
    this.#buckets.set(key, { ...bucket, tokens: bucket.tokens - cost });
    if (this.#buckets.size > this.#limits.keysMax) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
  }

  #refill(key: string): { tokens: number; atMs: number } {
    const elapsedMs = this.#clock.elapsedMs();
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return { tokens: this.#limits.burst, atMs: elapsedMs };
    const grown = bucket.tokens + ((elapsedMs - bucket.atMs) * this.#limits.perSecond) / 1_000;
    return { tokens: Math.min(this.#limits.burst, grown), atMs: elapsedMs };
  }
}
