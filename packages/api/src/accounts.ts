import { timedBlockView } from './blocks.js';
import { entryUnderWayView } from './entries.js';
import { releaseView } from './releases.js';
import {
  type View,
  addressText,
  flag,
  list,
  natural,
  record,
  text,
  u16,
  u64,
  u96,
  u128,
  u256,
  uintText,
  word,
} from './values.js';

const lineView = record({
  assetId: u16,
  source: u16,
  chainId: natural,
  symbol: text,
  amount: u128.describe('Units, whatever part of a unit counts.'),
  coverageWad: u64
    .nullable()
    .describe('Part of each unit that counts in a margin, 18 decimals; null while all of it does.'),
  unsettled: flag.describe(
    'True while a rewind left something open of the asset: it counts nothing for initial, and nothing of it leaves.',
  ),
  unseasoned: u128,
  seasonEnd: u64.describe('Seconds, 0 if nothing is unseasoned.'),
  enabled: flag,
}).meta({ id: 'Line' });
/** One (account, asset) on the ledger. */
export type LineView = View<typeof lineView>;

const parkedView = record({
  source: u16,
  index: u96,
  assetId: u16,
  symbol: text,
  amount: u128,
  reason: text,
  readyAt: u64.nullable().describe('Seconds from which it may be unparked, where the ledger names a date.'),
  next: text.describe('What ends the reason, and who may act on it.'),
}).meta({ id: 'Parked' });
/** Credit that counts 0 until its reason is gone. */
export type ParkedView = View<typeof parkedView>;

/** Answer of `GET /v1/accounts/:account`. */
export const accountView = record({
  account: word,
  owner: addressText,
  home: u16,
  sub: uintText(80),
  block: timedBlockView
    .nullable()
    .optional()
    .describe('Block of the ledger that lines and parked credits are of; null before one is folded.'),
  lines: list(lineView),
  parked: list(parkedView),
  entries: list(entryUnderWayView).describe('Locks that neither a line nor a parked credit counts yet, oldest first.'),
  releases: list(releaseView).describe('Newest first, a bounded number: paid and refunded ones are left out first.'),
  protocols: list(addressText).describe('Protocols that may require margin of the account.'),
}).meta({ id: 'Account' });
/** Answer of `GET /v1/accounts/:account`. */
export type AccountView = View<typeof accountView>;

const accountBelowView = record({
  account: word,
  aM: u256.describe('Maintenance assets, 18 decimals.'),
  qM: u256.describe('Maintenance requirement, 18 decimals.'),
  block: timedBlockView.describe('The block whose prices it is valued at.'),
}).meta({ id: 'AccountBelow' });

/**
 * Answer of `GET /v1/accounts?below=<step>&after=<account>&limit=<n>`, ascending, or `…&order=health&skip=<n>`, the least healthy first and
 * those at unlisted protocols behind all others; at most 256: a hint that its reader verifies.
 */
export const accountsAnswer = record({ accounts: list(accountBelowView) }).meta({ id: 'Accounts' });
/** An account that was below a step of the health ladder when it was last judged. */
export type AccountBelowView = View<typeof accountBelowView>;
