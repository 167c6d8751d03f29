import { bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { type AggregatorClient, createAggregatorClient } from './aggregator-client.js';

const WORD = bytes32(`0x${'ab'.repeat(32)}`);

/** A client of an aggregator that gives one answer to everything. */
function clientOf(body: string, type: string): AggregatorClient {
  const answer: typeof fetch = async () => new Response(body, { status: 404, headers: { 'content-type': type } });
  return createAggregatorClient({ url: 'http://there', timeoutMs: 5_000, fetch: answer });
}

const problemOf = (code: string): AggregatorClient =>
  clientOf(JSON.stringify({ title: code, status: 404, code, detail: 'because' }), 'application/problem+json');

const reads: readonly (readonly [string, unknown, (client: AggregatorClient) => Promise<unknown>])[] = [
  ['UNKNOWN_ENTRY', [], (client) => client.readEntry('0x00')],
  ['NO_AUCTION', null, (client) => client.readAuction(WORD)],
  ['UNKNOWN_NODE', undefined, (client) => client.readTreeNode({ assetId: 1, height: 0, index: 0 })],
];

describe.each(reads)('what an aggregator calls %s', (code, none, read) => {
  it('is none', async () => {
    expect(await read(problemOf(code))).toEqual(none);
  });

  it.each([
    ['another route', problemOf('NOT_FOUND')],
    ['a proxy', clientOf('<h1>404</h1>', 'text/html')],
  ])('is no 404 of %s', async (_, client) => {
    await expect(read(client)).rejects.toMatchObject({ code: 'AGGREGATOR_REFUSED', context: { status: 404 } });
  });
});
