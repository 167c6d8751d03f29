import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testAccount, testLock } from '../testing/test-attesters.js';
import { TestLedger } from '../testing/test-ledger.js';

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
  test.journal.append(testLock(testAccount(1), 5n), testLock(testAccount(2), 7n));
});

afterEach(() => test.close());

const position = () => test.intake.book(test.journal.known.edgeId)?.position;
const postEntries = () => test.intake.postEntries(test.journal.posted(ledger.key(0)));
const postStatements = (count: number) =>
  test.intake.postStatements(
    test.keys.slice(0, 3).map((one) => test.journal.signed(one, test.journal.statement(count))),
  );

function failOnce(name: 'saveMilestones' | 'saveEntries'): void {
  vi.spyOn(test.store.intake, name).mockRejectedValueOnce(new Error('the disk is full'));
}

describe('entries that the store could not confirm', () => {
  it.each(['saveMilestones', 'saveEntries'] as const)(
    'are confirmed when the statements come again, if %s failed at first',
    async (name) => {
      await postEntries();
      failOnce(name);
      await expect(postStatements(2)).rejects.toThrow('the disk is full');
      expect(position()?.count).toBe(0n);
      const again = { kind: 'stored', fresh: false };
      expect(await postStatements(2)).toEqual([again, again, again]);
      expect(position()).toEqual(test.journal.position());
    },
  );

  it('are confirmed when they come again themselves', async () => {
    await postStatements(2);
    failOnce('saveEntries');
    await expect(postEntries()).rejects.toThrow('the disk is full');
    expect(position()?.count).toBe(0n);
    expect(await postEntries()).toEqual({ kind: 'stored', fresh: false });
    expect(position()).toEqual(test.journal.position());
  });

  it('are confirmed up to the last statement of a post that failed at the first one', async () => {
    await postEntries();
    test.journal.append(testLock(testAccount(1), 9n));
    const both = [2, 3].flatMap((count) =>
      test.keys.slice(0, 3).map((one) => test.journal.signed(one, test.journal.statement(count))),
    );
    failOnce('saveMilestones');
    await expect(test.intake.postStatements(both)).rejects.toThrow('the disk is full');
    await postEntries();
    expect(position()).toEqual(test.journal.position(3));
  });
});
