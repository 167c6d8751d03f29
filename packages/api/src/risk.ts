import { timedBlockView } from './blocks.js';
import { healthStepText } from './margins.js';
import { type View, list, natural, record, text, decimalsNumber, u16, u128, u256, word } from './values.js';

const countsBelow = list(record({ step: healthStepText, accounts: natural }));

const fallView = record({
  underlying: u16.nullable().describe('Price slot of what falls; null for every price together.'),
  symbol: text.nullable(),
  fallBps: natural.describe('By how much, in basis points; 0 for prices as they are.'),
  below: countsBelow.describe(
    'How many accounts are below each step at these prices, wherever each stood before; below the last they may be liquidated. The ladder of `/v1/risk/ladder` may have more, since one that rises leaves a step late there.',
  ),
  shortfallWad: u256.describe('Σ (Q_M − A_M)⁺, 18 decimals: what would have to come in to end every shortfall.'),
  badDebtWad: u256.describe('Σ (Q_M − value)⁺, 18 decimals: what is missing if everything is sold at these prices.'),
}).meta({
  id: 'PriceFall',
  description:
    'Every account with debt after prices have fallen. One whose worth is not known stands below as it last stood, and is in neither sum.',
});
/** Every account with debt after prices have fallen. */
export type PriceFallView = View<typeof fallView>;

const holdingsView = record({
  assetId: u16,
  chainId: natural,
  symbol: text,
  decimals: decimalsNumber,
  accounts: natural.describe('How many hold any of it.'),
  amount: u128.describe('Units on all their lines.'),
  largest: list(record({ account: word, amount: u128 })).describe('The largest lines, at most five, largest first.'),
}).meta({ id: 'Holdings', description: 'Who holds an asset.' });
/** Who holds an asset. */
export type HoldingsView = View<typeof holdingsView>;

const unlisted = natural.describe(
  'Isolated accounts with debt at a contract that neither the configuration nor the ledger lists, in no figure here: anyone may deploy one that claims what it likes.',
);

/** Answer of `GET /v1/risk`: what would become of the whole ledger if prices fell, and who holds most of it. */
export const riskView = record({
  block: timedBlockView.describe(
    'Whose prices, weights and coverages these are. Accounts are read after it, page by page.',
  ),
  debtors: natural.describe('Accounts with debt.'),
  unlisted,
  requiredWad: u256.describe(
    'What protocols require of all of them at maintenance, when each was last judged; 18 decimals.',
  ),
  falls: list(fallView).describe(
    'First prices as they are, then falls of each price alone and of all. What protocols require stays, though their positions would move with prices.',
  ),
  holdings: list(holdingsView).describe('Ascending by asset.'),
}).meta({ id: 'Risk' });
/** Answer of `GET /v1/risk`. */
export type RiskView = View<typeof riskView>;

/** Answer of `GET /v1/risk/ladder`: how many accounts are below each step of the health ladder. */
export const ladderView = record({
  block: timedBlockView.describe('Whose prices value the accounts. What protocols require is as each was last judged.'),
  debtors: natural.describe('Accounts with debt.'),
  unlisted,
  below: countsBelow.describe(
    'How many accounts are below each step. One that was below a step stays below it until it is 0.01 above, as in its `health` events: below the last are those that may be liquidated, and those that could be and have hardly recovered. `/v1/risk` counts by prices alone.',
  ),
}).meta({ id: 'HealthLadder' });
/** Answer of `GET /v1/risk/ladder`. */
export type LadderView = View<typeof ladderView>;
