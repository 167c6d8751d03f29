import { WAD } from '@surety/domain';
import type { FinalBlock } from '../ports/origin-chain.js';
import type { AssetTerms } from './settlement-reader.js';

/** The weights, prices and coverages for valuing lines at one final block. */
export interface MarginSnapshot {
  readonly block: FinalBlock;
  readonly terms: ReadonlyMap<number, AssetTerms>;
  /** Coverage in force by asset, WAD; full coverage for an asset that is missing here. */
  readonly coverages: ReadonlyMap<number, bigint>;
}

/** Returns the coverage in force of an asset, WAD. */
export function coverageIn({ coverages }: Pick<MarginSnapshot, 'coverages'>, assetId: number): bigint {
  return coverages.get(assetId) ?? WAD;
}
