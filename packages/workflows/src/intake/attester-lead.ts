import type { Address } from '@surety/domain';
import type { AttesterMark } from './intake-store.js';

/** Steps of the lead that are remembered. One that is behind all of them was last level when it was last heard. */
const STEPS_MAX = 64;

interface Step {
  readonly count: bigint;
  readonly asOf: bigint;
  readonly atMs: number;
}

/**
 * When the newest count and block of an edge were first heard of any attester, by this process's elapsed time. Block times alone
 * cannot tell a late attester from a chain whose blocks become final late.
 */
export class AttesterLead {
  readonly #steps: Step[];
  readonly #heardAtMs = new Map<Address, number>();
  readonly #sinceMs: number;

  constructor(marks: readonly AttesterMark[], sinceMs: number) {
    this.#sinceMs = sinceMs;
    this.#steps = marks.length === 0 ? [] : [{ ...topOf(marks), atMs: sinceMs }];
  }

  /** Records that a member was heard, with its mark after that. */
  note({ address, count, asOf }: AttesterMark, atMs: number): void {
    this.#heardAtMs.set(address, atMs);
    const top = this.#steps.at(-1);
    if (top !== undefined && count <= top.count && asOf <= top.asOf) return;
    this.#steps.push({ ...topOf([{ count, asOf }, top ?? { count, asOf }]), atMs });
    if (this.#steps.length > STEPS_MAX) this.#steps.shift();
  }

  /**
   * Returns the milliseconds for which others have signed what this member has not; 0 if there is nothing. Blocks before
   * `since`, in seconds, were for others to sign.
   */
  behindMs({ address, count, asOf }: AttesterMark, nowMs: number, since = 0n): number {
    const missed = this.#steps.find((step) => step.asOf >= since && (step.count > count || step.asOf > asOf));
    if (missed === undefined) return 0;
    const heardAtMs = this.#heardAtMs.get(address) ?? this.#sinceMs;
    const isOlder = missed === this.#steps[0] && this.#steps.length === STEPS_MAX;
    return Math.max(0, nowMs - (isOlder ? heardAtMs : missed.atMs));
  }
}

function topOf(marks: readonly Pick<AttesterMark, 'count' | 'asOf'>[]): Pick<Step, 'count' | 'asOf'> {
  const max = (values: readonly bigint[]): bigint => values.reduce((top, one) => (one > top ? one : top), 0n);
  return { count: max(marks.map(({ count }) => count)), asOf: max(marks.map(({ asOf }) => asOf)) };
}
