import type { AccountChange } from '@surety/workflows';
import type { DataSource } from 'typeorm';
import { expect, it } from 'vitest';
import { HistorySchema1795651200000 } from './migrations.js';
import { openDatabase } from './open-database.js';
import { onEachDatabase } from './testing/on-each-database.js';
import { HASH, step, word } from './testing/store-facts.js';

/** The n-th change of an account, each at a block of its own. */
function change(n: number, told: Partial<AccountChange> = {}): AccountChange {
  const height = BigInt(n);
  return {
    account: word(7),
    position: height << 32n,
    kind: 'locked',
    assetId: 4,
    delta: 1n,
    amount: height,
    units: null,
    source: 1,
    index: height,
    party: null,
    reason: null,
    height,
    hash: HASH,
    txHash: null,
    ...told,
  };
}

onEachDatabase('changes of accounts', (opened) => {
  const store = () => opened.store;

  it('are read newest first, in pages that a new change does not move', async () => {
    const { collateral, history } = store();
    await collateral.saveStep(step([], { history: [1, 2, 3].map((n) => change(n)) }));
    const first = await history.loadHistory(word(7), undefined, 2);
    expect(first.map(({ height }) => height)).toEqual([3n, 2n]);
    await collateral.saveStep(step([], { history: [change(4), change(4, { account: word(8) })] }));
    expect((await history.loadHistory(word(7), first.at(-1)?.position, 2)).map(({ height }) => height)).toEqual([1n]);
    expect(await history.loadHistory(word(9), undefined, 2)).toEqual([]);
  });

  it('come back as they were written, with the largest amounts, and stay when a step is written again', async () => {
    const most = 2n ** 128n - 1n;
    const rows = [
      change(1, { delta: -most, amount: most, units: most, index: 2n ** 96n - 1n, position: 2n ** 96n - 1n }),
      change(2, { kind: 'parked', assetId: null, delta: 0n, amount: null, units: 5n, reason: 'UNLISTED' }),
      change(3, { kind: 'opted-in', source: null, index: null, party: word(3) }),
    ];
    for (let times = 0; times < 2; times++) await store().collateral.saveStep(step([], { history: rows }));
    const read = await store().history.loadHistory(word(7), undefined, 10);
    expect(new Set(read)).toEqual(new Set(rows));
    expect(read).toHaveLength(3);
  });

  it('are found by their key among many', async () => {
    const { collateral, history } = store();
    const many = Array.from({ length: 5_000 }, (_, at) => change(at + 1));
    await collateral.saveStep(step([], { history: many }));
    const page = await history.loadHistory(word(7), 2_500n << 32n, 3);
    expect(page.map(({ height }) => height)).toEqual([2_499n, 2_498n, 2_497n]);
    await within(opened.database.url, async (database) => {
      if (database.options.type !== 'better-sqlite3') return;
      const plan = await database.query<{ detail: string }[]>(
        `EXPLAIN QUERY PLAN SELECT * FROM "history" WHERE "account" = 'a' AND "position" < 'b' ORDER BY "position" DESC LIMIT 50`,
      );
      expect(plan.map(({ detail }) => detail)).toEqual([
        expect.stringMatching(/^SEARCH history USING INDEX .*\(account=\? AND position<\?\)$/),
      ]);
    });
  });

  it('begin behind what an earlier version folded, which is told', async () => {
    await store().collateral.saveStep(step([]));
    expect(await store().history.loadHistoryGap(99)).toBeUndefined();
    await within(opened.database.url, async (database) => {
      const runner = database.createQueryRunner();
      const schema = new HistorySchema1795651200000();
      await schema.down(runner);
      await schema.up(runner);
      await runner.release();
    });
    expect(await store().history.loadHistoryGap(99)).toBe(7n);
    expect(await store().history.loadHistoryGap(98)).toBeUndefined();
  });
});

async function within(url: string, use: (database: DataSource) => Promise<void>): Promise<void> {
  const database = await openDatabase(url);
  try {
    await use(database);
  } finally {
    await database.destroy();
  }
}
