import { AppError } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';

/** Milliseconds between two looks at a chain. */
const LOOK_INTERVAL_MS = 500;
/** Milliseconds after a failed look; grows to the maximum with each further failure. */
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 15_000;

/** How the following goes. */
export type FollowCondition =
  | { readonly kind: 'starting' }
  | { readonly kind: 'current'; readonly atMs: number }
  | { readonly kind: 'failing'; readonly code: string; readonly detail: string; readonly sinceMs: number };

/** What following a chain over and over needs. */
export interface KeepLookingOptions {
  readonly clock: Clock;
  readonly observer: Observer;
  readonly onCondition: (condition: FollowCondition) => void;
}

/** Looks at a chain until the signal aborts, and tells how that goes; a look that fails is repeated ever more slowly. */
export async function keepLooking(
  options: KeepLookingOptions & { readonly lookOnce: () => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  const { clock, observer, onCondition, lookOnce } = options;
  let failures = 0;
  let sinceMs = clock.nowMs();
  onCondition({ kind: 'starting' });
  while (!signal.aborted) {
    try {
      await lookOnce();
      failures = 0;
      onCondition({ kind: 'current', atMs: clock.nowMs() });
      await clock.sleep(LOOK_INTERVAL_MS, signal);
    } catch (cause) {
      if (signal.aborted) break;
      if (failures === 0) sinceMs = clock.nowMs();
      const code = cause instanceof AppError ? cause.code : 'UNKNOWN';
      const detail = cause instanceof Error ? cause.message : 'a value that is no error was thrown';
      observer.observe({ name: 'fold-failed', level: failures === 0 ? 'warn' : 'debug', fields: { code, detail } });
      onCondition({ kind: 'failing', code, detail, sinceMs });
      await clock.sleep(Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(failures++, 6)), signal);
    }
  }
}
