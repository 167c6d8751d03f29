import { type View, addressText, flag, list, natural, record, text } from './values.js';

const contractView = record({
  chainId: natural,
  chain: text.describe('Name of the chain in the aggregator’s configuration.'),
  name: text.describe('Its role, such as `ledger`, `vault` or `gateway`.'),
  address: addressText,
  foreign: flag.describe('A contract of others that a part of Surety calls, such as a token or a bridge.'),
}).meta({ id: 'Contract', description: 'A contract of the deployment, as the aggregator’s configuration names it.' });
/** A contract of the deployment, as the aggregator's configuration names it. */
export type DeployedContract = View<typeof contractView>;

/** Answer of `GET /v1/contracts`, chain by chain. */
export const contractsAnswer = record({ contracts: list(contractView) }).meta({ id: 'Contracts' });
