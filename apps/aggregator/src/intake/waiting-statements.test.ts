import { OPEN_STATEMENTS_MAX } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { type TestKey, testAccount, testKey, testLock } from '../testing/test-attesters.js';

let test: TestApp;

beforeEach(async () => {
  test = await startTestApp();
  test.journal.append(testLock(testAccount(1), 5n), testLock(testAccount(2), 7n), testLock(testAccount(1), 9n));
});

afterEach(() => test.close());

const key = (n: number): TestKey => test.keys[n] ?? testKey(0);
const stored = (fresh: boolean): unknown => ({ kind: 'stored', fresh });

describe('too many statements that wait for other members', () => {
  it('give way to the member’s new ones, once a post, and these are attested once others sign', async () => {
    const { intake } = test.store;
    const trim = intake.trimOpenStatements.bind(intake);
    const trims: string[] = [];
    intake.trimOpenStatements = async (of) => {
      trims.push(of.signer);
      await trim({ ...of, keep: 2 });
      return OPEN_STATEMENTS_MAX;
    };
    const beat = (n: number, at: number) =>
      test.journal.signed(key(n), test.journal.statement(3, { asOf: 1_700_000_000n + BigInt(at) }));
    for (const n of [0, 1]) await test.intake.postStatements([1, 2, 3, 4].map((at) => beat(n, at)));
    expect(trims).toEqual([key(0).address, key(1).address]);
    expect(await test.intake.postStatements([beat(0, 4)])).toEqual([stored(false)]);
    for (const at of [5, 6, 7]) expect(await test.intake.postStatements([beat(3, at)])).toEqual([stored(true)]);
    expect(await test.intake.postStatements([beat(2, 1), beat(2, 4)])).toEqual([stored(true), stored(true)]);
    const { edgeId: edge } = test.journal.known;
    const attested = await test.store.views.loadStatements({
      edge,
      after: 0n,
      limit: 9,
      attested: { applied: 0n, endedThrough: 0 },
    });
    expect(attested.map(({ statement }) => statement.asOf)).toEqual([1_700_000_004n]);
    expect(trims).toHaveLength(6);
  });
});
