import { AppError } from '@surety/domain';
import { keepVaultFolded } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { TestLedger } from '../testing/test-ledger.js';

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
});

afterEach(() => test.close());

/** A credit of 1,000 dollars and two releases of it that are folded, attested and recorded at the vault. */
async function recordTwo(): Promise<void> {
  await ledger.credit();
  await test.vault.open();
  ledger.release(300_000_000n);
  ledger.release(200_000_000n);
  await test.follower.advance();
  await test.vault.advance();
  await ledger.attestReleases();
  test.vaultReader.add(...ledger.recorded(0, 2));
}

describe('a vault that replays what the aggregator does not hold yet', () => {
  it('waits until the ledger’s fold has brought the entries that the vault replayed', async () => {
    await ledger.credit();
    await test.vault.open();
    ledger.release(300_000_000n);
    test.vaultReader.add(...ledger.recorded(0, 1));
    await expect(test.vault.advance()).rejects.toMatchObject({ code: 'ENTRIES_MISSING', retryable: true });
    await test.follower.advance();
    expect(await test.vault.advance()).toBe(true);
    expect(test.vault.replica.count).toBe(1n);
  });

  it('takes entries that the ledger’s fold stores while it looks for them', async () => {
    await recordTwo();
    const early = vi.spyOn(test.store.intake, 'loadEntries').mockResolvedValueOnce([]);
    await test.vault.advance();
    expect(early).toHaveBeenCalledTimes(2);
    expect(test.vault.replica.count).toBe(2n);
  });

  it('waits without a warning for entries that another loop brings, for a minute', async () => {
    await recordTwo();
    test.vaultReader.failure = new AppError({ code: 'ENTRIES_MISSING', message: 'not held', retryable: true });
    const levels: string[] = [];
    const stop = new AbortController();
    let nowMs = 0;
    const sleep = async (): Promise<void> => {
      nowMs += 30_001;
      if (nowMs > 120_000) stop.abort();
    };
    const clock = { nowMs: () => nowMs, elapsedMs: () => nowMs, sleep };
    const observer = { observe: ({ level }: { level: string }): void => void levels.push(level) };
    await keepVaultFolded({ follower: test.vault, clock, observer, onCondition: () => undefined }, stop.signal);
    expect(levels).toEqual(['info', 'debug', 'warn', 'debug']);
  });
});
