import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { ALICE, TestLedger } from '../testing/test-ledger.js';
import { testLock } from '../testing/test-attesters.js';

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
  await ledger.credit();
});
afterEach(() => test.close());

it('records a batch that was folded though the store of milestones failed at the first attempt', async () => {
  const { journal, store, follower, reader, intake } = test;
  const { edgeId } = journal.known;
  journal.append(testLock(ALICE, 5_000_000n, 1, 0n));
  await ledger.attest();
  reader.add(ledger.applied(1, 2));
  vi.spyOn(store.intake, 'saveMilestones').mockRejectedValueOnce(new Error('the disk is full'));
  await expect(follower.advance()).rejects.toThrow('the disk is full');
  expect(intake.book(edgeId)?.appliedCount).toBe(1n);
  await follower.advance();
  expect(intake.book(edgeId)?.appliedCount).toBe(2n);
  expect((await store.views.loadMilestones(edgeId, 2n)).applied).toMatchObject({ stage: 'applied', count: 2n });
});
