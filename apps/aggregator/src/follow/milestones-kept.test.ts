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

/** How the API shows when and where an entry was applied. */
async function shown(id: string) {
  const { body } = await test.app.inject({ method: 'GET', url: `/v1/entries/${id}` });
  const { stage, times, blocks } = JSON.parse(body) as EntryAnswer;
  return { stage, appliedMs: times.appliedMs, height: blocks.applied?.height };
}

interface EntryAnswer {
  readonly stage: string;
  readonly times: { readonly appliedMs: number | null };
  readonly blocks: { readonly applied: { readonly height: string } | null };
}

it('names the final block of a batch, and keeps when the newest block had it first', async () => {
  const { journal, follower, reader, clock } = test;
  const { edgeId } = journal.known;
  journal.append(testLock(ALICE, 5_000_000n, 1, 0n), testLock(ALICE, 6_000_000n, 1, 0n));
  await ledger.attest();
  const atMs = clock.nowMs();
  reader.newestCounts.set(edgeId, 3n);
  await follower.look();
  expect(await shown(`${edgeId}:2`)).toEqual({ stage: 'applied', appliedMs: atMs, height: undefined });
  clock.nowValueMs += 60_000;
  reader.tip += 9n;
  reader.add(ledger.applied(1, 2));
  reader.add(ledger.applied(2, 3));
  await follower.advance();
  const { height = 0n } = follower.cursor ?? {};
  expect(await shown(`${edgeId}:2`)).toEqual({ stage: 'applied', appliedMs: atMs, height: String(height - 1n) });
  expect(await shown(`${edgeId}:3`)).toEqual({ stage: 'applied', appliedMs: atMs, height: String(height) });
});

it('forgets when a batch was applied once its block was reorganised away', async () => {
  const { journal, follower, reader, clock } = test;
  const { edgeId } = journal.known;
  journal.append(testLock(ALICE, 5_000_000n, 1, 0n));
  await ledger.attest();
  for (const count of [2n, 1n]) {
    reader.newestCounts.set(edgeId, count);
    await follower.look();
  }
  reader.newestCounts.delete(edgeId);
  clock.nowValueMs += 3_600_000;
  reader.add(ledger.applied(1, 2));
  await follower.advance();
  const height = String(follower.cursor?.height);
  expect(await shown(`${edgeId}:2`)).toEqual({ stage: 'applied', appliedMs: null, height });
});

it('names the final block in which a vault recorded releases that its newest block had first', async () => {
  const { vault, vaultReader, releases } = test;
  const { edgeId } = releases.known;
  ledger.release(100n);
  await test.follower.advance();
  await vault.open();
  await vault.advance();
  await ledger.attestReleases();
  vaultReader.newest = { count: 1n, facts: [] };
  await vault.look();
  expect(await shown(`${edgeId}:1`)).toMatchObject({ appliedMs: test.clock.nowMs(), height: undefined });
  vaultReader.add(...ledger.recorded(0, 1));
  vaultReader.tip += 5n;
  await vault.advance();
  const { height = 0n } = vault.cursor ?? {};
  expect(await shown(`${edgeId}:1`)).toMatchObject({ appliedMs: test.clock.nowMs(), height: String(height - 5n) });
});

it('records a batch that was folded though the store of milestones failed at the first attempt', async () => {
  const { journal, store, follower, reader, intake } = test;
  const { edgeId } = journal.known;
  journal.append(testLock(ALICE, 5_000_000n, 1, 0n));
  await ledger.attest();
  reader.add(ledger.applied(1, 2));
  vi.spyOn(store.intake, 'saveAppliedBatches').mockRejectedValueOnce(new Error('the disk is full'));
  await expect(follower.advance()).rejects.toThrow('the disk is full');
  expect(intake.book(edgeId)?.appliedCount).toBe(1n);
  await follower.advance();
  expect(intake.book(edgeId)?.appliedCount).toBe(2n);
  expect((await store.views.loadMilestones(edgeId, 2n)).applied).toMatchObject({ stage: 'applied', count: 2n });
});
