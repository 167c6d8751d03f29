import type { AssetFact } from './collateral-rows.js';

/** The ledger's listed assets, by its own index and by their vault's. */
export class AssetBook {
  readonly #assets = new Map<number, AssetFact>();
  readonly #assetIds = new Map<string, number>();
  #dirty = new Set<number>();

  constructor(assets: readonly AssetFact[]) {
    for (const asset of assets) this.keep(asset);
  }

  /** All assets by the ledger's index. */
  get all(): ReadonlyMap<number, AssetFact> {
    return this.#assets;
  }

  /** Returns the ledger's index of a vault's asset; undefined if it is not listed. */
  idOf(source: number, vaultAsset: number): number | undefined {
    return this.#assetIds.get(`${source}:${vaultAsset}`);
  }

  /** Adds an asset that is already stored, or that a later fact lists. */
  keep({ assetId, source, vaultAsset, underlying, ownPrice, decimals }: AssetFact): void {
    this.#assets.set(assetId, { assetId, source, vaultAsset, underlying, ownPrice, decimals });
    this.#assetIds.set(`${source}:${vaultAsset}`, assetId);
  }

  /** Adds a newly listed asset. */
  list(asset: AssetFact): void {
    this.keep(asset);
    this.#dirty.add(asset.assetId);
  }

  /** Returns the assets that were listed since the last call. */
  takeChanges(): AssetFact[] {
    const listed = [...this.#dirty].flatMap((assetId) => this.#assets.get(assetId) ?? []);
    this.#dirty = new Set();
    return listed;
  }
}
