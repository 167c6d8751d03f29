import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { address, txHash } from '@surety/domain';
import type { TransactionAttempt, TransactionJournal } from '@surety/workflows';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS } from './limits.js';
import { createMemoryJournal } from './memory-journal.js';
import { openOutbox } from './open-outbox.js';

const SENDER = address(`0x${'1a'.repeat(20)}`);
const OTHER = address(`0x${'2b'.repeat(20)}`);
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'surety-outbox-'));
  file = path.join(folder, 'state', 'outbox.sqlite');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function attempt(nonce: bigint, extra: Partial<TransactionAttempt> = {}): TransactionAttempt {
  return {
    chainId: 900,
    sender: SENDER,
    nonce,
    txHash: txHash(`0x${nonce.toString(16).padStart(64, '7')}`),
    raw: '0x02f8',
    purpose: 'apply',
    priority: 'credit',
    to: OTHER,
    calldata: '0xabcd',
    value: 2n ** 100n,
    gasLimit: 8_000_000n,
    maxFeePerGas: 2n ** 70n,
    maxPriorityFeePerGas: 3n,
    signedAtMs: 1_700_000_000_000,
    cancels: false,
    ...extra,
  };
}

const kinds: readonly [string, () => TransactionJournal][] = [
  ['an outbox', () => openOutbox({ file })],
  ['a journal in memory', () => createMemoryJournal()],
];

describe.each(kinds)('%s', (_name, open) => {
  it('returns every field of what was stored, in order, for its own key and chain', async () => {
    const journal = open();
    const kept = [
      attempt(4n),
      attempt(4n, { txHash: txHash(`0x${'9'.repeat(64)}`), cancels: true, priority: 'release' }),
      attempt(5n, { calldata: '0x', value: 0n }),
    ];
    for (const one of [...kept, attempt(4n, { sender: OTHER }), attempt(4n, { chainId: 901 })])
      await journal.record(one);
    expect(await journal.loadOpen({ chainId: 900, sender: SENDER })).toEqual(kept);
    expect(await journal.loadOpen({ chainId: 901, sender: SENDER })).toHaveLength(1);
  });

  it('withdraws one attempt, and forgets all attempts of a nonce', async () => {
    const journal = open();
    const second = attempt(4n, { txHash: txHash(`0x${'9'.repeat(64)}`) });
    for (const one of [attempt(4n), second, attempt(5n)]) await journal.record(one);
    await journal.withdraw(attempt(4n));
    expect(await journal.loadOpen({ chainId: 900, sender: SENDER })).toEqual([second, attempt(5n)]);
    await journal.forget({ chainId: 900, sender: SENDER, nonce: 4n });
    expect(await journal.loadOpen({ chainId: 900, sender: SENDER })).toEqual([attempt(5n)]);
  });

  it('sums spending of a day from a time on; the last cost of a nonce counts, and outlives the nonce', async () => {
    const journal = open();
    const spend = (nonce: bigint, costWei: bigint, atMs: number) =>
      journal.spend({ chainId: 900, sender: SENDER, nonce, costWei, atMs });
    await spend(1n, 10n, 999);
    await spend(2n, 2n ** 80n, 1_000);
    await spend(3n, 5n, 2_000);
    await spend(3n, 7n, 3_000);
    await spend(4n, 2n ** 90n, 1_000 + DAY_MS);
    await journal.spend({ chainId: 901, sender: SENDER, nonce: 3n, costWei: 1n, atMs: 3_000 });
    await journal.forget({ chainId: 900, sender: SENDER, nonce: 3n });
    expect(await journal.loadSpentWei({ chainId: 900, sender: SENDER, sinceMs: 1_000 })).toBe(2n ** 80n + 7n);
    expect(await journal.loadSpentWei({ chainId: 900, sender: SENDER, sinceMs: 3_001 })).toBe(2n ** 90n);
  });

  it('counts what was spent while the clock was a month ahead on that day alone, and keeps the true week', async () => {
    const journal = open();
    const spend = (nonce: bigint, costWei: bigint, day: number) =>
      journal.spend({ chainId: 900, sender: SENDER, nonce, costWei, atMs: day * DAY_MS });
    await spend(1n, 4_000n, 0);
    await spend(2n, 4_900n, 30);
    const days = [0, 1, 29, 30, 31].map((day) =>
      journal.loadSpentWei({ chainId: 900, sender: SENDER, sinceMs: day * DAY_MS }),
    );
    expect(await Promise.all(days)).toEqual([4_000n, 0n, 0n, 4_900n, 0n]);
  });
});

