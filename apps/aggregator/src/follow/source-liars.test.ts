import { AppError, address } from '@surety/domain';
import type { LedgerFact, SourceListing } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lieOnce } from '../testing/lie-once.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { TestJournal, testEdge, testEdgeToVault, testLock, word } from '../testing/test-attesters.js';
import { ALICE, TestLedger } from '../testing/test-ledger.js';

/** The source that the ledger lists. */
const LISTING = {
  kind: 'source-listed',
  source: 1,
  edge: testEdge().edgeId,
  outboundEdge: testEdgeToVault().edgeId,
  originChainId: 31,
  vault: testEdge().edge.journal,
} as const;
const ELSEWHERE = address(`0x${'77'.repeat(20)}`);

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp({ late: [testEdge(2)] });
  ledger = new TestLedger(test);
});
afterEach(() => test.close());

/** What is stored of sources: the replicas, and the journals toward their vaults. */
async function stored(): Promise<{ readonly replicas: unknown[]; readonly journals: unknown[] }> {
  const { collateral } = test.store;
  const replicas = await collateral.loadReplicas(test.reader.chainId);
  const journals = await collateral.loadJournals();
  return {
    replicas: replicas.map(({ source, edge, originChainId, vault }) => ({ source, edge, originChainId, vault })),
    journals: journals.map(({ source, edge }) => ({ source, edge })),
  };
}

/** What is stored once the listing is known. */
const { source, edge, originChainId, vault, outboundEdge } = LISTING;
const HONEST = { replicas: [{ source, edge, originChainId, vault }], journals: [{ source, edge: outboundEdge }] };

const LIES: readonly (readonly [string, Partial<SourceListing>])[] = [
  ['index', { source: 7 }],
  ['edge', { edge: word(0x77) }],
  ['outbound edge', { outboundEdge: word(0x77) }],
  ['chain', { originChainId: 32 }],
  ['vault', { vault: ELSEWHERE }],
];

describe('one provider that lies about a source', () => {
  it.each(LIES)('is found by the storage proof if it tells another %s, and is not believed again', async (_, lie) => {
    const { refusals } = lieOnce<LedgerFact>(
      test.reader,
      (one) => [one.kind === 'source-listed' ? { ...one, ...lie } : one],
      2,
    );
    ledger.list();
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'FOLD_MISMATCH', retryable: true });
    expect(await stored()).toEqual({ replicas: [], journals: [] });
    await test.follower.advance();
    expect(refusals).toHaveLength(1);
    await test.follower.open();
    expect(await stored()).toEqual(HONEST);
    expect(test.intake.book(LISTING.edge)?.known.source).toBe(1);
  });

  it('is found if it tells a known edge as another source’s, and the intake keeps its book', async () => {
    ledger.list();
    await test.follower.advance();
    const book = test.intake.book(LISTING.edge);
    lieOnce<LedgerFact>(test.reader, (one) => [one, { ...LISTING, source: 7 }]);
    test.reader.add({ kind: 'enabled', account: ALICE, assetId: 4, on: true });
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'FOLD_MISMATCH' });
    expect(test.intake.book(LISTING.edge)).toBe(book);
    await test.follower.advance();
    expect(await stored()).toEqual(HONEST);
  });

  it('has no effect where an omitted listing is read again: the proven one is taken, an invented one left out', async () => {
    test.reader.omit = (fact) => fact.kind === 'source-listed';
    ledger.list();
    await test.follower.advance();
    test.reader.omit = undefined;
    test.journal.append(testLock(ALICE, 700n));
    await ledger.attest();
    test.reader.add(ledger.applied(0, 1));
    const wrong = { ...LISTING, edge: word(0x77), outboundEdge: word(0x78), vault: ELSEWHERE };
    lieOnce<LedgerFact>(
      test.reader,
      (one) => (one.kind === 'source-listed' ? [wrong, { ...wrong, source: 7 }] : [one]),
      2,
    );
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'UNKNOWN_EDGE' });
    expect(await stored()).toEqual(HONEST);
    await test.follower.advance();
    expect(await test.store.collateral.loadLinesOf(ALICE)).toMatchObject([{ amount: 700n }]);
  });
});

describe('logs that list a source of which nothing was configured', () => {
  it('are refused from then on if they leave out its first batch', async () => {
    const [inbound, outbound] = [testEdge(2), testEdgeToVault(2)];
    const journal = new TestJournal(inbound).append(testLock(ALICE, 700n));
    test.origin.entries = journal.located();
    test.reader.entriesOf = (_, from, to) => journal.packed(Number(from), Number(to));
    const { edgeId } = inbound;
    test.reader.add(
      { ...LISTING, source: 2, edge: edgeId, outboundEdge: outbound.edgeId, originChainId: 32 },
      { kind: 'asset-listed', assetId: 5, source: 2, vaultAsset: 1, underlying: 1, ownPrice: 0, decimals: 6 },
      { kind: 'applied', edge: edgeId, from: 0n, to: 1n, head: journal.position().head, feeTo: ALICE },
    );
    test.reader.omit = (fact) => fact.kind === 'applied';
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'FOLD_MISMATCH', retryable: true });
    await test.follower.advance();
    expect(await test.store.collateral.loadLinesOf(ALICE)).toMatchObject([{ assetId: 5, amount: 700n }]);
  });

  it('are taken once the proof is there, if that could not be read at first', async () => {
    const readSources = test.reader.readSources.bind(test.reader);
    const unread = new AppError({ code: 'UNPROVEN', message: 'no provider proves the slots', retryable: true });
    test.reader.readSources = () => Promise.reject(unread);
    ledger.list();
    await expect(test.follower.advance()).rejects.toBe(unread);
    test.reader.readSources = readSources;
    await test.follower.advance();
    expect(await stored()).toEqual(HONEST);
  });
});
