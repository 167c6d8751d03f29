import {
  type View,
  addressText,
  flag,
  list,
  oneOf,
  record,
  signedWad,
  text,
  u16,
  u64,
  u128,
  u256,
  word,
} from './values.js';

const heldPositionView = record({
  slot: u16.describe('Price slot of its underlying.'),
  symbol: text.nullable().describe('Name of the slot in the aggregator’s configuration, null if it has none.'),
  kind: oneOf(['perpetual', 'call', 'put']).describe('A dated future is a perpetual with an expiry.'),
  expiry: u64.describe('Seconds; 0 for a perpetual.'),
  priceWad: u128.describe('Entry price of a perpetual or future, strike of an option; 18 decimals.'),
  sizeWad: signedWad.describe('Units with 18 decimals, positive long.'),
}).meta({ id: 'HeldPosition', description: 'A position as its protocol shows it.' });
/** A position as its protocol shows it. */
export type HeldPositionView = View<typeof heldPositionView>;

const protocolView = record({
  protocol: addressText,
  market: text.nullable().describe('Its name if it is a market of the aggregator’s configuration.'),
  answered: flag.describe('False if it does not answer the ledger: initial counts as infinite then.'),
  initialWad: u128.describe('What it requires, 18 decimals; 0 if it does not answer.'),
  maintenanceWad: u128.describe('The same for maintenance; of one that does not answer what the ledger last knew.'),
  positionNonce: u64,
  claims: flag.describe('True if the ledger’s auction can sell lines for it.'),
  burdenWad: u128.describe(
    'What a taker of all of it would assume, 18 decimals; the maintenance requirement if it does not say.',
  ),
  cashWad: signedWad
    .nullable()
    .describe('What it owes the account, negative the other way round; null if it shows no positions.'),
  positions: list(heldPositionView).nullable().describe('In its own order; null if it shows none, or more than 256.'),
}).meta({ id: 'AccountProtocol', description: 'One protocol of an account.' });
/** One protocol of an account. */
export type AccountProtocolView = View<typeof protocolView>;

/** Answer of `GET /v1/accounts/:account/protocols`. */
export const accountProtocolsView = record({
  account: word,
  block: record({ height: u64, timestamp: u64 }).describe(
    'Newest block of the settlement chain at one provider; the last folded one for an account without lines and protocols.',
  ),
  netWad: signedWad.describe(
    'Net liquidation value: all lines at the mark less all burdens. Gains count once they are a line.',
  ),
  linesWad: u256.describe('All lines at the mark, without weights, 18 decimals.'),
  burdensWad: u256.describe('Sum of the burdens, 18 decimals.'),
  protocols: list(protocolView).describe('Those that the account opted in to, in the order of the ledger.'),
}).meta({ id: 'AccountProtocols', description: 'An account’s protocols, by the word of one provider.' });
/** Answer of `GET /v1/accounts/:account/protocols`. */
export type AccountProtocolsView = View<typeof accountProtocolsView>;
