import { timedBlockView } from './blocks.js';
import { type View, flag, list, natural, oneOf, record, decimalsNumber, u16, u64, u128, word } from './values.js';

/** States of a source. @source IEdge.SourceState */
const STATES = ['LIVE', 'CONTESTED', 'QUARANTINED', 'HALTED', 'RECOVERY', 'CLOSED'] as const;

const engineRamp = record({ fromBps: natural, toBps: natural, start: u64, end: u64 });

const engineSource = record({
  state: oneOf(STATES),
  stateUntil: u64,
  asOf: u64,
  weightInitialBps: natural,
  weightMaintenanceBps: natural,
  maintenanceRamp: engineRamp.nullable(),
  staleAfterMinutes: natural,
  darkAfterMinutes: natural,
  floorAfterMinutes: natural,
  frozenMaintenanceBps: natural,
  thawedAt: u64.describe('End of its last freeze, 0 if it was never frozen.'),
});

const enginePrice = record({
  price1e12: u128,
  slow1e12: u128.describe('The slow price at `observedAt`, from where it follows the price for an hour.'),
  confPpm: natural,
  observedAt: u64.describe('0 if none was ever accepted.'),
  maxAgeS: natural,
  failing: flag,
});

const engineTermsView = record({
  assetId: u16,
  source: u16.describe('The ledger’s index of the vault.'),
  underlying: u16,
  coverageWad: u64.describe('Part of a unit that margins count, 18 decimals.'),
  asset: record({
    decimals: decimalsNumber,
    baseInitialBps: natural,
    baseMaintenanceBps: natural,
    maintenanceRamp: engineRamp.nullable(),
  }),
  sourceTerms: engineSource.describe(
    'Of this asset: an impaired or unsettled one is weighed as if its source were frozen.',
  ),
  prices: list(enginePrice).describe('The underlying’s, and the asset’s own if it has one.'),
}).meta({ id: 'EngineTerms', description: 'What the margin engine needs of an asset, in its own words.' });
/** Terms of an asset in the words of the margin engine: with an amount they are a line. */
export type EngineTermsView = View<typeof engineTermsView>;

/** Answer of `GET /v1/terms`, ascending by asset. */
export const engineTermsAnswer = record({
  block: timedBlockView,
  parameters: word.describe('The same as in a margin of this block.'),
  assets: list(engineTermsView),
}).meta({ id: 'EngineTermsAnswer' });
/** Answer of `GET /v1/terms`. */
export type EngineTermsAnswer = View<typeof engineTermsAnswer>;