describe('an outbox on disk', () => {
  it('keeps its content after closing, and stores an attempt once', async () => {
    const first = openOutbox({ file });
    await first.record(attempt(4n));
    await first.record(attempt(4n));
    await first.spend({ chainId: 900, sender: SENDER, nonce: 3n, costWei: 9n, atMs: 5 });
    first.close();
    const second = openOutbox({ file });
    expect(await second.loadOpen({ chainId: 900, sender: SENDER })).toEqual([attempt(4n)]);
    expect(await second.loadSpentWei({ chainId: 900, sender: SENDER, sinceMs: 0 })).toBe(9n);
    second.close();
  });

  it('drops what is old by the clock and by the nonces since', async () => {
    const outbox = openOutbox({ file });
    const spend = (nonce: bigint, day: number) =>
      outbox.spend({ chainId: 900, sender: SENDER, nonce, costWei: 2n ** nonce, atMs: day * DAY_MS });
    for (const nonce of [1n, 2n]) await spend(nonce, 0);
    await outbox.spend({ chainId: 901, sender: SENDER, nonce: 1n, costWei: 7n, atMs: 0 });
    await spend(3n, 8);
    await outbox.spend({ chainId: 900, sender: SENDER, nonce: 10_002n, costWei: 1n, atMs: 8 * DAY_MS });
    const day = (chainId: number) => outbox.loadSpentWei({ chainId, sender: SENDER, sinceMs: 0 });
    expect([await day(900), await day(901)]).toEqual([4n, 7n]);
    outbox.close();
  });

  it('syncs every commit', () => {
    openOutbox({ file }).close();
    const database = new Database(file);
    expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
    database.close();
  });

  it('is refused if it is damaged or another kind of file', () => {
    const foreign = path.join(folder, 'foreign.sqlite');
    const database = new Database(foreign);
    database.exec('CREATE TABLE cats (name TEXT)');
    database.close();
    expect(() => openOutbox({ file: foreign })).toThrow(expect.objectContaining({ code: 'OUTBOX_CORRUPT' }));
    const torn = path.join(folder, 'torn.sqlite');
    writeFileSync(torn, 'this is no database, and long enough to be taken for one'.repeat(100));
    expect(() => openOutbox({ file: torn })).toThrow(expect.objectContaining({ code: 'OUTBOX_CORRUPT' }));
  });

  it('of a newer release is not taken for a damaged one', () => {
    openOutbox({ file }).close();
    const database = new Database(file);
    database.pragma('user_version = 1000');
    database.close();
    expect(() => openOutbox({ file })).toThrow(expect.objectContaining({ code: 'STATE_NEWER', retryable: false }));
  });

  it('is unavailable, and retryable, where it cannot be written', async () => {
    writeFileSync(path.join(folder, 'state'), 'a file where the folder should be');
    expect(() => openOutbox({ file })).toThrow(
      expect.objectContaining({ code: 'OUTBOX_UNAVAILABLE', retryable: true }),
    );
    rmSync(path.join(folder, 'state'));
    const outbox = openOutbox({ file });
    outbox.close();
    await expect(outbox.record(attempt(1n))).rejects.toMatchObject({ code: 'OUTBOX_UNAVAILABLE' });
  });
});
