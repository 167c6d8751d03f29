/** Time, passed in so that a seed can own it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Milliseconds since some moment of this process, never less than before: `nowMs` may be set back, and durations with it. */
  elapsedMs(): number;
  /** Resolves after some milliseconds, or at once when the signal aborts. Never rejects. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}
