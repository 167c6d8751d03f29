import { z } from 'zod';
import { blockView } from './blocks.js';
import { direction } from './edges.js';
import { anyStage } from './stages.js';
import {
  type View,
  blockHashText,
  bytes,
  integer,
  list,
  natural,
  record,
  text,
  txHashText,
  u16,
  u64,
  u96,
  u128,
  word,
} from './values.js';

/** Where an entry stands on its origin chain. */
export const locationMembers = {
  index: u64.describe('n-th entry of the journal, from 1.'),
  blockHeight: u64,
  blockHash: blockHashText,
  txHash: txHashText,
  logIndex: natural,
};

const locationView = record(locationMembers).meta({ id: 'Location' });
/** Where an entry stands on its origin chain. */
export type LocationView = View<typeof locationView>;

/** Answer of `GET /v1/edges/:edge/entries`: attested entries `from` < n ≤ `to`, at most 512. */
export const entriesPage = record({
  edge: word,
  from: u64,
  to: u64,
  packed: bytes.describe('95 bytes for each entry.'),
  locations: list(locationView),
}).meta({ id: 'EntriesPage' });
/** Answer of `GET /v1/edges/:edge/entries`. */
export type EntriesPageView = View<typeof entriesPage>;

const atMs = integer.nullable();

const entryTimes = record({ seenMs: atMs, finalMs: atMs, attestedMs: atMs, appliedMs: atMs }).meta({
  id: 'EntryTimes',
  description:
    'When an entry reached its stages, milliseconds since the epoch; null if it has not, or nobody watched. A release is seen when requested, applied when recorded.',
});
/** When an entry reached its stages. */
export type EntryTimesView = View<typeof entryTimes>;

const underWay = {
  id: text.describe('`<edge>:<index>`.'),
  edge: word,
  index: u64,
  stage: anyStage,
  reason: text.nullable().describe('Why it stands there, null if nothing holds it.'),
  amount: u128,
  assetId: u16.nullable().describe('The ledger’s asset id; null if the ledger lists no such asset.'),
  times: entryTimes,
};

/** One entry of an account that is under way. */
export const entryUnderWayView = record(underWay).meta({ id: 'EntryUnderWay' });
/** One entry of an account that is under way. */
export type EntryUnderWayView = View<typeof entryUnderWayView>;

const recordedPayment = record({
  seq: u96,
  readyAt: u64.nullable().describe('Seconds; null while that block is not final.'),
  settled: blockView.nullable().describe('Block that paid it or found it claimable, once final.'),
}).meta({ id: 'RecordedPayment', description: 'What the vault recorded of a release.' });

/** One lock or release: its stage, the reason, since when, and what comes next. */
export const entryView = record({
  ...underWay,
  direction,
  kind: text,
  asset: u16.describe('The vault’s own asset index.'),
  account: word,
  party: word,
  fee: u128,
  next: text.nullable().describe('What happens next and who may do it, null when nothing is left to do.'),
  blocks: record({
    origin: blockView.nullable(),
    applied: blockView.nullable().describe('Block that applied it, once final.'),
  }),
  attestedBy: natural,
  quorum: natural,
  payment: recordedPayment.nullable().describe('Null for a lock, and until the vault recorded the release.'),
}).meta({ id: 'Entry' });
/** One lock or release: its stage, the reason, since when, and what comes next. */
export type EntryView = View<typeof entryView>;

/** Answer of `GET /v1/entries/:txHash`: a transaction may hold several locks. */
export const entriesOfTransaction = record({
  txHash: txHashText.optional().describe('The transaction that was asked for.'),
  entries: list(entryView),
}).meta({ id: 'Entries' });

/** Answer of `GET /v1/entries/:id`: one entry by its id, or those of a transaction. */
export const entryAnswer = z.union([entriesOfTransaction, entryView]).meta({ id: 'EntryOrEntries' });
