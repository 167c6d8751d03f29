import type { Clock } from '../ports/clock.js';
import type { ObservedEvent } from '../ports/observer.js';
import { shortFailureOf } from './failure-detail.js';

/** A loop, known by the event that tells of its failures. Each has an object of its own. */
interface ToldLoop {
  readonly name: string;
  readonly fields?: ObservedEvent['fields'];
}

/** A loop that has failed since its last pass. */
export interface FailingLoop {
  /** The event in the log, and its fields: `unpark-failed (source 1)`. */
  readonly loop: string;
  /** Time of `Clock.elapsedMs` of the first failure since that pass. */
  readonly sinceMs: number;
  /** Code and message of the last failure. */
  readonly code: string;
  readonly detail: string;
}

/**
 * Longest time in milliseconds of a pass that gets on. Each request has a time limit of its own, and the longest pass sends 64 transactions one
 * after the other, of 24 s each: 25.6 minutes.
 */
export const PASS_MS_MAX = 1_800_000;

/** A port of loops that report no status of their own. */
export interface NotesFailing {
  readonly failingLoops: FailingLoops;
}

/**
 * The loops of a process that fail now, or whose pass does not end, for its readiness: the log warns of the first failure alone, and says
 * nothing of a pass that hangs.
 */
export class FailingLoops {
  readonly #clock: Pick<Clock, 'elapsedMs'>;
  readonly #failing = new Map<ToldLoop, FailingLoop>();
  /** When the pass under way began. */
  readonly #begun = new Map<ToldLoop, number>();

  constructor(clock: Pick<Clock, 'elapsedMs'>) {
    this.#clock = clock;
  }

  /** Notes that a pass of a loop begins. */
  began(of: ToldLoop): void {
    this.#begun.set(of, this.#clock.elapsedMs());
  }

  /** Notes a failed pass of a loop. */
  failed(of: ToldLoop, error: unknown): void {
    this.#begun.delete(of);
    const sinceMs = this.#failing.get(of)?.sinceMs ?? this.#clock.elapsedMs();
    this.#failing.set(of, { loop: nameOf(of), sinceMs, ...shortFailureOf(error) });
  }

  /** Notes a pass of a loop that succeeded. */
  passed(of: ToldLoop): void {
    this.#begun.delete(of);
    this.#failing.delete(of);
  }

  /** Returns the loops that fail, the one that has failed longest first. */
  list(): readonly FailingLoop[] {
    return [...this.#failing.values()].toSorted((left, right) => left.sinceMs - right.sinceMs);
  }

  /** Returns a reason for each pass that has been under way for more than {@link PASS_MS_MAX}. Such a pass is named and left alone. */
  stuckReasons(): { readonly code: 'LOOP_STUCK'; readonly detail: string }[] {
    const nowMs = this.#clock.elapsedMs();
    return [...this.#begun].flatMap(([of, sinceMs]) => {
      const ageMs = nowMs - sinceMs;
      if (ageMs <= PASS_MS_MAX) return [];
      const detail = `the loop of ${nameOf(of)} has been in one pass for ${Math.round(ageMs / 1_000)} s; expected at most ${PASS_MS_MAX / 1_000} s`;
      return [{ code: 'LOOP_STUCK', detail }];
    });
  }
}

function nameOf({ name, fields = {} }: ToldLoop): string {
  const places = Object.entries(fields).map(([field, value]) => `${field} ${value}`);
  return places.length === 0 ? name : `${name} (${places.join(', ')})`;
}
