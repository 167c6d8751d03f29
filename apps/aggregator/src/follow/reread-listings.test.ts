import { AppError } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testLock } from '../testing/test-attesters.js';
import { ALICE, TestLedger } from '../testing/test-ledger.js';

/** Blocks of one read: the chain reader's limits on logs (250,000) and on calls (512) stand for it. */
const BLOCKS_MAX = 20n;

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
});

afterEach(() => test.close());

describe('a ledger whose whole history is more than one read takes', () => {
  it.each(['source-listed', 'asset-listed'])('is folded on though a provider once left out a %s log', async (kind) => {
    test.reader.omit = (fact) => fact.kind === kind;
    ledger.list();
    test.reader.tip += 5n * BLOCKS_MAX;
    await test.follower.advance();
    test.reader.omit = undefined;
    const readFacts = test.reader.readFacts.bind(test.reader);
    test.reader.readFacts = async (range) => {
      if (range.to - range.from >= BLOCKS_MAX)
        throw new AppError({ code: 'LOG_LIMIT', message: 'too many logs', retryable: true });
      return readFacts(range);
    };
    test.journal.append(testLock(ALICE, 700n));
    await ledger.attest();
    test.reader.add(ledger.applied(0, 1));
    const seen: unknown[] = [];
    for (let pass = 0; pass < 20; pass++)
      await test.follower.advance().catch((error: unknown) => void seen.push((error as AppError).code));

    expect(seen).not.toHaveLength(20);
    expect((await test.store.collateral.loadLinesOf(ALICE)).map(({ amount }) => amount)).toEqual([700n]);
  });
});
