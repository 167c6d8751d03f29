import { ACCOUNT_CHANGES } from '@surety/domain';
import { blockView } from './blocks.js';
import {
  type View,
  list,
  natural,
  oneOf,
  record,
  signedUnits,
  text,
  txHashText,
  u16,
  u64,
  u96,
  u128,
  u256,
  word,
} from './values.js';

const accountChangeView = record({
  position: u96.describe('Block height × 2^32 + number of the change in its block.'),
  kind: oneOf(ACCOUNT_CHANGES),
  assetId: u16.nullable(),
  symbol: text.nullable(),
  delta: signedUnits.describe('Units by which the line changed. All deltas of a line add up to its amount.'),
  amount: u128.nullable().describe('Units of the line afterwards; null where no line is concerned.'),
  units: u128.nullable().describe('Units of a parked credit, which are on no line.'),
  source: u16.nullable(),
  chainId: natural.nullable().describe('Chain of the source’s vault.'),
  index: u96.nullable().describe('Number of the vault’s entry or of the release.'),
  party: word.nullable().describe('The other account, the protocol or the recipient, left-padded.'),
  reason: text.nullable().describe('Reason for parking.'),
  block: blockView,
  timestamp: u64.nullable().describe('Seconds; null until the block’s time was read: ask again.'),
  txHash: txHashText.nullable().describe('By one provider’s word; null for a correction.'),
}).meta({ id: 'AccountChange', description: 'One change of an account in a final block of the ledger’s chain.' });
/** One change of an account in a final block of the ledger's chain. */
export type AccountChangeView = View<typeof accountChangeView>;

/** Answer of `GET /v1/accounts/:account/history`. */
export const historyAnswer = record({
  account: word,
  changes: list(accountChangeView).describe('Newest first.'),
  next: u96.nullable().describe('Ask with `before` set to it for older changes; null where these are the oldest.'),
  completeFrom: u64
    .nullable()
    .describe('Height from which on every change is known; null where that is the ledger’s first block.'),
}).meta({ id: 'AccountHistory', description: 'Changes of an account, in pages. Rows are only ever added.' });
/** Answer of `GET /v1/accounts/:account/history`. */
export type HistoryAnswer = View<typeof historyAnswer>;

const healthPointView = record({
  height: u64.describe('Of a final block of the ledger’s chain.'),
  timestamp: u64.describe('Seconds.'),
  assetsWad: u256.describe('Weighted assets at the maintenance grade, 18 decimals.'),
  requirementWad: u256.describe('What protocols require at it; 0 where a debt ended.'),
  healthFactorWad: u256.describe('18 decimals; 2^256 − 1 without debt. For display only.'),
}).meta({ id: 'HealthPoint', description: 'The health of an account at one block.' });
/** The health of an account at one block. */
export type HealthPointView = View<typeof healthPointView>;

/** Answer of `GET /v1/accounts/:account/health`. */
export const healthHistoryAnswer = record({
  account: word,
  points: list(healthPointView).describe('Newest first; each differs by more than 1 % from the one before it.'),
  next: u64.nullable().describe('Ask with `before` set to it for older points; null where these are the oldest.'),
}).meta({
  id: 'HealthHistory',
  description: 'The health of an account while it had debt, in pages: at most 30 days, since this aggregator watches.',
});
/** Answer of `GET /v1/accounts/:account/health`. */
export type HealthHistoryAnswer = View<typeof healthHistoryAnswer>;
