import type { AccountView } from '@surety/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHttpTestClient } from '../testing/client-of.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testLock } from '../testing/test-attesters.js';
import { ALICE, TestLedger } from '../testing/test-ledger.js';

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await test.close();
});

const readAccount = (): Promise<AccountView> => createHttpTestClient(test.app).readAccount(ALICE);
const amountsOf = ({ lines, entries }: AccountView): bigint[][] =>
  [lines, entries].map((held) => held.map(({ amount }) => amount));

/** Locks 7 units more, which the ledger does not apply yet. */
async function lockMore(): Promise<void> {
  await ledger.credit();
  test.journal.append(testLock(ALICE, 7n));
  await ledger.attest();
}

async function fold(): Promise<void> {
  test.reader.add(ledger.applied(1, 2));
  await test.follower.advance();
}

describe('an account while blocks are folded', () => {
  it('names the block that its lines are of, none before one is folded', async () => {
    expect((await readAccount()).block).toBeNull();
    await ledger.credit();
    const { cursor } = test.follower;
    expect((await readAccount()).block).toEqual({
      chainId: cursor?.chainId,
      height: cursor?.height,
      hash: cursor?.hash,
      timestamp: cursor?.timestamp,
    });
  });

  it('has a lock under way whose block is folded while dates of parked credits are waited for', async () => {
    await lockMore();
    const before = test.follower.cursor?.height;
    const parked = {
      source: 1,
      index: 9n,
      account: ALICE,
      vaultAsset: 1,
      amount: 3n,
      fee: 0n,
      reason: 'SEASON',
      isSummed: true,
    } as const;
    vi.spyOn(test.store.collateral, 'loadParkedOf').mockResolvedValue([parked]);
    vi.spyOn(test.reader, 'readParkedDate').mockImplementationOnce(async () => {
      await fold();
      return 1_700_100_000n;
    });
    const held = await readAccount();
    expect([held.block?.height, ...amountsOf(held)]).toEqual([before, [999_999_995n], [7n]]);
    expect(held.parked).toMatchObject([{ readyAt: 1_700_100_000n }]);
  });

  it('is read again if a block was folded between its rows', async () => {
    await lockMore();
    const { collateral } = test.store;
    const load = collateral.loadParkedOf.bind(collateral);
    vi.spyOn(collateral, 'loadParkedOf').mockImplementationOnce(async (...of) => {
      await fold();
      return load(...of);
    });
    const held = await readAccount();
    expect([held.block?.height, ...amountsOf(held)]).toEqual([test.follower.cursor?.height, [1_000_000_002n], []]);
  });

  it('is to be asked again if blocks are folded faster than it is read', async () => {
    await lockMore();
    const { collateral } = test.store;
    const load = collateral.loadParkedOf.bind(collateral);
    vi.spyOn(collateral, 'loadParkedOf').mockImplementation(async (...of) => {
      test.reader.add();
      await test.follower.advance();
      return load(...of);
    });
    await expect(readAccount()).rejects.toMatchObject({
      code: 'AGGREGATOR_FAILED',
      retryable: true,
      context: { problem_code: 'NOT_FOLDED' },
    });
  });

  it('has a lock under way that only the newest block has applied, and says what it waits for', async () => {
    await lockMore();
    test.reader.newestCounts.set(test.journal.known.edgeId, 2n);
    await test.follower.look();
    const held = await readAccount();
    expect(amountsOf(held)).toEqual([[999_999_995n], [7n]]);
    expect(held.entries).toMatchObject([
      { stage: 'applied', reason: expect.stringContaining('credited it in a newer block') as string },
    ]);
  });
});
