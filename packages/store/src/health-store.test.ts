import { type BlockHeight, type Bytes32, address, blockHash, bytes32, chainId } from '@surety/domain';
import { type FoldStep, type HealthFact, NO_CHANGES } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Store, openStore } from './open-store.js';
import { type TestDatabase, testDatabases } from './testing/test-databases.js';

const word = (n: number): Bytes32 => bytes32(`0x${n.toString(16).padStart(64, '0')}`);
const HASH = blockHash(`0x${'bb'.repeat(32)}`);
const PROTOCOL = address(`0x${'99'.repeat(20)}`);
const OTHER = address(`0x${'88'.repeat(20)}`);

function fact(n: number, change: Partial<HealthFact> = {}): HealthFact {
  const block = { chainId: chainId(900), height: 7n as BlockHeight, hash: HASH, timestamp: 1_800_000_000n };
  return { account: word(n), rung: 1, told: 1, assets: 3n, requirement: 2n, block, ...change };
}

function step(lines: readonly (readonly [account: number, assetId: number, enabled: boolean])[]): FoldStep {
  const at = { height: 7n, hash: HASH };
  return {
    cursor: { chainId: 900, ...at, timestamp: 1n, changed: at },
    ...NO_CHANGES,
    lines: lines.map(([account, assetId, enabled]) => ({
      account: word(account),
      assetId,
      amount: 5n,
      unseasoned: 0n,
      seasonEnd: 0n,
      enabled,
      scalings: 0,
    })),
  };
}

describe.each(testDatabases())('the health of accounts on $name', (kind) => {
  let database: TestDatabase;
  let store: Store;

  beforeEach(async () => {
    database = await kind.create();
    store = await openStore(database.url);
  });

  afterEach(async () => {
    await store.close();
    await database.drop();
  });

  it('is kept over a restart, with the largest figures, and replaced', async () => {
    const largest = fact(1, { assets: 2n ** 256n - 1n, requirement: 2n ** 256n - 1n, rung: 4, told: 0 });
    await store.health.saveHealth([largest, fact(2)]);
    await store.health.saveHealth([fact(2, { rung: 3, told: 3 })]);
    await store.close();
    store = await openStore(database.url);
    const rows = await store.health.loadHealth([word(2), word(1), word(3)]);
    expect([...rows].sort((left, right) => (left.account < right.account ? -1 : 1))).toEqual([
      largest,
      fact(2, { rung: 3, told: 3 }),
    ]);
    expect(await store.health.loadHealth([])).toEqual([]);
  });

  it('gives what is untold, and drops whoever owes nothing once that is told', async () => {
    const paid = fact(4, { requirement: 0n, rung: 0, told: 2 });
    await store.health.saveHealth([fact(1), fact(3, { rung: 2 }), paid]);
    expect(await store.health.loadUntold()).toEqual([fact(3, { rung: 2 }), paid]);
    await store.health.saveHealth([{ ...paid, told: 0 }]);
    expect(await store.health.loadHealth([word(4)])).toEqual([]);
    expect(await store.health.loadUntold()).toEqual([fact(3, { rung: 2 })]);
  });

  it('finds those that hold an asset in a line that counts, page by page', async () => {
    await store.collateral.saveStep(
      step([
        [1, 4, true],
        [2, 4, true],
        [2, 5, true],
        [3, 4, false],
        [5, 4, true],
        [6, 5, true],
      ]),
    );
    await store.health.saveHealth([1, 2, 3, 6].map((account) => fact(account)));
    expect(await store.health.loadHoldersAfter([4], undefined, 9)).toEqual([word(1), word(2)]);
    expect(await store.health.loadHoldersAfter([5, 4], undefined, 2)).toEqual([word(1), word(2)]);
    expect(await store.health.loadHoldersAfter([5, 4], word(2), 2)).toEqual([word(6)]);
    expect(await store.health.loadHoldersAfter([], undefined, 9)).toEqual([]);
    const lines = await store.health.loadLinesOfAll([word(2), word(9)]);
    expect(lines.map(({ account, assetId }) => [account, assetId])).toEqual([
      [word(2), 4],
      [word(2), 5],
    ]);
  });

  it('finds those with protocols, each once', async () => {
    const optIns = [2, 1].flatMap((account) =>
      [PROTOCOL, OTHER].map((protocol) => ({ account: word(account), protocol })),
    );
    await store.collateral.saveStep({ ...step([]), optIns });
    expect(await store.health.loadOptedAfter(undefined, 1)).toEqual([word(1)]);
    expect(await store.health.loadOptedAfter(word(1), 5)).toEqual([word(2)]);
    expect(await store.health.loadOptedOf([word(2), word(3)])).toEqual([word(2)]);
    expect(await store.health.loadOptedOf([])).toEqual([]);
  });
});
