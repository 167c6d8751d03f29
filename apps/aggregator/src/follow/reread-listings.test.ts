import { AppError } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { TestJournal, testEdge, testEdgeToVault, testLock } from '../testing/test-attesters.js';
import { ALICE, TestLedger } from '../testing/test-ledger.js';

/** Blocks of one read: the chain reader's limits on logs (250,000) and on calls (512) stand for it. */
const BLOCKS_MAX = 20n;

let test: TestApp;

beforeEach(async () => {
  test = await startTestApp({ late: [testEdge(2)] });
});

afterEach(() => test.close());

/** Limits what one read takes. */
function limitReads(): void {
  const readFacts = test.reader.readFacts.bind(test.reader);
  test.reader.readFacts = async (range) => {
    if (range.to - range.from >= BLOCKS_MAX)
      throw new AppError({ code: 'LOG_LIMIT', message: 'too many logs', retryable: true });
    return readFacts(range);
  };
}

describe('a ledger whose whole history is more than one read takes', () => {
  it('is folded on though the log of a source that nothing else names was once left out', async () => {
    const journal = new TestJournal(testEdge(2)).append(testLock(ALICE, 700n));
    const { edgeId: edge, edge: ends } = journal.known;
    const outboundEdge = testEdgeToVault(2).edgeId;
    test.reader.omit = (fact) => fact.kind === 'source-listed';
    test.reader.add({ kind: 'source-listed', source: 2, edge, outboundEdge, originChainId: 32, vault: ends.journal });
    test.reader.tip += 5n * BLOCKS_MAX;
    await test.follower.advance();
    test.reader.omit = undefined;
    limitReads();
    test.origin.entries = journal.located();
    const credit = { source: 2, index: 1n, account: ALICE, vaultAsset: 1, amount: 700n, fee: 0n };
    const { count: to, head } = journal.position();
    test.reader.add(
      { kind: 'parked', ...credit, reason: 'UNLISTED' },
      { kind: 'applied', edge, from: 0n, to, head, feeTo: ALICE },
    );
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'UNKNOWN_EDGE' });
    await test.follower.advance();
    expect(await test.store.collateral.loadParkedOf(ALICE, 9)).toMatchObject([credit]);
  });
});

describe('a listing that was found by proof', () => {
  it('is stored by the next pass if the store failed when it was found', async () => {
    const { reader, journal, store, follower } = test;
    const ledger = new TestLedger(test);
    reader.omit = (fact) => fact.kind === 'asset-listed';
    ledger.list();
    await follower.advance();
    reader.omit = undefined;
    journal.append(testLock(ALICE, 700n));
    await ledger.attest();
    reader.add({ kind: 'enabled', account: ALICE, assetId: 4, on: true }, ledger.applied(0, 1));
    vi.spyOn(store.collateral, 'saveStep').mockRejectedValueOnce(new Error('the disk is full'));
    await expect(follower.advance()).rejects.toThrow('the disk is full');
    await expect(follower.advance()).rejects.toMatchObject({ code: 'FACT_GAP' });
    await follower.advance();
    expect(await store.collateral.loadLinesOf(ALICE)).toMatchObject([{ assetId: 4, amount: 700n }]);
    expect(await store.collateral.loadAssets()).toMatchObject([{ assetId: 4, source: 1 }]);
  });
});
