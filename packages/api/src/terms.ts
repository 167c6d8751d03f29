import { timedBlockView } from './blocks.js';
import { factorsView, marginCondition } from './margins.js';
import {
  type View,
  addressText,
  flag,
  list,
  natural,
  oneOf,
  record,
  text,
  decimalsNumber,
  u16,
  u64,
  u128,
  u256,
  word,
} from './values.js';

const pauseView = record({
  flags: natural.describe('Bits of what is paused.'),
  paused: list(oneOf(['credit'])).describe('The names of those bits, lowest first.'),
  until: u64.describe('Seconds.'),
}).meta({ id: 'Pause' });

const assetView = record({
  assetId: u16.describe('The ledger’s number of the asset.'),
  source: u16.describe('The ledger’s index of the vault.'),
  chainId: natural,
  chain: text.nullable().describe('Name of the chain in the aggregator’s configuration.'),
  vault: addressText.nullable(),
  vaultAsset: u16.describe('The vault’s own number of the token.'),
  token: addressText.nullable().describe('As configured; null where the configuration does not list it.'),
  symbol: text,
  decimals: decimalsNumber.describe('Of the token; every amount here is its smallest unit.'),
  underlying: u16.describe('Price slot of the underlying.'),
  underlyingSymbol: text.nullable(),
  ownPrice: u16.nullable().describe('Price slot of the asset’s own feed; the lower of the two prices counts.'),
  factors: record({ initial: factorsView, exit: factorsView, maintenance: factorsView }).describe(
    'The five factors of the weight at the block, before the size of a holding.',
  ),
  price1e12: u128.describe('Of a whole token at exit and maintenance, scaled 1e12.'),
  priceInitial1e12: u128.describe('The same at initial; 0 under any condition of a price.'),
  priceObservedAt: u64.describe('Seconds; the oldest price that counts, 0 if one was never accepted.'),
  priceAgeS: natural.nullable().describe('Its age at the block; null if one was never accepted.'),
  status: natural.describe('Status bits that a line of this asset has, whoever owns it.'),
  conditions: list(marginCondition).describe('The names of those bits, lowest first.'),
  sourceState: text.describe('State of the vault at the ledger: `LIVE`, `CONTESTED`, `QUARANTINED` and so on.'),
  sourceAsOf: u64.describe('Seconds; the newest statement that the ledger accepted of the vault.'),
  sourceAgeS: natural,
  coverageWad: u64.describe('Part of a unit that margins count, 18 decimals.'),
  unsettled: flag,
  minimum: u128.describe('Smallest lock that the ledger credits.'),
  cap: u128.describe('Most that all lines may hold.'),
  used: u128.describe('What they hold.'),
  parked: u128,
  room: u256.describe('What the cap leaves; 0 while credit is paused.'),
  fastLimit: u256.nullable().describe('Most that may be in use unconfirmed; null where no witness is needed.'),
  fastUsed: u256.describe('What is in use unconfirmed.'),
  burst: u256.describe('Units in a full bucket. Credit beyond the bucket is unseasoned until it refills.'),
  bucketRoom: u256,
  seasonRoom: u256.describe('Part of it that counts at once.'),
  pause: pauseView.nullable().describe('Null while nothing is paused.'),
}).meta({ id: 'Asset', description: 'An asset that the ledger lists: its weight, prices and limits at one block.' });
/** An asset that the ledger lists: its weight, prices and limits at one block. */
export type AssetView = View<typeof assetView>;

/** Answer of `GET /v1/assets`, ascending by asset. */
export const assetsAnswer = record({ block: timedBlockView, assets: list(assetView) }).meta({ id: 'Assets' });
/** Answer of `GET /v1/assets`. */
export type AssetsAnswer = View<typeof assetsAnswer>;

const rampView = record({
  fromBps: natural,
  toBps: natural,
  start: u64.describe('Seconds.'),
  end: u64.describe('Seconds.'),
}).meta({ id: 'WeightRamp', description: 'A maintenance weight that falls along a line between two times.' });

