import { AppError } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import { failureOf } from '../running/failure-detail.js';
import { type KeepRunningOptions, keepRunning } from '../running/keep-running.js';
import { retryDelayMs } from '../running/retry-delay-ms.js';

/** Milliseconds between two polls of a chain. */
const LOOK_INTERVAL_MS = 500;
/** Milliseconds after a failed poll; grows to the maximum with each further failure. */
const LOOK_RETRY_MS = { firstMs: 500, maxMs: 15_000 } as const;

/** Milliseconds for which a fold may wait for entries that another loop brings, as after a lost database, before that is a warning. */
const WAIT_QUIET_MS = 60_000;

/** A failure that goes on. */
export interface LastingFailure {
  readonly code: string;
  readonly detail: string;
  /** By the process's elapsed time. */
  readonly sinceMs: number;
}

/** The state of following a chain. Its final blocks may be current while its newest one cannot be read. */
export type FollowCondition =
  | { readonly kind: 'starting' }
  | { readonly kind: 'current'; readonly atMs: number; readonly glance?: LastingFailure }
  | ({ readonly kind: 'failing' } & LastingFailure);

/** Ports and settings of {@link keepLooking}. */
export interface KeepLookingOptions {
  readonly clock: Clock;
  readonly observer: Observer;
  readonly onCondition: (condition: FollowCondition) => void;
}

/** Work of {@link keepLooking} at each poll. */
export interface ChainLooks {
  /** Folds what is final. */
  readonly lookOnce: () => Promise<void>;
  /** Reads what the newest block holds. It shows entries early and decides nothing, so that what is final goes on without it. */
  readonly glance?: () => Promise<void>;
}

/** Polls a chain until the signal aborts and reports its condition. After a failure the pause grows. */
export async function keepLooking(options: KeepLookingOptions & ChainLooks, signal: AbortSignal): Promise<void> {
  const { clock, observer, onCondition, lookOnce } = options;
  const glance = glancer(options, signal);
  // The time of day may be set back: only elapsed time says how long something goes on.
  let since: number | undefined;
  const begun = (): number => (since ??= clock.elapsedMs());
  const kindOf = (error: unknown): 'failing' | 'waiting' => {
    const waits = error instanceof AppError && error.code === 'ENTRIES_MISSING';
    return waits && clock.elapsedMs() - begun() <= WAIT_QUIET_MS ? 'waiting' : 'failing';
  };
  onCondition({ kind: 'starting' });
  const running: KeepRunningOptions = {
    step: async () => {
      await lookOnce();
      since = undefined;
      const failure = await glance();
      onCondition({ kind: 'current', atMs: clock.nowMs(), ...(failure === undefined ? {} : { glance: failure }) });
    },
    pauseMs: (failures) => (failures === 0 ? LOOK_INTERVAL_MS : retryDelayMs(failures - 1, LOOK_RETRY_MS)),
    failure: {
      name: 'fold-failed',
      describe: (error) => failureOf(error, 'UNKNOWN'),
      kindOf,
      level: (error) => (kindOf(error) === 'waiting' ? 'info' : 'warn'),
    },
    onFailure: (error) => {
      onCondition({ kind: 'failing', ...failureOf(error, 'UNKNOWN'), sinceMs: begun() });
    },
    clock,
    observer,
  };
  await keepRunning(running, signal);
}

/** Returns a function that glances, more rarely while that fails, and returns since when. Only the first failure is a warning. */
function glancer(
  { clock, observer, glance }: KeepLookingOptions & ChainLooks,
  signal: AbortSignal,
): () => Promise<LastingFailure | undefined> {
  let failing: LastingFailure | undefined;
  let [failures, notBeforeMs] = [0, 0];
  return async () => {
    if (glance === undefined || (failing !== undefined && clock.elapsedMs() < notBeforeMs)) return failing;
    try {
      await glance();
      [failing, failures] = [undefined, 0];
    } catch (error) {
      if (signal.aborted) return failing;
      const fields = failureOf(error, 'UNKNOWN');
      observer.observe({ name: 'glance-failed', level: failing === undefined ? 'warn' : 'debug', fields });
      failing = { ...fields, sinceMs: failing?.sinceMs ?? clock.elapsedMs() };
      notBeforeMs = clock.elapsedMs() + retryDelayMs(failures++, LOOK_RETRY_MS);
    }
    return failing;
  };
}
