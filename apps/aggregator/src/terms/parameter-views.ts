import { HEALTH_STEP_TEXTS, type ParametersView } from '@surety/api';
import {
  APART_MOST_PPM,
  CONF_MOST_PPM,
  MAINTENANCE_FALL_PER_DAY,
  MAINTENANCE_FLOOR,
  SLOW_WINDOW_S,
  type WeightRamp,
} from '@surety/margin';
import { type AssetTerms, type FinalBlock, LedgerFollower } from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import type { Names } from '../entries/names.js';
import { TOKENS } from '../tokens.js';
import { ageAt, foldedAssets, requireSnapshot, viewBlock } from './folded-terms.js';
import { parametersOf } from './parameters-of.js';

type SourceTermsView = ParametersView['sources'][number];

/** Shows the parameters that margins rest on; nothing is asked, since the fold has read them. */
@Injectable()
export class ParameterViews {
  constructor(
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.names) private readonly names: Names,
  ) {}

  /** Returns them at the last folded block. @throws Problem 503. */
  parameters(): ParametersView {
    const { follower, names } = this;
    const snapshot = requireSnapshot(follower);
    const folded = foldedAssets(follower, snapshot);
    const sources = new Map(folded.map(({ terms }) => [terms.sourceIndex, terms]));
    return {
      block: viewBlock(snapshot.block),
      parameters: parametersOf(snapshot),
      assets: folded.map(({ asset, terms }) => ({
        assetId: asset.assetId,
        symbol: names.symbolOf(asset),
        initialBps: terms.asset.baseInitialBps,
        maintenanceBps: terms.asset.baseMaintenanceBps,
        ramp: viewRamp(terms.asset.maintenanceRamp),
      })),
      sources: [...sources.values()]
        .sort((left, right) => left.sourceIndex - right.sourceIndex)
        .map((terms) => viewSource(terms, names.chainIdOf(terms.sourceIndex), snapshot.block)),
      freshness: {
        maintenanceFloorPpm: Number(MAINTENANCE_FLOOR),
        maintenanceFallPpmPerDay: Number(MAINTENANCE_FALL_PER_DAY),
      },
      prices: {
        confidenceMostPpm: Number(CONF_MOST_PPM),
        apartMostPpm: Number(APART_MOST_PPM),
        slowWindowS: Number(SLOW_WINDOW_S),
      },
      healthSteps: HEALTH_STEP_TEXTS,
    };
  }
}

function viewSource({ sourceIndex, source }: AssetTerms, chainId: number, block: FinalBlock): SourceTermsView {
  return {
    source: sourceIndex,
    chainId,
    state: source.state,
    stateUntil: source.stateUntil,
    asOf: source.asOf,
    ageS: ageAt(block, source.asOf),
    initialBps: source.weightInitialBps,
    maintenanceBps: source.weightMaintenanceBps,
    ramp: viewRamp(source.maintenanceRamp),
    staleAfterS: 60 * source.staleAfterMinutes,
    darkAfterS: 60 * source.darkAfterMinutes,
    floorAfterS: 60 * source.floorAfterMinutes,
    frozenMaintenanceBps: source.frozenMaintenanceBps,
  };
}

function viewRamp(ramp: WeightRamp | undefined): SourceTermsView['ramp'] {
  if (ramp === undefined) return null;
  const { fromBps, toBps, start, end } = ramp;
  return { fromBps, toBps, start, end };
}
