import { retryDelayMs } from '../running/retry-delay-ms.js';
import { RELAY_BACKOFF_MAX_MS } from './limits.js';

/** Returns the pause of a relaying loop after some failures in a row: it doubles from the poll interval, which it never falls below. */
export function relayPauseMs(pollIntervalMs: number, failures: number): number {
  return retryDelayMs(failures, {
    firstMs: pollIntervalMs,
    maxMs: Math.max(pollIntervalMs, RELAY_BACKOFF_MAX_MS),
  });
}
