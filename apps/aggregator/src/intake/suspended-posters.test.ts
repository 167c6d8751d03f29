import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { type TestKey, testAccount, testEpoch, testKey, testLock } from '../testing/test-attesters.js';

let test: TestApp;

beforeEach(async () => {
  test = await startTestApp();
  test.journal.append(testLock(testAccount(1), 5n), testLock(testAccount(2), 7n), testLock(testAccount(1), 9n));
});

afterEach(() => test.close());

const key = (n: number): TestKey => test.keys[n] ?? testKey(0);
const suspend = (...suspended: readonly TestKey[]): Promise<void> =>
  test.intake.useEpochs(
    test.journal.known.domain,
    [{ ...testEpoch(test.keys), suspended: suspended.map((one) => one.address) }],
    0n,
  );
const heldCount = (): bigint | undefined => test.intake.book(test.journal.known.edgeId)?.entryCount;
const stored = async () =>
  (await test.store.intake.loadEdge(test.journal.known.edgeId)).candidates.map(({ poster, index }) => [poster, index]);

describe('entries of a suspended member', () => {
  it('are refused like its statements', async () => {
    await suspend(key(3));
    expect(await test.intake.postEntries(test.journal.posted(key(3)))).toMatchObject({ code: 'SIGNER_SUSPENDED' });
    expect(await test.intake.postEntries(test.journal.posted(key(0)))).toEqual({ kind: 'stored', fresh: true });
  });

  it('are taken while another accepted epoch does not suspend it', async () => {
    const next = { ...testEpoch(test.keys, 2, 1_600_000_000n) };
    await test.intake.useEpochs(
      test.journal.known.domain,
      [{ ...testEpoch(test.keys), suspended: [key(3).address] }, next],
      0n,
    );
    expect(await test.intake.postEntries(test.journal.posted(key(3)))).toEqual({ kind: 'stored', fresh: true });
  });

  it('go, except those that another member posted too', async () => {
    await test.intake.postEntries(test.journal.posted(key(3)));
    await test.intake.postEntries(test.journal.posted(key(0), { to: 2 }));
    expect([heldCount(), (await stored()).length]).toEqual([3n, 3]);
    await suspend(key(3));
    expect(heldCount()).toBe(2n);
    expect(await stored()).toEqual([
      [key(0).address, 1n],
      [key(0).address, 2n],
    ]);
  });
});

describe('signatures of a suspended member', () => {
  it('are looked for once a suspension, however often the sets are read', async () => {
    const drop = vi.spyOn(test.store.intake, 'dropSignatures');
    await suspend(key(3));
    await suspend(key(3));
    await suspend(key(3), key(2));
    expect(drop.mock.calls.map(([{ signers }]) => signers)).toEqual([[key(3).address], [key(2).address]]);
    await suspend();
    await suspend(key(3));
    expect(drop).toHaveBeenCalledTimes(3);
  });
});
