import type { Bytes32 } from '@surety/domain';
import { ChangingRows } from '../following/changing-rows.js';
import { foldError } from '../following/fold-errors.js';
import type { AssetBook } from './asset-book.js';
import type { AssetSums } from './asset-sums.js';
import type { CollateralChanges } from './collateral-changes.js';
import type { ParkedCreditFact } from './collateral-rows.js';
import type { ParkedFact, PostponedFact } from './ledger-fact.js';

/** A credit that is unparked, as logged; with its fee if the log has one. */
export interface ParkedTaken {
  readonly source: number;
  readonly index: bigint;
  readonly account: Bytes32;
  readonly amount: bigint;
  readonly fee?: bigint;
}

/** The parked credits held by a fold. Keeps the sums of their assets in step. */
export class ParkedBook {
  readonly #assets: AssetBook;
  readonly #sums: AssetSums;
  readonly #parked = new ChangingRows<string, ParkedCreditFact>(keyOf);
  #left = new Map<string, { readonly source: number; readonly index: bigint }>();

  constructor(assets: AssetBook, sums: AssetSums) {
    this.#assets = assets;
    this.#sums = sums;
  }

  /** Credits held, in no order. */
  get all(): readonly ParkedCreditFact[] {
    return this.#parked.all;
  }

  /** Returns a credit if it is held. */
  of(source: number, index: bigint): ParkedCreditFact | undefined {
    return this.#parked.byKey.get(keyOf({ source, index }));
  }

  /** Adds credits as stored. */
  hold(credits: readonly ParkedCreditFact[]): void {
    this.#parked.hold(credits);
  }

  /** Parks a credit. */
  park({ source, index, account, vaultAsset, amount, fee, reason }: ParkedFact): void {
    const assetId = this.#assets.idOf(source, vaultAsset);
    const isSummed = reason !== 'UNLISTED' && assetId !== undefined;
    this.#put({ source, index, account, vaultAsset, amount, fee, reason, isSummed });
    if (isSummed) this.#sums.add(assetId, { parked: amount });
  }

  /** Postpones a credit for another reason. @throws FACT_GAP unless it is parked and its asset listed. */
  postpone({ source, index, reason }: PostponedFact): void {
    const held = this.of(source, index);
    const assetId = held && this.#assets.idOf(source, held.vaultAsset);
    if (held === undefined || assetId === undefined) {
      const seen = `credit ${index} of source ${source} is postponed, not ${held === undefined ? 'parked' : 'listed'}`;
      throw foldError('FACT_GAP', `${seen}; read the missing logs`);
    }
    this.#put({ ...held, reason, isSummed: true });
    // A credit parked before its asset was listed enters the asset's sum here, once.
    if (!held.isSummed) this.#sums.add(assetId, { parked: held.amount });
  }

  /** Removes a credit and returns its asset if that is listed. @throws FACT_GAP unless the credit matches the log, but for the owner of fees. */
  take(told: ParkedTaken): number | undefined {
    const { source, index, account, amount } = told;
    const parked = this.of(source, index);
    const { fee = parked?.fee } = told;
    // The owner of fees is one provider's word at either end, unlike that of an entry: if the first lied, this log is right.
    const isOwned = parked !== undefined && (parked.reason === 'FEE' || parked.account === account);
    if (!isOwned || parked.amount !== amount || parked.fee !== fee) {
      throw foldError(
        'FACT_GAP',
        `credit ${index} of source ${source} leaves parking with ${amount} for ${account}; ${parked?.amount ?? 'nothing'} is parked; read the missing logs`,
      );
    }
    const assetId = this.#assets.idOf(source, parked.vaultAsset);
    if (assetId !== undefined && parked.isSummed) this.#sums.add(assetId, { parked: -amount });
    const key = keyOf({ source, index });
    this.#parked.drop(key);
    this.#left.set(key, { source, index });
    return assetId;
  }

  /** Drops all credits; their changes must have been taken before. */
  release(): void {
    this.#parked.release();
  }

  /** Returns the changed and removed credits since the last call. */
  takeChanges(): Pick<CollateralChanges, 'parked' | 'unparked'> {
    const unparked = [...this.#left.values()];
    this.#left = new Map();
    return { parked: this.#parked.takeChanges(), unparked };
  }

  #put(credit: ParkedCreditFact): void {
    this.#parked.put(credit);
    // An index that a rewind freed may be used again, so it does not count as removed.
    this.#left.delete(keyOf(credit));
  }
}

function keyOf({ source, index }: Pick<ParkedCreditFact, 'source' | 'index'>): string {
  return `${source}:${index}`;
}
