import type { Bytes32 } from '@surety/domain';
import type { CollateralChanges } from './collateral-changes.js';
import type { ParkedCreditFact } from './collateral-rows.js';
import { foldError } from './fold-errors.js';
import { type ScalingFact, catchUpParked } from './scaling.js';

/** A credit that leaves parking, as its log tells it; the fee where one is told. */
export interface ParkedTaken {
  readonly source: number;
  readonly index: bigint;
  readonly account: Bytes32;
  readonly amount: bigint;
  readonly fee?: bigint;
}

/** The parked credits that a fold holds, as they were parked, and which of them changed or left. */
export class ParkedBook {
  readonly #parked = new Map<string, ParkedCreditFact>();
  #dirty = new Set<string>();
  #left: { source: number; index: bigint }[] = [];

  /** Credits held, in no order. */
  get all(): readonly ParkedCreditFact[] {
    return [...this.#parked.values()];
  }

  /** Gives a credit that is held. */
  of(source: number, index: bigint): ParkedCreditFact | undefined {
    return this.#parked.get(`${source}:${index}`);
  }

  /** Takes in a credit as the store holds it. */
  hold(credit: ParkedCreditFact): void {
    this.#parked.set(`${credit.source}:${credit.index}`, credit);
  }

  /** Parks a credit, or changes one that is held. */
  put(credit: ParkedCreditFact): void {
    this.hold(credit);
    this.#dirty.add(`${credit.source}:${credit.index}`);
  }

  /** Takes a credit out of parking, with the scalings of its asset. @throws FACT_GAP unless it is the one that is told. */
  take(told: ParkedTaken, scalings: readonly ScalingFact[]): void {
    const { source, index, account, amount } = told;
    const key = `${source}:${index}`;
    const held = this.#parked.get(key);
    const parked = held && catchUpParked(held, scalings);
    const { fee = parked?.fee } = told;
    if (parked?.account !== account || parked.amount !== amount || parked.fee !== fee) {
      throw foldError(
        'FACT_GAP',
        `credit ${index} of source ${source} leaves parking with ${amount} for ${account}; ${parked?.amount ?? 'nothing'} is parked; read the missing logs`,
      );
    }
    this.#parked.delete(key);
    this.#dirty.delete(key);
    this.#left.push({ source, index });
  }

  /** Forgets all credits; what was changed must have been taken before. */
  release(): void {
    this.#parked.clear();
  }

  /** Gives what changed and what left since the last call. */
  takeChanges(): Pick<CollateralChanges, 'parked' | 'unparked'> {
    const changes = { parked: [...this.#dirty].flatMap((key) => this.#parked.get(key) ?? []), unparked: this.#left };
    this.#dirty = new Set();
    this.#left = [];
    return changes;
  }
}
