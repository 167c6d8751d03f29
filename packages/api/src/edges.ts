import { type View, addressText, flag, integer, list, natural, oneOf, record, text, u16, u64, word } from './values.js';

/** Direction of an edge. */
export const direction = oneOf(['to-ledger', 'to-vault']);

const attesterLag = record({
  address: addressText,
  count: u64,
  asOf: u64.describe('Timestamp in seconds of the newest block it signed, 0 if none.'),
  lagS: integer.nullable().describe('Seconds since then, null if it never signed.'),
  behindS: natural.optional().describe('Seconds for which others have signed what it has not, 0 if there is nothing.'),
  twice: flag
    .optional()
    .describe('True if two processes posted with its key by turns within the last hour: one must be stopped.'),
}).meta({ id: 'AttesterLag', description: 'What one attester has said about one edge.' });

const edgeConditionView = record({
  state: text,
  until: u64.describe('First time in seconds at which it has ended by itself, 0 if it does not.'),
  reason: text,
  next: text.describe('Who may do what about it.'),
}).meta({ id: 'EdgeCondition' });
/** State of an edge that is not LIVE: contested, quarantined, halted, in recovery or closed. */
export type EdgeConditionView = View<typeof edgeConditionView>;

/** One edge, as of the newest facts of the aggregator. */
export const edgeView = record({
  edge: word.describe('First name of the edge: entries are asked for by it.'),
  name: word.describe('Name that statements carry now.'),
  generation: natural.describe('How often its replica was rewound.'),
  direction,
  source: u16.describe('The ledger’s index of the vault at one end; both edges of a vault have the same.'),
  local: flag.describe('True at source 0: journal and reader share the settlement chain, and nobody signs.'),
  originChainId: natural,
  destinationChainId: natural,
  entryCount: u64.describe('Entries held, attested or not.'),
  attestedCount: u64.describe('Highest count with k signatures of one epoch.'),
  reachableCount: u64.describe(
    'Count that relayers can bring the replica to with the statements held, in steps of at most one cut.',
  ),
  appliedCount: u64.describe('Count that the replica has applied.'),
  lastAsOf: u64.describe('The replica’s last accepted `asOf` in seconds, 0 if none.'),
  condition: edgeConditionView.nullable().describe('What its reader holds against it, null while it is live.'),
  attesters: list(attesterLag).describe('Members of the epoch that signs now.'),
}).meta({ id: 'Edge' });
/** One edge, as of the newest facts of the aggregator. */
export type EdgeView = View<typeof edgeView>;

/** Answer of `GET /v1/edges`. */
export const edgesAnswer = record({ edges: list(edgeView) }).meta({ id: 'Edges' });
