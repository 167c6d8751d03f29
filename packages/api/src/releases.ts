import { ENTRY_BYTES } from '@surety/domain';
import { blockView, timedBlockView } from './blocks.js';
import { gradesView } from './margins.js';
import { releaseStage } from './stages.js';
import {
  type View,
  bytesOf,
  flag,
  list,
  natural,
  oneOf,
  record,
  text,
  decimalsNumber,
  u16,
  u64,
  u96,
  u128,
  word,
} from './values.js';

const packedEntry = bytesOf('an entry', ENTRY_BYTES);
const paymentState = oneOf(['recorded', 'payable', 'paying', 'claimable']).describe(
  '`recorded` waits for its time, `payable` for anybody’s `pay`, `paying` was paid in a block that is not final yet, `claimable` waits for its recipient since its transfer failed.',
);
/** Where a recorded release stands at its vault. */
export type OpenPaymentState = View<typeof paymentState>;

const lane = oneOf(['small', 'middle', 'large']);

const openPaymentView = record({
  seq: u96.describe('Number of the entry in the ledger’s journal.'),
  entry: packedEntry,
  readyAt: u64.describe('Block time in seconds from which anyone may pay it.'),
  state: paymentState,
  lane: lane.nullable().describe('By the vault’s limit of now; null until the aggregator has read it.'),
}).meta({
  id: 'OpenPayment',
  description:
    'A release that its vault has recorded and, at a final block, not paid yet; or a loss (an entry LOST) that it has recorded and not taken over: it is `payable` when anyone may call `takeLoss` with the entry.',
});
/** A release or a loss that its vault has recorded and, at a final block, not paid or taken over yet. */
export type OpenPaymentView = View<typeof openPaymentView>;

const stoppedPaymentView = record({
  seq: u96,
  entry: packedEntry,
  state: oneOf(['stopped', 'refunded']),
  reason: text.nullable().describe('What whoever stopped it said, null if nothing readable.'),
  refunded: u128.nullable().describe('Token units that came back, null until then.'),
}).meta({ id: 'StoppedPayment' });
/** A release whose payment its vault stopped; `refunded` once the ledger gave the amount back. */
export type StoppedPaymentView = View<typeof stoppedPaymentView>;

const next = u96
  .optional()
  .describe('Where the list ends before it is full and before its end: ask past this number for more.');

/** Answer of `GET /v1/edges/:edge/payments?after=<seq>`, ascending, at most 256. */
export const paymentsAnswer = record({
  payments: list(openPaymentView),
  next,
  stopped: list(stoppedPaymentView).describe('Stopped ones past the same number, ascending, at most 64.'),
  nextStopped: next,
}).meta({ id: 'Payments' });

const parkedCreditView = record({
  source: u16,
  index: u96.describe('Number under which it is parked: the entry’s own, or of fees one that no entry has.'),
  account: word,
  vaultAsset: u16,
  amount: u128,
  fee: u128.describe('Goes to whoever unparks it.'),
  reason: text,
}).meta({ id: 'ParkedCredit' });
/** A credit that waits for its reason to go. */
export type ParkedCreditView = View<typeof parkedCreditView>;

/** Answer of `GET /v1/sources/:source/parked?after=<number>`, ascending, at most 256. */
export const parkedAnswer = record({ parked: list(parkedCreditView) }).meta({ id: 'ParkedCredits' });

const orphanView = record({
  source: u16,
  entryHash: word.describe('keccak256 of the entry.'),
  entry: packedEntry,
  vaultAsset: u16,
  count: natural.describe('How many of them are left.'),
}).meta({ id: 'Orphan' });
/**
 * Entries with the same bytes that credited past the point of a rewind, and have neither come again nor been taken
 * back.
 */
export type OrphanView = View<typeof orphanView>;

/** Answer of `GET /v1/sources/:source/orphans?after=<hash>`, ascending by hash, at most 256. */
export const orphansAnswer = record({ orphans: list(orphanView) }).meta({ id: 'Orphans' });