const assetWeightsView = record({
  assetId: u16,
  symbol: text,
  initialBps: natural.describe('Of initial and exit.'),
  maintenanceBps: natural,
  ramp: rampView.nullable().describe('A fall of the maintenance weight under way.'),
}).meta({ id: 'AssetWeights' });

const sourceTermsView = record({
  source: u16,
  chainId: natural,
  state: text,
  stateUntil: u64.describe('End of a quarantine in seconds, 0 without one.'),
  asOf: u64,
  ageS: natural,
  initialBps: natural,
  maintenanceBps: natural,
  ramp: rampView.nullable(),
  staleAfterS: natural.describe('Age up to which it counts in full for initial.'),
  darkAfterS: natural.describe('Age from which it counts nothing for initial.'),
  floorAfterS: natural.describe('Age from which its maintenance weight falls toward the floor.'),
  frozenMaintenanceBps: natural.describe('Maintenance freshness that stays while it is frozen.'),
}).meta({ id: 'SourceTerms' });

/** Answer of `GET /v1/parameters`. */
export const parametersView = record({
  block: timedBlockView,
  parameters: word.describe('Hash of every weight, age and haircut; the same as in a margin of this block.'),
  assets: list(assetWeightsView),
  sources: list(sourceTermsView),
  freshness: record({
    maintenanceFloorPpm: natural.describe('Maintenance never falls below this by age.'),
    maintenanceFallPpmPerDay: natural.describe('By so much it falls past `floorAfterS`.'),
  }),
  prices: record({
    confidenceMostPpm: natural.describe('Above it a price is uncertain: it opens nothing.'),
    apartMostPpm: natural.describe('Further off its slow price a price has diverged: it opens nothing.'),
    slowWindowS: natural.describe('Within it the slow price reaches a price that stands still.'),
  }),
  healthSteps: list(text).describe('The ladder at which accounts are warned; below the last they may be liquidated.'),
}).meta({ id: 'Parameters', description: 'Every parameter that margins rest on, at one block.' });
/** Answer of `GET /v1/parameters`. */
export type ParametersView = View<typeof parametersView>;

const priceView = record({
  slot: u16,
  symbol: text
    .nullable()
    .describe('Of the underlying in the aggregator’s configuration; null for an asset’s own feed.'),
  assets: list(u16).describe('Assets that it values.'),
  price1e12: u128.describe('Of a whole token, scaled 1e12.'),
  slow1e12: u128.describe('The slow price at the block, likewise.'),
  confidencePpm: natural.describe('Half-width of the confidence interval, parts per million of the price.'),
  observedAt: u64.describe('Seconds, 0 if none was ever accepted.'),
  ageS: natural.nullable().describe('At the block; null if none was ever accepted.'),
  ageMostS: record({ initial: natural, exit: natural.nullable(), maintenance: natural.nullable() }).describe(
    'Age up to which it counts at a grade; null where the last price counts at any age.',
  ),
  status: natural,
  conditions: list(marginCondition),
  feed: addressText.nullable().describe('The contract that is asked; null for none.'),
  sellsFrom: u64
    .nullable()
    .describe(
      'Block time in seconds before which auctions sell nothing at it, since its feed took the slot over from another; null without.',
    ),
  sources: list(record({ kind: text, network: text.nullable(), adapter: addressText })).describe(
    'What the feed rests on, as configured; empty where the configuration does not say.',
  ),
}).meta({ id: 'Price', description: 'One price slot of the risk manager.' });
/** One price slot of the risk manager. */
export type PriceView = View<typeof priceView>;

/** Answer of `GET /v1/prices`, ascending by slot. */
export const pricesAnswer = record({ block: timedBlockView, prices: list(priceView) }).meta({ id: 'Prices' });
/** Answer of `GET /v1/prices`. */
export type PricesAnswer = View<typeof pricesAnswer>;
