import type { LineFact } from '@surety/workflows';
import { expect, it } from 'vitest';
import { openStore } from './open-store.js';
import { onEachDatabase } from './testing/on-each-database.js';
import { step, word } from './testing/store-facts.js';

const line = (n: number, amount = 5n): LineFact => ({
  account: word(n),
  assetId: 4,
  amount,
  unseasoned: 0n,
  seasonEnd: 0n,
  enabled: true,
});

onEachDatabase('a snapshot', (opened) => {
  const amounts = async (of: { loadLinesAfter: (after: undefined, limit: number) => Promise<readonly LineFact[]> }) =>
    (await of.loadLinesAfter(undefined, 100)).map(({ amount }) => amount);

  it('stands still while rows are written, and the next one has them', async () => {
    const { store } = opened;
    await store.collateral.saveStep(step([line(1), line(2)]));
    await store.readSnapshot(async ({ collateral }) => {
      expect(await amounts(collateral)).toEqual([5n, 5n]);
      // A writer does not wait for the reader.
      await store.collateral.saveStep(step([line(1, 7n), line(3)]));
      expect(await amounts(store.collateral)).toEqual([7n, 5n, 5n]);
      expect(await amounts(collateral)).toEqual([5n, 5n]);
    });
    await store.readSnapshot(async ({ collateral }) => expect(await amounts(collateral)).toEqual([7n, 5n, 5n]));
  });

  it('is read by one at a time, and given back by one that fails', async () => {
    const { store } = opened;
    const order: string[] = [];
    const first = store.readSnapshot(async ({ collateral }) => {
      order.push('first');
      await collateral.loadCoverages();
      order.push('failed');
      throw new Error('nothing to see');
    });
    const second = store.readSnapshot(async () => void order.push('second'));
    await expect(first).rejects.toThrow('nothing to see');
    await second;
    expect(order).toEqual(['first', 'failed', 'second']);
  });

  it('is read to its end before the store closes', async () => {
    await opened.store.collateral.saveStep(step([line(1)]));
    const read = opened.store.readSnapshot(({ collateral }) => amounts(collateral));
    await opened.store.close();
    expect(await read).toEqual([5n]);
    await expect(opened.store.readSnapshot(async () => 1)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    opened.store = await openStore(opened.database.url);
  });

  it('and every other reading of many pages lets other work be done in between', async () => {
    const { store } = opened;
    await store.collateral.saveStep(step(Array.from({ length: 40 }, (_, n) => line(n + 1))));
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    for (let last: LineFact | undefined; ;) {
      const page: readonly LineFact[] = await store.collateral.loadLinesAfter(last, 1);
      last = page.at(-1);
      if (page.length === 0) break;
    }
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });
});
