import { ZERO_WORD } from '@surety/domain';
import { type LineKey } from './collateral-changes.js';
import { foldError } from './fold-errors.js';
import { keyOf } from './line-book.js';

/**
 * What the credits of one call repay of what their accounts owe. The ledger tells it before the batch, or the freed credit, that it
 * is taken from, so it waits here for that; what fees owe is account 0's.
 */
export class RepaidUnits {
  readonly #units = new Map<string, bigint>();

  /** Notes what is told. */
  add(key: LineKey, units: bigint): void {
    this.#units.set(keyOf(key), (this.#units.get(keyOf(key)) ?? 0n) + units);
  }

  /** Gives what is left of a credit, or of an asset's fees if no account is named. */
  leaveOf({ account = ZERO_WORD, assetId }: Partial<LineKey> & Pick<LineKey, 'assetId'>, amount: bigint): bigint {
    const key = keyOf({ account, assetId });
    const owed = this.#units.get(key);
    if (owed === undefined) return amount;
    const repaid = owed < amount ? owed : amount;
    if (repaid === owed) this.#units.delete(key);
    else this.#units.set(key, owed - repaid);
    return amount - repaid;
  }

  /** Ends a call. @throws FACT_GAP if more is told than its credits hold. */
  requireNone(): void {
    if (this.#units.size === 0) return;
    const [key] = this.#units.keys();
    throw foldError('FACT_GAP', `${key} repays more than is credited to it; read the missing logs`);
  }
}
