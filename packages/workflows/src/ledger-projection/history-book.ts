import { type AccountChange, type ChangePlace, positionAt } from './account-change.js';

/** A change without its place; fields that do not concern it may be left out. */
type Told = Pick<AccountChange, 'account' | 'kind'> & Partial<Omit<AccountChange, keyof ChangePlace | 'position'>>;

/** Writes down the changes of accounts in the order of the chain. Before the first place is named nothing is written. */
export class HistoryBook {
  #place: ChangePlace | undefined;
  #next = 0n;
  #changes: AccountChange[] = [];

  /** Names the place of the changes that follow; numbers go on within a block. */
  moveTo(place: ChangePlace | undefined): void {
    if (place?.height !== this.#place?.height) this.#next = 0n;
    this.#place = place;
  }

  /** Writes a change down. */
  note(told: Told): void {
    if (this.#place === undefined) return;
    const position = positionAt(this.#place.height, this.#next);
    this.#next += 1n;
    this.#changes.push({
      assetId: null,
      delta: 0n,
      amount: null,
      units: null,
      source: null,
      index: null,
      party: null,
      reason: null,
      ...told,
      ...this.#place,
      position,
    });
  }

  /** Returns the changes since the last call. */
  takeChanges(): readonly AccountChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }
}