/** One release of an account: a debit of the ledger that a vault pays. */
export const releaseView = record({
  id: text.describe('`<edge>:<index>`.'),
  edge: word,
  index: u64,
  seq: u96.describe('As the vault names the payment: the same as `index`.'),
  chainId: natural.describe('Chain of the vault.'),
  source: u16,
  assetId: u16.nullable(),
  symbol: text,
  amount: u128.describe('With the fee.'),
  fee: u128,
  borne: u128.describe(
    'Token units that the vault paid less than the amount, since it held too few; 0 until it is paid.',
  ),
  recipient: word.describe('Address on the vault’s chain, left-padded.'),
  stage: releaseStage,
  reason: text.nullable().describe('Why it stands there, null if nothing holds it.'),
  next: text.nullable().describe('What happens next and who may do it, null when nothing is left to do.'),
  readyAt: u64.nullable().describe('Seconds from which anyone may pay it; null until the vault has recorded it.'),
}).meta({ id: 'Release' });
/** One release of an account: a debit of the ledger that a vault pays. */
export type ReleaseView = View<typeof releaseView>;

const paymentQuoteView = record({
  block: timedBlockView,
  lane: lane
    .nullable()
    .describe(
      'The limiter that would date it; null where it passes `largest`, so that it would be stopped and refunded.',
    ),
  readyAt: u64.nullable().describe('Seconds from which it could be paid, null if it would be stopped.'),
  waits: flag.describe('It passes the fast limit: it stays until witnesses confirm its entry.'),
  opensAt: u64.nullable().describe('Seconds at which it opens without a confirmation, null unless it waits.'),
  largest: u128.describe('The largest payment, in token units.'),
}).meta({ id: 'PaymentQuote' });
/** The vault's preview of a release that it replayed at a final block of its chain. */
export type PaymentQuoteView = View<typeof paymentQuoteView>;

/** Basis of an estimate of time. */
export const etaBasisView = record({
  kind: oneOf(['this-edge', 'other-edges', 'none']).describe(
    'Whose entries were watched: this edge’s, those of the other edges that go the same way while none of it was, or none at all.',
  ),
  samples: natural.describe('How many of the newest entries it is the median of.'),
}).meta({ id: 'EtaBasis' });
/** Basis of an estimate of time. */
export type EtaBasisView = View<typeof etaBasisView>;

const feeBasisView = record({
  kind: oneOf(['paid-releases', 'none']).describe(
    'The median fee of the newest paid releases of this asset from this vault; or none was paid yet, and nobody knows. A sample of at most 16, which anyone moves who pays releases of his own: a hint, no price.',
  ),
  samples: natural.describe('How many of them.'),
}).meta({ id: 'FeeBasis' });
/** Basis of a suggested fee. */
export type FeeBasisView = View<typeof feeBasisView>;

/** Bounds of a quote's `maxAmount`, in the order in which they are looked at. */
export const RELEASE_BOUNDS = [
  'line',
  'season',
  'margin',
  'unanswered',
  'price-missing',
  'minimum',
  'vault',
  'refused',
  'unconfirmed',
] as const;
const releaseBound = oneOf(RELEASE_BOUNDS).describe(
  '`line`: the whole line may leave. `season`: the rest has not seasoned. `margin`: the initial margin. `unanswered`: a protocol does not answer, so that nothing may leave. `price-missing`: the margin is unknown. `minimum`: what may leave is less than the smallest release. `vault`: the largest payment. `refused`: the ledger refuses any amount, by `code`. `unconfirmed`: the ledger did not confirm an amount; ask again.',
);
/** Bound that keeps more from leaving. */
export type ReleaseBoundName = View<typeof releaseBound>;

const refusalValueView = record({
  name: text.describe('As the ledger’s interface names it.'),
  value: text,
}).meta({ id: 'RefusalValue' });

