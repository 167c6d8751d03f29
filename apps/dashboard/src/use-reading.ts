import { AppError } from '@surety/domain';
import { useEffect, useState } from 'preact/hooks';
import type { PageWorld } from './page-world.js';

/** The newest answer to one question, and what went wrong since. */
export interface LiveReading<Value> {
  /** Kept when a later read fails: an old figure with its time is worth more than none. */
  readonly value?: Value;
  readonly readAtMs?: number;
  readonly problem?: string;
}

/** Reads now and every `ms` until the view is left. */
export function useReading<Value>(
  world: PageWorld,
  ms: number,
  read: (signal: AbortSignal) => Promise<Value>,
): LiveReading<Value> {
  const [reading, show] = useState<LiveReading<Value>>({});
  useEffect(() => {
    const left = new AbortController();
    let isBusy = false;
    const ask = async (): Promise<void> => {
      if (isBusy || document.hidden) return;
      isBusy = true;
      try {
        const value = await read(left.signal);
        if (!left.signal.aborted) show({ value, readAtMs: world.nowMs() });
      } catch (cause) {
        if (!left.signal.aborted) show((before) => ({ ...before, problem: wordsOf(cause) }));
      }
      isBusy = false;
    };
    const stop = world.every(ms, () => void ask());
    void ask();
    return () => {
      stop();
      left.abort();
    };
  }, []);
  return reading;
}

/** Says in words what went wrong. */
export function wordsOf(cause: unknown): string {
  if (cause instanceof AppError) return `${cause.code}: ${cause.message}`;
  return cause instanceof Error ? cause.message : 'the request failed';
}
