import { AppError } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { EventLevel, ObservedEvent, Observer } from '../ports/observer.js';
import type { FailingLoops } from './failing-loops.js';
import { failureOf } from './failure-detail.js';

/** The event that reports a failed step. */
export interface FailureTelling {
  /** The event's name. */
  readonly name: string;
  /** Fields beside the error. */
  readonly fields?: ObservedEvent['fields'];
  /** Fields from an error; by default its code, `UNEXPECTED` if it has none. */
  readonly describe?: (error: unknown) => ObservedEvent['fields'];
  /** The level of the first failure of a kind, `warn` by default; repeats are debug. */
  readonly level?: (error: unknown) => EventLevel;
  /** The kind of a failure; by default all are of one kind. */
  readonly kindOf?: (error: unknown) => string;
}

/** A loop's step, pauses and failures. */
export interface KeepRunningOptions {
  /** One pass. It may itself wait for work. */
  readonly step: (signal: AbortSignal) => Promise<unknown>;
  /** Milliseconds to the next step, by the number of consecutive failures; 0 failures after a success. */
  readonly pauseMs: (failures: number) => number;
  readonly failure: FailureTelling;
  /** Returns true for errors that no repetition can fix; by default there are none. */
  readonly isFatal?: (error: unknown) => boolean;
  /** Stops preferring the current provider; called at each failure, before it is reported. */
  readonly distrustProvider?: () => void;
  /** Called after a failure was reported, with the number of consecutive failures. If it throws, the loop ends. */
  readonly onFailure?: (error: unknown, failures: number) => void;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly observer: Observer;
  /** Notes when each pass began, each one that fails, and the next one that does not. */
  readonly failingLoops?: FailingLoops;
}

/**
 * Repeats a step until the signal aborts:
 *
 *   step begins   noted in failingLoops
 *   step passes   failures = 0, noted there                                     pause(0)
 *   step throws   failures + 1, distrust, report, noted there, onFailure        pause(failures)
 *                 aborted meanwhile: the loop ends without a report
 *                 fatal: the loop ends with the error, which its caller reports
 *
 * @throws the errors that `isFatal` accepts, and those of `onFailure`.
 */
export async function keepRunning(options: KeepRunningOptions, signal: AbortSignal): Promise<void> {
  const { step, pauseMs, failure, isFatal, distrustProvider, onFailure, failingLoops, clock } = options;
  let failures = 0;
  let toldKind: string | undefined;
  while (!signal.aborted) {
    failingLoops?.began(failure);
    try {
      await step(signal);
      failures = 0;
      toldKind = undefined;
      failingLoops?.passed(failure);
    } catch (error) {
      if (signal.aborted) return;
      if (isFatal?.(error) === true) throw error;
      failures += 1;
      distrustProvider?.();
      toldKind = tell(options, error, toldKind);
      failingLoops?.failed(failure, error);
      onFailure?.(error, failures);
    }
    const waitMs = pauseMs(failures);
    if (waitMs > 0) await clock.sleep(waitMs, signal);
  }
}

/** True if an error shows that this process is configured for another chain, which no retry can fix. */
export function isChainMismatch(error: unknown): boolean {
  return error instanceof AppError && error.code === 'CHAIN_MISMATCH';
}

/** Reports a failure and returns its kind. */
function tell({ failure, observer }: KeepRunningOptions, error: unknown, toldKind: string | undefined): string {
  const { name, fields, describe, level = () => 'warn', kindOf = () => '' } = failure;
  const kind = kindOf(error);
  observer.observe({
    name,
    level: kind === toldKind ? 'debug' : level(error),
    fields: { ...fields, ...(describe?.(error) ?? { code: failureOf(error).code }) },
  });
  return kind;
}
