import { describe, expect, it } from 'vitest';
import { type AggregatorClient, createAggregatorClient } from './aggregator-client.js';

/** A client of an aggregator that gives one answer to everything. */
function clientOf(status: number, body: unknown): AggregatorClient {
  const headers = { 'content-type': status === 200 ? 'application/json' : 'application/problem+json' };
  const answer: typeof fetch = async () => new Response(JSON.stringify(body), { status, headers });
  return createAggregatorClient({ url: 'http://there', timeoutMs: 5_000, fetch: answer });
}

const block = { chainId: 900, height: '1', hash: `0x${'ab'.repeat(32)}`, timestamp: '1' };
const place = { assetId: 4, height: 0, index: 2 };

describe('an aggregator of the version before', () => {
  it('leaves no account out of what it counts', async () => {
    expect(await clientOf(200, { block, debtors: 3, below: [] }).readLadder()).toMatchObject({
      debtors: 3,
      unlisted: 0,
    });
    const risk = { block, debtors: 3, requiredWad: '5', falls: [], holdings: [] };
    expect(await clientOf(200, risk).readRisk()).toMatchObject({ requiredWad: 5n, unlisted: 0 });
    expect(await clientOf(200, { ...risk, unlisted: 2 }).readRisk()).toMatchObject({ unlisted: 2 });
    await expect(clientOf(200, []).readRisk()).rejects.toMatchObject({ code: 'BAD_ANSWER' });
    await expect(clientOf(404, {}).readLadder()).rejects.toMatchObject({ code: 'AGGREGATOR_REFUSED' });
  });

  it('has no code of its own for a node that is not there', async () => {
    const problem = (detail: string) => ({ title: 'Not found', status: 404, code: 'NOT_FOUND', detail });
    for (const has of ['2 lines', 'no lines']) {
      const client = clientOf(404, problem(`asset 4 has ${has}, and no node 2 at height 0`));
      expect(await client.readTreeNode(place)).toBeUndefined();
    }
    const elsewhere = clientOf(404, problem('nothing is at /v1/trees/4/0/2; see /docs'));
    await expect(elsewhere.readTreeNode(place)).rejects.toMatchObject({ code: 'AGGREGATOR_REFUSED' });
  });
});
