import { type Bytes32, bytes32 } from '@surety/domain';
import { expect, it } from 'vitest';
import { createAggregatorClient } from './aggregator-client.js';

const EDGE: Bytes32 = bytes32(`0x${'ab'.repeat(32)}`);

it('has a browser ask for each answer again, though something on the way lets it keep the last one', async () => {
  const asked: { readonly method?: string; readonly cache?: string }[] = [];
  const keeping: typeof fetch = async (_, init = {}) => {
    asked.push(init);
    const headers = { 'cache-control': 'public, max-age=31536000' };
    return Response.json({ edges: [], statements: [], contracts: [] }, { headers });
  };
  const client = createAggregatorClient({ url: 'http://there', timeoutMs: 1_000, fetch: keeping });
  await client.readEdges();
  await client.readContracts();
  await client.readAttested(EDGE, { after: 0n, upTo: 1n });
  expect(asked.map(({ method, cache }) => [method, cache])).toEqual(asked.map(() => ['GET', 'no-cache']));
  expect(asked.length).toBeGreaterThan(2);
});