/** Answer of `GET /v1/quote/release`: what the ledger would do with a release at one final block. */
export const releaseQuoteView = record({
  account: word,
  assetId: u16,
  symbol: text,
  decimals: decimalsNumber.describe('Of the token; every amount here is its smallest unit.'),
  chainId: natural.describe('Chain of the vault that pays.'),
  amount: u128,
  recipient: word,
  fee: u128,
  block: timedBlockView,
  allowed: flag,
  code: text.nullable().describe('Name of the ledger’s error, null if it allows the release.'),
  detail: text.nullable(),
  values: list(refusalValueView).describe('What the error names, in its order; empty if the release is allowed.'),
  seasoned: u128.describe('Token units of the line that are seasoned: no release can take more.'),
  minimum: u128.describe('Smallest release, unless it takes the whole line.'),
  maxAmount: u128.describe(
    'The largest amount that may leave now, with its fee: by the initial margin at folded prices, confirmed by the ledger, and no more than the vault pays at once.',
  ),
  maxBound: releaseBound,
  maxMarginAfter: gradesView.describe('The account’s margin if that amount were gone.'),
  feeSuggested: u128.describe('Fee for which relayers are known to pay a release, in token units; see `feeBasis`.'),
  feeBasis: feeBasisView,
  marginAfter: gradesView.describe('The account’s margin if the amount were gone.'),
  waitS: natural
    .nullable()
    .describe(
      'Seconds that the vault waits between recording and paying, confirmations apart; 0 is at once. Null where it would stop the payment, or nobody knows.',
    ),
  payment: paymentQuoteView.nullable().describe('What its vault says, null while that does not answer.'),
  etaS: natural
    .nullable()
    .describe(
      'Seconds from request to record, the median of the newest releases that were watched, see `etaBasis`; null if none was.',
    ),
  etaBasis: etaBasisView,
}).meta({ id: 'ReleaseQuote' });
/** Answer of `GET /v1/quote/release`: what the ledger would do with a release at one final block. */
export type ReleaseQuoteView = View<typeof releaseQuoteView>;

const solvencyView = record({
  assetId: u16,
  source: u16,
  chainId: natural,
  symbol: text,
  lines: u128.describe('Units in lines, at the ledger’s block.'),
  parked: u128,
  released: u128.describe('Units ever debited by releases.'),
  refunded: u128.describe('Units brought back to lines from releases that the vault stopped.'),
  owed: u128
    .nullable()
    .describe(
      'Units that the vault owes to recorded releases, at the vault’s block. This, `paid` and `heldWad` are null while the aggregator has read no block of the vault, or where its configuration does not name it: nothing is known then.',
    ),
  paid: u128.nullable().describe('Units that the vault ever paid, null as `owed` is.'),
  coverageWad: u64.describe('Part of a unit that margins count, 18 decimals, at the ledger’s block.'),
  reportedWad: u64.describe('Part of a unit that the vault’s last report reached the ledger with.'),
  impairedSince: u64
    .nullable()
    .describe('Seconds of the first report of less than margins count, null while the asset is not impaired.'),
  lostSeq: u96
    .nullable()
    .describe(
      'Number of the loss that the vault has not answered, null for none: nothing of the asset is released before.',
    ),
  orphaned: u128.describe(
    'Left open by a rewind, at the ledger’s block: units on lines whose entries have neither come again nor been taken back. Of an asset of which nothing is open and no loss waits, lines + parked + what is debited and not paid or come back + locks not applied yet = what its vault accounts for.',
  ),
  missing: u128.describe('Units that were taken back and not there.'),
  found: u128.describe('Such units whose entries came after all.'),
  heldWad: u64
    .nullable()
    .describe(
      'Held over accounted by the vault’s own last report, 18 decimals; 1e18 if it never reported, null as `owed` is.',
    ),
  shortSince: u64
    .nullable()
    .describe(
      'Seconds since which the vault has a shortage on record, null if it has none. Where `heldWad` is null, nobody knows.',
    ),
}).meta({
  id: 'AssetSolvency',
  description:
    'What one asset’s claims sum to on both sides, in units, and which part of a unit there are tokens for, at two final blocks.',
});

/** Answer of `GET /v1/solvency`. */
export const solvencyAnswer = record({ assets: list(solvencyView), blocks: list(blockView) }).meta({ id: 'Solvency' });
/** Answer of `GET /v1/solvency`. */
export type SolvencyAnswer = View<typeof solvencyAnswer>;
