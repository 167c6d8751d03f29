/** Time, injected so that a seed can control it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Milliseconds since some moment of this process, never decreasing. Use it for durations: `nowMs` may be set back. */
  elapsedMs(): number;
  /** Resolves after some milliseconds, or at once when the signal aborts. Never rejects. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}
