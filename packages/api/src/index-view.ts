import { type View, record, text } from './values.js';

/** Where a reader of the interface begins, `GET /` and `GET /v1`. */
export const indexView = record({
  name: text.meta({ example: 'surety-aggregator' }),
  version: text.describe('Of the software.').meta({ example: '0.1.0' }),
  links: record({
    docs: text.describe('Every route on a page, to try.'),
    openapi: text.describe('Every route for machines.'),
    ready: text,
    status: text,
    chains: text,
    edges: text,
    markets: text,
    events: text,
    account: text.describe('With the account or its owner’s address in place of {account}.'),
    margin: text.describe('Likewise.'),
  }),
}).meta({ id: 'Index' });
/** Where a reader of the interface begins. */
export type IndexView = View<typeof indexView>;
