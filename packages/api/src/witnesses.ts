import { direction } from './edges.js';
import { type View, integer, list, natural, oneOf, record, text, u16, u64, u256, word } from './values.js';

const configurationView = record({
  state: oneOf(['same', 'drifted', 'unknown']).describe('`unknown`: never compared, or a chain did not answer.'),
  comparedAtMs: integer
    .nullable()
    .describe('When the chains last answered for all of it, in milliseconds; null if they never did.'),
  drift: list(
    record({ path: text.describe('As in chains.config.json, from the vault on.'), seen: text, expected: text }),
  ).describe('Places that differ, as they were seen last.'),
}).meta({
  id: 'WitnessConfiguration',
  description: 'How settings on chain stand to the aggregator’s configuration.',
});

const witnessView = record({
  witness: text,
  kind: text.describe('`layerzero`, `wormhole` or `state-proof`; a newer aggregator may say more.'),
  slot: natural.describe('Its place at vault and ledger.'),
  health: text.describe(
    '`contradicted` counts no more, `drifted` is set otherwise than configured, `unknown` could not be read or compared, `unheard` told nothing of a journal that has entries, `behind` not of all, `unconfirmed` told what was not compared yet; else `ok`.',
  ),
  head: record({ count: u64, time: u64, block: u64.nullable() })
    .nullable()
    .describe(
      'The newest head that arrived: its count, when in seconds, and the first block of the destination with that time.',
    ),
  confirmed: u64.nullable().describe('The newest count that is confirmed by it.'),
  lag: record({ entries: u64, seconds: u64.nullable() })
    .nullable()
    .describe('Entries that it has not told of, and, if there are any, the age of its newest head in seconds.'),
  feeWei: u256
    .nullable()
    .describe('What telling the newest head costs now, in wei of the origin chain; null if nothing is to be told.'),
  configuration: configurationView,
}).meta({ id: 'Witness' });

const witnessEdgeView = record({
  edge: word,
  direction,
  source: u16,
  chain: text.describe('Name of the vault’s chain.'),
  originChainId: natural,
  destinationChainId: natural,
  count: u64.nullable().describe('Entries of the journal now.'),
  m: natural.nullable().describe('How many must confirm; null if the configuration does not say.'),
  alive: natural.describe('Witnesses that count: set as configured, not contradicted, and read.'),
  fastShareBp: natural
    .nullable()
    .describe('Share of each cap, in basis points, that may be in use unconfirmed, by the configuration.'),
  fast: list(record({ assetId: u16, symbol: text, units: u256.nullable() })).describe(
    'That share in token units, at most what the ledger allows; only of edges to the ledger.',
  ),
  witnesses: list(witnessView),
  configuration: configurationView.describe('What is asked of all witnesses, and the source’s assets.'),
}).meta({ id: 'WitnessEdge' });
/** The witnesses of one edge; what could not be read is null. */
export type WitnessEdgeView = View<typeof witnessEdgeView>;

/** Answer of `GET /v1/witnesses`. */
export const witnessesAnswer = record({ edges: list(witnessEdgeView) }).meta({ id: 'Witnesses' });
/** Answer of `GET /v1/witnesses`. */
export type WitnessesAnswer = View<typeof witnessesAnswer>;
