import type { EngineTermsAnswer, EngineTermsView } from '@surety/api';
import type { WeightRamp } from '@surety/margin';
import { type LedgerFollower, coverageIn } from '@surety/workflows';
import { foldedAssets, requireSnapshot, viewBlock } from './folded-terms.js';
import { parametersOf } from './parameters-of.js';

/** Returns what lines are weighed with at the last folded block, as the engine takes it. @throws Problem 503. */
export function viewEngineTerms(follower: LedgerFollower): EngineTermsAnswer {
  const snapshot = requireSnapshot(follower);
  return {
    block: viewBlock(snapshot.block),
    parameters: parametersOf(snapshot),
    assets: foldedAssets(follower, snapshot).map(({ asset: { assetId, underlying }, terms }): EngineTermsView => {
      const { asset, source, sourceIndex, prices } = terms;
      return {
        assetId,
        source: sourceIndex,
        underlying,
        coverageWad: coverageIn(snapshot, assetId),
        asset: { ...asset, maintenanceRamp: rampOf(asset) },
        sourceTerms: { ...source, maintenanceRamp: rampOf(source) },
        prices: [...prices],
      };
    }),
  };
}

function rampOf({ maintenanceRamp }: { readonly maintenanceRamp?: WeightRamp }): WeightRamp | null {
  return maintenanceRamp ?? null;
}
