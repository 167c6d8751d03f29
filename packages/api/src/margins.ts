import { timedBlockView } from './blocks.js';
import {
  type View,
  flag,
  list,
  natural,
  oneOf,
  record,
  signedWad,
  text,
  u16,
  u64,
  u128,
  u256,
  uintText,
  word,
} from './values.js';
import type { z } from 'zod';

/** A value at the three grades. */
export interface AtGrades<Value> {
  readonly initial: Value;
  readonly exit: Value;
  readonly maintenance: Value;
}

function byGrade<Schema extends z.ZodType>(schema: Schema) {
  return record({ initial: schema, exit: schema, maintenance: schema });
}

const gradeView = record({
  assetsWad: u256.describe('Weighted assets, 18 decimals.'),
  requirementWad: u256.describe('2^256 − 1 at the initial grade while a protocol does not answer.'),
  freeWad: signedWad.describe('The difference, below 0 with a sign.'),
  // Up to 2^256 / 1 in parts per million.
  utilisationPpm: uintText(276)
    .nullable()
    .describe(
      'Requirement over assets in parts per million, rounded up; 0 without one, null where no assets cover it. For display only.',
    ),
}).meta({ id: 'Grade' });
/** Weighted assets, requirement and the difference, 18 decimals. */
export type GradeView = View<typeof gradeView>;

/** A margin at its three grades. */
export const gradesView = byGrade(gradeView).meta({ id: 'Grades' });

/** The five factors of a weight in parts per million. */
export const factorsView = record({
  base: natural,
  source: natural,
  freshness: natural,
  size: natural,
  vol: natural,
}).meta({ id: 'Factors', description: 'The five factors of a weight in parts per million.' });
/** The five factors of a weight in parts per million. */
export type FactorsView = View<typeof factorsView>;

/** Faults of a line or a margin, in the order of the bits of its status. @source IRiskManager */
export const MARGIN_CONDITIONS = [
  'price-stale',
  'price-missing',
  'source-stale',
  'source-dark',
  'source-frozen',
  'unanswered',
  'price-uncertain',
  'price-diverged',
  'price-failing',
] as const;

/** One fault of a line or a margin. */
export const marginCondition = oneOf(MARGIN_CONDITIONS);
/** One fault of a line or a margin. */
export type MarginCondition = View<typeof marginCondition>;

const marginLineView = record({
  assetId: u16,
  source: u16,
  chainId: natural,
  symbol: text,
  amount: u128.describe('Units, whatever part of a unit counts.'),
  coverageWad: u64.nullable().describe('Part of each unit that counts, 18 decimals; null while all of it does.'),
  unsettled: flag.describe(
    'True while a rewind left something open of the asset: it counts nothing for initial, and nothing of it leaves.',
  ),
  amountInitial: u128.describe('What counts for initial: the amount at its coverage, as far as it has seasoned.'),
  price1e12: u128,
  priceInitial1e12: u128.describe(
    'Price at initial: the lower edge of price and slow price; 0 under any condition of a price.',
  ),
  priceFrom: oneOf(['feed', 'underlying']).describe(
    'Whose price that is, the lower of the two: the asset’s own feed’s or its underlying’s.',
  ),
  factors: byGrade(factorsView),
  valueWad: byGrade(u256),
  status: natural.describe('Status bits of this line alone.'),
  conditions: list(marginCondition).describe('The names of those bits, lowest first.'),
}).meta({ id: 'MarginLine' });
/** One line's part of a margin. */
export type MarginLineView = View<typeof marginLineView>;

const collateralDeltaView = record({
  underlying: u16.describe('The ledger’s number of the underlying.'),
  symbols: list(text).describe('Symbols of the lines in it, sorted.'),
  deltaWad: u256.describe('Whole tokens, 18 decimals.'),
  valueWad: u256.describe('The same at the prices of the lines, without weights, 18 decimals.'),
}).meta({ id: 'CollateralDelta' });
/** The delta of an account's collateral in one underlying, over all chains. */
export type CollateralDeltaView = View<typeof collateralDeltaView>;

/** Answer of `GET /v1/accounts/:account/margin`. */
export const marginView = record({
  account: word,
  block: timedBlockView,
  grades: gradesView,
  status: natural.describe('Status bits as `marginOf` gives them, see `IRiskManager`.'),
  conditions: list(oneOf([...MARGIN_CONDITIONS, 'block-old'])).describe(
    'The names of those bits, lowest first; all that holds for any line. Last, and without a bit, `block-old`: the block is older than the finality of its chain explains.',
  ),
  oldestAsOf: u64.describe('Seconds; the oldest `asOf` that the margin rests on.'),
  healthFactorWad: u256.describe(
    '18 decimals; 2^256 − 1 without debt. For display only; means nothing where `conditions` has `unanswered`.',
  ),
  healthStep: text
    .nullable()
    .describe(
      'Lowest step of the ladder that health is below, `1.5`, `1.2`, `1.05` or `1`; null above all, without debt and where no worth is known.',
    ),
  liquidatable: flag.describe('Q_M > A_M, by integers; false where no worth is known.'),
  mayTakeRisk: flag.describe('A_I ≥ Q_I, by integers; false where no worth is known.'),
  parameters: word.describe(
    'Hash of every weight, age and haircut that lines were weighed with; prices and ages themselves are not in it.',
  ),
  lines: list(marginLineView),
  deltas: list(collateralDeltaView).describe(
    'Ascending by underlying. Positions of protocols are in the requirement alone: their Greeks are not known here.',
  ),
}).meta({ id: 'Margin' });
/** Answer of `GET /v1/accounts/:account/margin`. */
export type MarginView = View<typeof marginView>;

/** Steps of the health ladder as people read them, the healthiest first. */
export const HEALTH_STEP_TEXTS = ['1.5', '1.2', '1.05', '1'] as const;

/** One step of the health ladder. */
export const healthStepText = oneOf(HEALTH_STEP_TEXTS);
/** One step of the health ladder. */
export type HealthStepText = View<typeof healthStepText>;

/** Data of the event `health`: an account's health has crossed a step of the ladder. The same step at the same block is one crossing. */
export const healthCrossingView = record({
  account: word,
  step: text.describe('`1.5`, `1.2`, `1.05` or `1`; below the last the account may be liquidated.'),
  direction: oneOf(['down', 'up']),
  aM: u256.describe('Maintenance assets, 18 decimals.'),
  qM: u256.describe('Maintenance requirement, 18 decimals.'),
  block: timedBlockView,
});
/** Data of the event `health`: an account's health has crossed a step of the ladder. */
export type HealthCrossingView = View<typeof healthCrossingView>;
