import { retryDelayMs } from '../running/retry-delay-ms.js';
import { RELAY_BACKOFF_MAX_MS } from './limits.js';

/** Returns the pause of a relay loop after some failures in a row: the poll interval, doubled with each failure. */
export function relayPauseMs(pollIntervalMs: number, failures: number): number {
  return retryDelayMs(failures, {
    firstMs: pollIntervalMs,
    maxMs: Math.max(pollIntervalMs, RELAY_BACKOFF_MAX_MS),
  });
}
