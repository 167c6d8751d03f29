import { type View, addressText, flag, list, record, text, decimalsNumber, u64, u256 } from './values.js';

/** Path parameter: a market. */
export const marketParameter = text.meta({
  description: 'Name of the market in the aggregator’s configuration, or its address.',
  example: 'usds',
});

const marketView = record({
  market: text.describe('Its name in the aggregator’s configuration.'),
  address: addressText,
  tranche: record({
    address: addressText,
    units: u256.describe('What its market shares are worth, rounded down: so much is lost before a lender loses.'),
  }).describe('The junior tranche.'),
  token: addressText,
  symbol: text,
  decimals: decimalsNumber.describe('Of the token; the amounts here are its units.'),
  listed: flag.describe('True if cross-margin accounts may opt in.'),
  block: u64.describe('Block of the settlement chain at which it was read.'),
  supplied: u256.describe('Cash and debt less foreseeable losses and what is uncollected: what all shares are worth.'),
  cash: u256.describe('What lenders can take out now.'),
  borrowed: u256.describe('What all accounts owe, with interest, without what was written off.'),
  utilisationWad: u256.describe('Part of cash and debt that is lent, 18 decimals, rounded up.'),
  borrowRateWad: u256.describe('What borrowers pay a year, 18 decimals, rounded up.'),
  supplyRateWad: u256.describe('What lenders earn a year, without the tranche’s part, 18 decimals, rounded down.'),
  provisions: u256.describe('Foreseeable losses of accounts in an auction, as they were last seen.'),
  writtenOff: u256.describe('Booked as lost, and owed still.'),
  uncollected: u256.describe('Paid of what was written off, and not collected yet by those who bore the losses.'),
}).meta({ id: 'Market', description: 'A market, by the word of one provider.' });

/** Answer of `GET /v1/markets/:market`. */
export const marketAnswer = marketView;
/** A market, by the word of one provider. */
export type MarketView = View<typeof marketView>;

/** Answer of `GET /v1/markets`. */
export const marketsAnswer = record({ markets: list(marketView) }).meta({ id: 'Markets' });
