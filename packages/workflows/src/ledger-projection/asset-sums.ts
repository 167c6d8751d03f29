import type { AssetSumsFact } from './collateral-rows.js';

/** Maintains the sums of lines and parked credits of each asset. */
export class AssetSums {
  readonly #sums = new Map<number, AssetSumsFact>();
  #dirty = new Set<number>();

  constructor(sums: readonly AssetSumsFact[]) {
    for (const sum of sums) this.#sums.set(sum.assetId, sum);
  }

  /** All sums by asset. */
  get all(): ReadonlyMap<number, AssetSumsFact> {
    return this.#sums;
  }

  /** Adds to the sums of an asset; a debit is negative. */
  add(assetId: number, change: Partial<Omit<AssetSumsFact, 'assetId'>>): void {
    const held = this.#sums.get(assetId) ?? { assetId, lines: 0n, parked: 0n, released: 0n, refunded: 0n };
    const { lines = 0n, parked = 0n, released = 0n, refunded = 0n } = change;
    this.#sums.set(assetId, {
      assetId,
      lines: held.lines + lines,
      parked: held.parked + parked,
      released: held.released + released,
      refunded: held.refunded + refunded,
    });
    this.#dirty.add(assetId);
  }

  /** Returns the sums that changed since the last call. */
  takeChanges(): AssetSumsFact[] {
    const changed = [...this.#dirty].flatMap((assetId) => this.#sums.get(assetId) ?? []);
    this.#dirty = new Set();
    return changed;
  }
}
