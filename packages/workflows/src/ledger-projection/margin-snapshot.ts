import { WAD } from '@surety/domain';
import type { FinalBlock } from '../ports/origin-chain.js';
import type { AssetTerms } from './settlement-reader.js';

/** The weights, prices and coverages of lines at one final block. */
export interface MarginSnapshot {
  readonly block: FinalBlock;
  readonly terms: ReadonlyMap<number, AssetTerms>;
  /** Coverage in force by asset, WAD; of an asset that is left out all units count. */
  readonly coverages: ReadonlyMap<number, bigint>;
}

/** Gives the coverage in force of an asset, WAD. */
export function coverageIn({ coverages }: Pick<MarginSnapshot, 'coverages'>, assetId: number): bigint {
  return coverages.get(assetId) ?? WAD;
}
