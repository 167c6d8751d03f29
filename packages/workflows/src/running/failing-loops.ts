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

/** A port of loops that report no status of their own. */
export interface NotesFailing {
  readonly failingLoops: FailingLoops;
}

/** The loops of a process that fail now, for its readiness: the log warns of the first failure alone. */
export class FailingLoops {
  readonly #clock: Pick<Clock, 'elapsedMs'>;
  readonly #failing = new Map<ToldLoop, FailingLoop>();

  constructor(clock: Pick<Clock, 'elapsedMs'>) {
    this.#clock = clock;
  }

  /** Notes a failed pass of a loop. */
  failed(of: ToldLoop, error: unknown): void {
    const sinceMs = this.#failing.get(of)?.sinceMs ?? this.#clock.elapsedMs();
    this.#failing.set(of, { loop: nameOf(of), sinceMs, ...shortFailureOf(error) });
  }

  /** Notes a pass of a loop that succeeded. */
  passed(of: ToldLoop): void {
    this.#failing.delete(of);
  }

  /** Returns the loops that fail, the one that has failed longest first. */
  list(): readonly FailingLoop[] {
    return [...this.#failing.values()].toSorted((left, right) => left.sinceMs - right.sinceMs);
  }
}

function nameOf({ name, fields = {} }: ToldLoop): string {
  const places = Object.entries(fields).map(([field, value]) => `${field} ${value}`);
  return places.length === 0 ? name : `${name} (${places.join(', ')})`;
}
