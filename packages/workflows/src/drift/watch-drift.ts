import type { Clock } from '../ports/clock.js';
import type { Comparison, SourceComparer } from '../ports/drift.js';
import type { Observer } from '../ports/observer.js';
import { untilAborted } from '../until-aborted.js';
import type { DriftBoard } from './drift-board.js';

/** Milliseconds before a source is compared again if a chain did not respond: outages end within minutes. */
const UNREAD_RETRY_MS = 60_000;

/** Ports of {@link watchDrift}. */
export interface WatchDriftDeps {
  readonly comparer: SourceComparer;
  readonly board: DriftBoard;
  readonly clock: Clock;
  readonly observer: Observer;
  /** Milliseconds between two comparisons. */
  readonly intervalMs: number;
}

/**
 * Compares a source with the configuration at once and after each interval, until the signal aborts. Each difference is
 * reported once, as an error. Parts that a chain did not answer for are unknown and read again soon.
 */
export async function watchDrift(deps: WatchDriftDeps, signal: AbortSignal): Promise<void> {
  const { comparer, board, clock, intervalMs } = deps;
  for (let silences = 0; !signal.aborted;) {
    const comparison = await unlessAborted(comparer.compare(), signal);
    if (comparison === undefined) return;
    const fresh = board.tell(comparer.source, comparison, clock.nowMs());
    silences = comparison.unread.length === 0 ? 0 : silences + 1;
    tell(deps, comparison, fresh, silences);
    await clock.sleep(silences === 0 ? intervalMs : Math.min(intervalMs, UNREAD_RETRY_MS), signal);
  }
}

function tell(
  { comparer: { source }, board, observer }: WatchDriftDeps,
  { unread }: Comparison,
  fresh: Comparison['drift'],
  silences: number,
): void {
  for (const { path, seen, expected } of fresh)
    observer.observe({ name: 'witness-drifted', level: 'error', fields: { source, path, seen, expected } });
  const [first] = unread;
  if (first !== undefined) {
    const fields = { source, path: first.path, detail: first.detail, parts: unread.length };
    observer.observe({ name: 'witness-unread', level: silences === 1 ? 'warn' : 'debug', fields });
  }
  const fields = { source, differences: board.ofSource(source).drift.length, unread: unread.length };
  observer.observe({ name: 'witnesses-compared', level: 'info', fields });
}

/** Returns the value, or undefined once the signal aborts: shutdown must not wait for a provider. */
async function unlessAborted<Value>(reading: Promise<Value>, signal: AbortSignal): Promise<Value | undefined> {
  try {
    return await untilAborted(reading, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
