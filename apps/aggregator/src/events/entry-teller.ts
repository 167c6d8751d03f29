import type { Bytes32 } from '@surety/domain';
import { ENTRIES_TOLD_MAX } from '../limits.js';

/** Reads the accounts of some entries of an edge, by index; an entry that is not held is left out. */
export type LoadAccounts = (edge: Bytes32, indexes: readonly bigint[]) => Promise<ReadonlyMap<bigint, Bytes32>>;

/** An observed step: all entries of an edge above `from` up to a count reached a stage, or one of them did. */
export interface ReachedStep {
  readonly edge: Bytes32;
  readonly stage: string;
  readonly from?: bigint;
  readonly count?: bigint;
  /** The one entry that reached it, if the step is one entry's. */
  readonly index?: bigint;
}

/**
 * Publishes entries that reached a stage, in order, each with its id and account. Where too many reached it at once, one event
 * tells the count alone; readers of single accounts get that too, and look again.
 */
export class EntryTeller {
  readonly #publish: (payload: Readonly<Record<string, unknown>>) => void;
  #load: LoadAccounts | undefined;
  #tail: Promise<void> = Promise.resolve();

  constructor(publish: (payload: Readonly<Record<string, unknown>>) => void) {
    this.#publish = publish;
  }

  /** Names entries from now on. */
  open(load: LoadAccounts): void {
    this.#load = load;
  }

  /** Publishes a step behind all earlier ones. */
  tell({ from, ...step }: ReachedStep): void {
    const indexes = step.index === undefined ? countUp(from, step.count) : [step.index];
    this.#tail = this.#tail.then(() => this.#tell(step, indexes));
  }

  /** Resolves once everything told so far is published. */
  settle(): Promise<void> {
    return this.#tail;
  }

  async #tell(step: ReachedStep, indexes: readonly bigint[]): Promise<void> {
    // A database that closes or fails takes nothing but the names: the step is told all the same.
    const accounts = indexes.length > 0 ? await this.#load?.(step.edge, indexes).catch(() => undefined) : undefined;
    if (accounts === undefined || accounts.size < indexes.length) return this.#publish({ ...step });
    for (const index of indexes) {
      const own = step.count === undefined ? {} : { count: index };
      this.#publish({ ...step, ...own, id: `${step.edge}:${index}`, account: accounts.get(index) });
    }
  }
}

/** Returns the entries that a step adds; none if they are too many. */
function countUp(from = 0n, count = 0n): bigint[] {
  const added = count - from;
  if (added <= 0n || added > ENTRIES_TOLD_MAX) return [];
  return Array.from({ length: Number(added) }, (_, at) => from + BigInt(at) + 1n);
}
