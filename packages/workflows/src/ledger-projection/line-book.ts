import { ChangingRows } from '../following/changing-rows.js';
import { foldError } from '../following/fold-errors.js';
import type { LineKey } from './collateral-changes.js';
import type { LineFact } from './collateral-rows.js';
import type { TransferredFact, UnseasonedFact } from './ledger-fact.js';

/** The lines held by a fold, in units. */
export class LineBook extends ChangingRows<string, LineFact> {
  constructor() {
    super(keyOf);
  }

  /** True if a line is in memory and need not be loaded. */
  has(key: LineKey): boolean {
    return this.byKey.has(keyOf(key));
  }

  /** Returns the units of a line; 0 if it is not held. */
  amountOf(key: LineKey): bigint {
    return this.byKey.get(keyOf(key))?.amount ?? 0n;
  }

  /** Changes a line; one that is not held starts empty. */
  change({ account, assetId }: LineKey, change: (line: LineFact) => LineFact): void {
    const empty = { amount: 0n, unseasoned: 0n, seasonEnd: 0n, enabled: false };
    this.put(change(this.byKey.get(keyOf({ account, assetId })) ?? { account, assetId, ...empty }));
  }

  /** Sets the unseasoned part of a line and its end. */
  season({ account, assetId, unseasoned, seasonEnd }: UnseasonedFact): void {
    this.change({ account, assetId }, (line) => ({ ...line, unseasoned, seasonEnd }));
  }

  /** Debits a line; the caller updates the asset's sum. @throws FACT_GAP if it has less. */
  lower(key: LineKey, amount: bigint, by: string): void {
    this.change(key, (line) => {
      if (line.amount >= amount) return { ...line, amount: line.amount - amount };
      throw foldError(
        'FACT_GAP',
        `${by} takes ${amount} of asset ${key.assetId}, ${key.account} has ${line.amount}; read the missing logs`,
      );
    });
  }

  /** Moves units between two lines of an asset. @throws FACT_GAP if there are fewer. */
  transfer({ from, to, assetId, amount }: TransferredFact): void {
    this.lower({ account: from, assetId }, amount, 'a transfer');
    this.change({ account: to, assetId }, (line) => ({ ...line, amount: line.amount + amount }));
  }
}

/** Returns the map key of a line. */
export function keyOf({ account, assetId }: LineKey): string {
  return `${account}:${assetId}`;
}
