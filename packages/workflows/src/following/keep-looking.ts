import { AppError } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import { failureDetail } from '../running/failure-detail.js';
import { type KeepRunningOptions, keepRunning } from '../running/keep-running.js';
import { retryDelayMs } from '../running/retry-delay-ms.js';

/** Milliseconds between two polls of a chain. */
const LOOK_INTERVAL_MS = 500;
/** Milliseconds after a failed poll; grows to the maximum with each further failure. */
const LOOK_RETRY_MS = { firstMs: 500, maxMs: 15_000 } as const;

/** Milliseconds for which a fold may wait for entries that another loop brings, as after a lost database, before that is a warning. */
const WAIT_QUIET_MS = 60_000;

/** The state of following a chain. */
export type FollowCondition =
  | { readonly kind: 'starting' }
  | { readonly kind: 'current'; readonly atMs: number }
  | { readonly kind: 'failing'; readonly code: string; readonly detail: string; readonly sinceMs: number };

/** Ports and settings of {@link keepLooking}. */
export interface KeepLookingOptions {
  readonly clock: Clock;
  readonly observer: Observer;
  readonly onCondition: (condition: FollowCondition) => void;
}

/** Polls a chain until the signal aborts and reports its condition. After a failure the pause grows. */
export async function keepLooking(
  options: KeepLookingOptions & { readonly lookOnce: () => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  const { clock, observer, onCondition, lookOnce } = options;
  let sinceMs: number | undefined;
  const kindOf = (error: unknown): 'failing' | 'waiting' => {
    sinceMs ??= clock.nowMs();
    const waits = error instanceof AppError && error.code === 'ENTRIES_MISSING';
    return waits && clock.nowMs() - sinceMs <= WAIT_QUIET_MS ? 'waiting' : 'failing';
  };
  onCondition({ kind: 'starting' });
  const running: KeepRunningOptions = {
    step: async () => {
      await lookOnce();
      sinceMs = undefined;
      onCondition({ kind: 'current', atMs: clock.nowMs() });
    },
    pauseMs: (failures) => (failures === 0 ? LOOK_INTERVAL_MS : retryDelayMs(failures - 1, LOOK_RETRY_MS)),
    failure: {
      name: 'fold-failed',
      describe: describeFailure,
      kindOf,
      level: (error) => (kindOf(error) === 'waiting' ? 'info' : 'warn'),
    },
    onFailure: (error) => {
      sinceMs ??= clock.nowMs();
      onCondition({ kind: 'failing', ...describeFailure(error), sinceMs });
    },
    clock,
    observer,
  };
  await keepRunning(running, signal);
}

function describeFailure(error: unknown): { readonly code: string; readonly detail: string } {
  const code = error instanceof AppError ? error.code : 'UNKNOWN';
  return { code, detail: failureDetail(error) };
}
