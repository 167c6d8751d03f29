import { bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { type AggregatorClient, createAggregatorClient } from './aggregator-client.js';

const EDGE = bytes32(`0x${'ab'.repeat(32)}`);
const WORD = bytes32(`0x${'cd'.repeat(32)}`);
const ASKED = `${EDGE}:7`;

/** A client of a cache that gives one answer to everything. */
function clientOf(served: unknown): AggregatorClient {
  return createAggregatorClient({ url: 'http://there', timeoutMs: 5_000, fetch: async () => Response.json(served) });
}

function entryOf(edge: string, index: string, id = `${edge}:${index}`) {
  const times = { seenMs: null, finalMs: null, attestedMs: null, appliedMs: null };
  const place = { id, edge, index, stage: 'paid', reason: null, times, blocks: { origin: null, applied: null } };
  const words = { direction: 'to-vault', kind: 'RELEASE', account: WORD, party: WORD, next: null, payment: null };
  return { ...place, ...words, amount: '5', fee: '0', assetId: 4, asset: 1, attestedBy: 3, quorum: 3 };
}

const others: readonly (readonly [string, unknown])[] = [
  ['of another number', entryOf(EDGE, '1')],
  ['of another edge', entryOf(WORD, '7')],
  ['of another number under this id', entryOf(EDGE, '1', ASKED)],
  ['with another id', entryOf(EDGE, '7', `${EDGE}:1`)],
  ['among several', { entries: [entryOf(EDGE, '7'), entryOf(EDGE, '1')] }],
];

describe('an entry that is asked for by its id', () => {
  it('is taken, however the edge is written, alone or in a list', async () => {
    const [alone, listed] = [clientOf(entryOf(EDGE, '7')), clientOf({ entries: [entryOf(EDGE, '7')] })];
    expect(await alone.readEntry(ASKED)).toMatchObject([{ index: 7n }]);
    expect(await alone.readEntry(ASKED.replaceAll('ab', 'AB'))).toMatchObject([{ index: 7n }]);
    expect(await listed.readEntry(ASKED)).toMatchObject([{ index: 7n }]);
  });

  it.each(others)('is no entry %s', async (_, served) => {
    const failure = { code: 'BAD_ANSWER', message: expect.stringContaining(`expected ${ASKED}`) as string };
    await expect(clientOf(served).readEntry(ASKED)).rejects.toMatchObject(failure);
    const awaited = clientOf(served).awaitRelease({ id: ASKED, stage: 'paid' }, AbortSignal.timeout(5_000));
    await expect(awaited).rejects.toMatchObject(failure);
  });

  it('is not looked for among the entries of a transaction', async () => {
    const listed = clientOf({ entries: [entryOf(EDGE, '1'), entryOf(WORD, '2')] });
    expect(await listed.readEntry(WORD)).toHaveLength(2);
  });
});

describe('the entries of a transaction', () => {
  it('are taken for no other transaction', async () => {
    const listed = clientOf({ txHash: WORD, entries: [entryOf(EDGE, '1')] });
    expect(await listed.readEntry(WORD.replaceAll('cd', 'CD'))).toHaveLength(1);
    await expect(listed.readEntry(EDGE)).rejects.toMatchObject({
      code: 'BAD_ANSWER',
      context: { path: 'answer.txHash' },
      message: expect.stringContaining(`expected ${EDGE}`) as string,
    });
  });
});

describe('an explanation', () => {
  const explained = (id: string, asked?: string) => {
    const [none, words] = [
      { cause: null, next: null, eta: null },
      { subject: 'release', outcome: 'done', summary: '' },
    ];
    const explanation = { id, ...words, ...none, stages: [], countedAt: null, until: null, countsWad: null };
    return { ...(asked === undefined ? {} : { asked }), explanations: [explanation] };
  };

  it('of an entry is taken for no other entry', async () => {
    expect(await clientOf(explained(ASKED)).explain(ASKED)).toMatchObject([{ id: ASKED }]);
    await expect(clientOf(explained(`${EDGE}:1`)).explain(ASKED)).rejects.toMatchObject({ code: 'BAD_ANSWER' });
  });

  it('of a transaction, or of anything else, is taken for no other', async () => {
    for (const asked of [WORD, 'USDC@alpha']) {
      const client = clientOf(explained(ASKED, asked));
      expect(await client.explain(asked)).toMatchObject([{ id: ASKED }]);
      await expect(client.explain(EDGE)).rejects.toMatchObject({
        code: 'BAD_ANSWER',
        context: { path: 'answer.asked' },
      });
    }
  });

  it('of anything else may have a name of its own', async () => {
    for (const asked of [WORD, `lock:${ASKED}`, 'USDC@alpha'])
      expect(await clientOf(explained(ASKED)).explain(asked)).toMatchObject([{ id: ASKED }]);
  });
});

it('takes no node of another asset’s tree', async () => {
  const tree = { assetId: 4, count: '1', sum: '5', hash: WORD };
  const client = clientOf({ stateHash: WORD, tree, hash: WORD, sum: '5', leaf: { account: WORD, amount: '5' } });
  expect(await client.readTreeNode({ assetId: 4, height: 0, index: 0 })).toMatchObject({ sum: 5n });
  await expect(client.readTreeNode({ assetId: 5, height: 0, index: 0 })).rejects.toMatchObject({
    code: 'BAD_ANSWER',
    context: { path: 'answer.tree.assetId' },
  });
});
