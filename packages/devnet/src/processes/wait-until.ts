import { setTimeout as sleep } from 'node:timers/promises';
import { devnetError } from '../errors.js';

/** The condition and its time limit. */
export interface Wait<Value> {
  /** Completes "timed out waiting for …". */
  readonly what: string;
  readonly withinMs: number;
  readonly everyMs?: number;
  /** Returns the value once it is there; undefined, or an error, means not yet. */
  readonly probe: () => Promise<Value | undefined> | Value | undefined;
}

/** Polls until a value is available. @throws TIMED_OUT with the last error seen. */
export async function waitUntil<Value>(wait: Wait<Value>): Promise<Value> {
  const deadline = Date.now() + wait.withinMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await wait.probe();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= deadline) {
      const reason = last instanceof Error ? ` (last error: ${last.message})` : '';
      throw devnetError('TIMED_OUT', `${wait.what} did not come about within ${wait.withinMs} ms${reason}`, {}, last);
    }
    await sleep(wait.everyMs ?? 100);
  }
}
