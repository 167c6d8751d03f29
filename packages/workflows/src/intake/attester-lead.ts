import type { Address } from '@surety/domain';
import type { AttesterEpoch } from '../ports/epochs.js';
import type { AttesterMark } from './intake-store.js';

/** Steps of the lead that are remembered. One that is behind all of them was last level when it was last heard. */
const STEPS_MAX = 64;

interface Step {
  readonly count: bigint;
  readonly asOf: bigint;
  readonly atMs: number;
}

/** The present attester set: its members and the number of them that must sign. */
export type PresentSet = Pick<AttesterEpoch, 'members' | 'quorum'>;

/**
 * When the newest count and block of an edge were first reached by n - k + 1 present attesters, by this process's elapsed time.
 * One of so many is honest, so that nobody makes the others late by signing what does not exist. Block times alone cannot
 * tell a late attester from a chain whose blocks become final late.
 */
export class AttesterLead {
  readonly #steps: Step[] = [];
  readonly #marks = new Map<Address, AttesterMark>();
  readonly #heardAtMs = new Map<Address, number>();
  readonly #sinceMs: number;

  constructor(marks: readonly AttesterMark[], sinceMs: number) {
    this.#sinceMs = sinceMs;
    for (const mark of marks) this.#marks.set(mark.address, mark);
  }

  /** Records that a member was heard, with its mark after that. */
  note(mark: AttesterMark, set: PresentSet, atMs: number): void {
    this.#start(set);
    this.#heardAtMs.set(mark.address, atMs);
    this.#marks.set(mark.address, mark);
    this.#follow(set, atMs);
  }

  /**
   * Returns the milliseconds for which enough others have signed what this member has not; 0 if there is nothing. Blocks before
   * `since`, in seconds, were for others to sign.
   */
  behindMs(mark: AttesterMark, nowMs: number, { set, since }: { set: PresentSet; since: bigint }): number {
    this.#start(set);
    const { address, count, asOf } = mark;
    const missed = this.#steps.find((step) => step.asOf >= since && (step.count > count || step.asOf > asOf));
    if (missed === undefined) return 0;
    const heardAtMs = this.#heardAtMs.get(address) ?? this.#sinceMs;
    const isOlder = missed === this.#steps[0] && this.#steps.length === STEPS_MAX;
    return Math.max(0, nowMs - (isOlder ? heardAtMs : missed.atMs));
  }

  /** Notes what was reached before the process started: the set is not known then. */
  #start(set: PresentSet): void {
    if (this.#steps.length === 0) this.#follow(set, this.#sinceMs);
  }

  #follow({ members, quorum }: PresentSet, atMs: number): void {
    const reached = (values: readonly bigint[]): bigint =>
      values.toSorted((left, right) => (left > right ? -1 : 1))[Math.max(0, members.length - quorum)] ?? 0n;
    const marks = members.map((member) => this.#marks.get(member));
    const count = reached(marks.map((mark) => mark?.count ?? 0n));
    const asOf = reached(marks.map((mark) => mark?.asOf ?? 0n));
    const top = this.#steps.at(-1) ?? { count: 0n, asOf: 0n };
    if (count <= top.count && asOf <= top.asOf) return;
    this.#steps.push({ count: count > top.count ? count : top.count, asOf: asOf > top.asOf ? asOf : top.asOf, atMs });
    if (this.#steps.length > STEPS_MAX) this.#steps.shift();
  }
}
