import { foldError } from '../following/fold-errors.js';
import type { CollateralChanges } from './collateral-changes.js';
import type { RefundFact } from './collateral-rows.js';
import type { RefundUndoneFact } from './ledger-fact.js';

/** Refunds since the last step, and earlier ones that are about to be undone. */
export class RefundBook {
  readonly #known = new Map<string, RefundFact>();
  #changes = new Map<string, RefundFact | Pick<RefundFact, 'source' | 'seq'>>();

  /** Adds refunds as stored. */
  hold(refunds: readonly RefundFact[]): void {
    for (const refund of refunds) this.#known.set(keyOf(refund), refund);
  }

  /** Drops the held refunds; their changes must have been taken before. */
  release(): void {
    this.#known.clear();
  }

  /** Records that a release was credited back. */
  note(refund: RefundFact): void {
    this.#known.set(keyOf(refund), refund);
    this.#changes.set(keyOf(refund), refund);
  }

  /** Removes and returns a refund. @throws FACT_GAP if none is known. */
  undo({ source, seq }: RefundUndoneFact): RefundFact {
    const key = keyOf({ source, seq });
    const refund = this.#known.get(key);
    if (refund === undefined) {
      throw foldError(
        'FACT_GAP',
        `the refund of release ${seq} of source ${source} is undone, and none is known; read the missing logs`,
      );
    }
    this.#known.delete(key);
    this.#changes.set(key, { source, seq });
    return refund;
  }

  /** Returns the refunds and undone refunds since the last call. */
  takeChanges(): Pick<CollateralChanges, 'refunds' | 'undone'> {
    const changed = [...this.#changes.values()];
    this.#changes = new Map();
    const refunds = changed.filter((one): one is RefundFact => 'amount' in one);
    return { refunds, undone: changed.filter((one) => !('amount' in one)) };
  }
}

function keyOf({ source, seq }: Pick<RefundFact, 'source' | 'seq'>): string {
  return `${source}:${seq}`;
}
