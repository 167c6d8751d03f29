import { direction } from './edges.js';
import { type View, addressText, flag, list, natural, record, text, u16, u64, word } from './values.js';

const memberView = record({
  address: addressText,
  operator: text.nullable().describe('Who runs it, as configured.'),
  url: text.nullable().describe('Where it is heard over HTTP; null where no configuration names it.'),
  member: flag.describe('False for a signer of a former epoch.'),
  count: u64.describe('Highest count that it signed, 0 if it was never heard.'),
  asOf: u64.describe('Timestamp in seconds of the newest block that it signed, 0 if none.'),
  ageS: natural.nullable().describe('Seconds since then, null if it was never heard.'),
  behind: u64.describe('Entries under k signatures that it has not signed.'),
  upToDate: flag.describe(
    'True if it is behind in nothing and was heard of a block of the last 20 minutes: two heartbeats.',
  ),
  twice: flag.describe('True if two processes posted with its key by turns within the last hour: one must be stopped.'),
}).meta({ id: 'AttesterMember' });

const edgeAttestersView = record({
  edge: word,
  direction,
  source: u16,
  originChainId: natural,
  destinationChainId: natural,
  local: flag.describe('True at source 0, where nobody signs.'),
  epoch: natural.nullable().describe('The members’ epoch now; null before one is known.'),
  needed: natural.nullable().describe('Signatures that a statement needs: k of n.'),
  members: list(memberView),
  upToDate: natural.describe('Members that are up to date.'),
  live: flag.describe('True if so many are that new statements come; true where nobody signs.'),
}).meta({ id: 'EdgeAttesters', description: 'Who signs for one edge, and how far each has come.' });
/** Who signs for one edge, and how far each has come. */
export type EdgeAttestersView = View<typeof edgeAttestersView>;

/** Answer of `GET /v1/attesters`. */
export const attestersAnswer = record({
  nowS: u64.describe('Time in seconds by which ages are counted.'),
  edges: list(edgeAttestersView),
}).meta({ id: 'Attesters' });
/** Answer of `GET /v1/attesters`. */
export type AttestersAnswer = View<typeof attestersAnswer>;
