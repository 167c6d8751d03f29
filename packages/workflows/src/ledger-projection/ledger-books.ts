import type { ReplicaFact } from '../following/replica-fact.js';
import type { AssetFact, AssetSumsFact, CoverageFact, JournalFact } from './collateral-rows.js';
import type { CollateralState } from './collateral-state.js';
import { type VaultAssetKey, wholeCoverage } from './coverage-book.js';

/**
 * The ledger's books as they were last stored: what whoever reads beside a fold may see. The state that a fold changes is ahead of
 * the stored lines until its step is saved, and is thrown away if the step fails.
 */
export class LedgerBooks {
  readonly replicas: readonly ReplicaFact[];
  /** By the ledger's index. */
  readonly assets: ReadonlyMap<number, AssetFact>;
  /** Sums of lines and parked credits, by asset. */
  readonly sums: ReadonlyMap<number, AssetSumsFact>;
  /** All coverages ever reported, in no order. */
  readonly coverages: readonly CoverageFact[];
  /** Coverages in force below 1, by the ledger's index of the asset. */
  readonly coveragesInForce: ReadonlyMap<number, bigint>;
  readonly #journals: readonly JournalFact[];
  readonly #coverageOf: ReadonlyMap<string, CoverageFact>;
  readonly #assetIds: ReadonlyMap<string, number>;

  /** Copies what a state holds; its rows are replaced and never changed. */
  constructor(state: CollateralState) {
    this.replicas = state.replicas;
    this.assets = new Map(state.assets);
    this.sums = new Map(state.sums);
    this.coverages = state.coverages;
    this.coveragesInForce = state.coveragesInForce;
    this.#journals = state.journals;
    this.#coverageOf = new Map(this.coverages.map((one) => [keyOf(one), one]));
    this.#assetIds = new Map([...this.assets.values()].map((one) => [keyOf(one), one.assetId]));
  }

  /** Returns the journal toward a source's vault. */
  journalOf(source: number): JournalFact | undefined {
    return this.#journals.find((journal) => journal.source === source);
  }

  /** Returns the coverage of a vault's asset; full coverage before any report. */
  coverageOf(asset: VaultAssetKey): CoverageFact {
    return this.#coverageOf.get(keyOf(asset)) ?? wholeCoverage(asset);
  }

  /** Returns the ledger's index of a vault's asset; undefined if it is not listed. */
  assetIdOf(source: number, vaultAsset: number): number | undefined {
    return this.#assetIds.get(keyOf({ source, vaultAsset }));
  }
}

function keyOf({ source, vaultAsset }: VaultAssetKey): string {
  return `${source}:${vaultAsset}`;
}
