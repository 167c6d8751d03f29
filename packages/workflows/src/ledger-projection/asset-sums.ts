import { ChangingRows } from '../following/changing-rows.js';
import type { AssetSumsFact } from './collateral-rows.js';

/** Maintains the sums of lines and parked credits of each asset. */
export class AssetSums extends ChangingRows<number, AssetSumsFact> {
  constructor(sums: readonly AssetSumsFact[]) {
    super(({ assetId }) => assetId, sums);
  }

  /** Adds to the sums of an asset; a debit is negative. */
  add(assetId: number, change: Partial<Omit<AssetSumsFact, 'assetId'>>): void {
    const held = this.byKey.get(assetId) ?? { assetId, lines: 0n, parked: 0n, released: 0n, refunded: 0n };
    const { lines = 0n, parked = 0n, released = 0n, refunded = 0n } = change;
    this.put({
      assetId,
      lines: held.lines + lines,
      parked: held.parked + parked,
      released: held.released + released,
      refunded: held.refunded + refunded,
    });
  }
}
