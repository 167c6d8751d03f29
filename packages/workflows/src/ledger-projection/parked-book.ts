import type { Bytes32 } from '@surety/domain';
import { foldError } from '../following/fold-errors.js';
import type { AssetBook } from './asset-book.js';
import type { AssetSums } from './asset-sums.js';
import type { CollateralChanges } from './collateral-changes.js';
import type { ParkedCreditFact } from './collateral-rows.js';
import type { ParkedFact, PostponedFact } from './ledger-fact.js';

/** A credit that leaves parking, as logged, with its fee where the log has one. */
export interface ParkedTaken {
  readonly source: number;
  readonly index: bigint;
  readonly account: Bytes32;
  readonly amount: bigint;
  readonly fee?: bigint;
}

/** The parked credits that a fold holds, what they add to the sums of their assets, and which of them changed or left. */
export class ParkedBook {
  readonly #assets: AssetBook;
  readonly #sums: AssetSums;
  readonly #parked = new Map<string, ParkedCreditFact>();
  #dirty = new Set<string>();
  #left = new Map<string, { readonly source: number; readonly index: bigint }>();

  constructor(assets: AssetBook, sums: AssetSums) {
    this.#assets = assets;
    this.#sums = sums;
  }

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

  /** Parks a credit. */
  park({ source, index, account, vaultAsset, amount, fee, reason }: ParkedFact): void {
    const assetId = this.#assets.idOf(source, vaultAsset);
    const isSummed = reason !== 'UNLISTED' && assetId !== undefined;
    this.#put({ source, index, account, vaultAsset, amount, fee, reason, isSummed });
    if (isSummed) this.#sums.add(assetId, { parked: amount });
  }

  /** Lets a credit wait on for another reason. @throws FACT_GAP unless it is parked and its asset listed. */
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

  /** Takes a credit out of parking and gives its asset, if that is listed. @throws FACT_GAP unless it is the one that is told. */
  take(told: ParkedTaken): number | undefined {
    const { source, index, account, amount } = told;
    const parked = this.of(source, index);
    const { fee = parked?.fee } = told;
    if (parked?.account !== account || parked.amount !== amount || parked.fee !== fee) {
      throw foldError(
        'FACT_GAP',
        `credit ${index} of source ${source} leaves parking with ${amount} for ${account}; ${parked?.amount ?? 'nothing'} is parked; read the missing logs`,
      );
    }
    const assetId = this.#assets.idOf(source, parked.vaultAsset);
    if (assetId !== undefined && parked.isSummed) this.#sums.add(assetId, { parked: -amount });
    const key = `${source}:${index}`;
    this.#parked.delete(key);
    this.#dirty.delete(key);
    this.#left.set(key, { source, index });
    return assetId;
  }

  /** Forgets all credits; what was changed must have been taken before. */
  release(): void {
    this.#parked.clear();
  }

  /** Returns what changed and what left since the last call. */
  takeChanges(): Pick<CollateralChanges, 'parked' | 'unparked'> {
    const parked = [...this.#dirty].flatMap((key) => this.#parked.get(key) ?? []);
    const unparked = [...this.#left.values()];
    this.#dirty = new Set();
    this.#left = new Map();
    return { parked, unparked };
  }

  #put(credit: ParkedCreditFact): void {
    const key = `${credit.source}:${credit.index}`;
    this.hold(credit);
    this.#dirty.add(key);
    // A number that a rewind freed may be parked under again: it has not left then.
    this.#left.delete(key);
  }
}
