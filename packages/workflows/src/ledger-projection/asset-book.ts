import { ChangingRows } from '../following/changing-rows.js';
import type { AssetFact } from './collateral-rows.js';

/** The ledger's listed assets, by its own index and by their vault's. */
export class AssetBook {
  readonly #assets = new ChangingRows<number, AssetFact>(({ assetId }) => assetId);
  readonly #assetIds = new Map<string, number>();

  constructor(assets: readonly AssetFact[]) {
    for (const asset of assets) this.keep(asset);
  }

  /** All assets by the ledger's index. */
  get all(): ReadonlyMap<number, AssetFact> {
    return this.#assets.byKey;
  }

  /** Returns the ledger's index of a vault's asset; undefined if it is not listed. */
  idOf(source: number, vaultAsset: number): number | undefined {
    return this.#assetIds.get(`${source}:${vaultAsset}`);
  }

  /** Adds an asset that is already stored, or that a later fact lists. */
  keep(asset: AssetFact): void {
    this.#assets.hold([this.#index(asset)]);
  }

  /** Adds a newly listed asset. */
  list(asset: AssetFact): void {
    this.#assets.put(this.#index(asset));
  }

  /** Returns the assets that were listed since the last call. */
  takeChanges(): AssetFact[] {
    return this.#assets.takeChanges();
  }

  #index({ assetId, source, vaultAsset, underlying, ownPrice, decimals }: AssetFact): AssetFact {
    this.#assetIds.set(`${source}:${vaultAsset}`, assetId);
    return { assetId, source, vaultAsset, underlying, ownPrice, decimals };
  }
}
