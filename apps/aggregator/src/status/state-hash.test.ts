import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testEdge, testEdgeToVault } from '../testing/test-attesters.js';
import { StatusViews } from './status-views.js';

let test: TestApp;

beforeEach(async () => {
  test = await startTestApp({ late: [testEdge(2)] });
});

afterEach(() => test.close());

it('leaves out what is stored of a vault beside the ledger that the configuration no longer names', async () => {
  const { reader, store, follower } = test;
  const { edgeId: edge, edge: ends } = testEdge(2);
  const outboundEdge = testEdgeToVault(2).edgeId;
  reader.add({ kind: 'source-listed', source: 2, edge, outboundEdge, originChainId: 32, vault: ends.journal });
  await follower.advance();
  const { cursor } = follower;
  if (cursor === undefined) throw new TypeError('a block is folded');
  const views = test.app.get(StatusViews, { strict: false });
  const hashed = () => store.readSnapshot((snapshot) => views.hashOf(snapshot));
  const before = await hashed();
  const { chainId } = cursor;
  const place = { chainId, edge: outboundEdge, source: 2, originChainId: chainId, vault: ends.journal };
  const replica = { ...place, count: 1n, head: edge };
  await store.payments.saveVaultStep({ cursor, replica, payments: [], sums: [] });
  expect(await store.collateral.loadReplicas(chainId)).toHaveLength(2);
  expect(await hashed()).toEqual(before);
});
