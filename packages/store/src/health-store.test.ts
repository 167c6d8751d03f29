import { type BlockHeight, address, chainId } from '@surety/domain';
import { type FoldStep, type HealthFact, type HealthPoint, NO_CHANGES } from '@surety/workflows';
import { expect, it } from 'vitest';
import { openStore } from './open-store.js';
import { onEachDatabase } from './testing/on-each-database.js';
import { HASH, word } from './testing/store-facts.js';

const PROTOCOL = address(`0x${'99'.repeat(20)}`);
const OTHER = address(`0x${'88'.repeat(20)}`);

function fact(n: number, change: Partial<HealthFact> = {}): HealthFact {
  const block = { chainId: chainId(900), height: 7n as BlockHeight, hash: HASH, timestamp: 1_800_000_000n };
  return { account: word(n), rung: 1, told: 1, assets: 3n, requirement: 2n, block, ...change };
}

/** The health of an account a number of seconds into the test. */
function point(n: number, seconds: number, change: Partial<HealthPoint> = {}): HealthPoint {
  const timestamp = 1_800_000_000n + BigInt(seconds);
  return { account: word(n), timestamp, height: BigInt(seconds), assets: 3n, requirement: 2n, ...change };
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
    })),
  };
}

onEachDatabase('the health of accounts', (opened) => {
  it('survives a restart with the largest figures, and is replaced', async () => {
    const largest = fact(1, { assets: 2n ** 256n - 1n, requirement: 2n ** 256n - 1n, rung: 4, told: 0 });
    await opened.store.health.saveHealth([largest, fact(2)]);
    await opened.store.health.saveHealth([fact(2, { rung: 3, told: 3 })]);
    await opened.store.close();
    opened.store = await openStore(opened.database.url);
    const rows = await opened.store.health.loadHealth([word(2), word(1), word(3)]);
    expect([...rows].sort((left, right) => (left.account < right.account ? -1 : 1))).toEqual([
      largest,
      fact(2, { rung: 3, told: 3 }),
    ]);
    expect(await opened.store.health.loadHealth([])).toEqual([]);
  });

  it('returns unannounced rows, and drops debt-free accounts once announced', async () => {
    const paid = fact(4, { requirement: 0n, rung: 0, told: 2 });
    await opened.store.health.saveHealth([fact(1), fact(3, { rung: 2 }), paid]);
    await opened.store.health.saveHealth([fact(5, { rung: 4, told: -1 })]);
    expect(await opened.store.health.loadUntold()).toEqual([fact(3, { rung: 2 }), paid]);
    await opened.store.health.saveHealth([{ ...paid, told: 0 }]);
    expect(await opened.store.health.loadHealth([word(4)])).toEqual([]);
    expect(await opened.store.health.loadUntold()).toEqual([fact(3, { rung: 2 })]);
  });

  it('lists indebted accounts page by page, with all their lines', async () => {
    await opened.store.collateral.saveStep(
      step([
        [1, 4, true],
        [2, 4, true],
        [2, 5, false],
        [5, 4, true],
      ]),
    );
    const paid = fact(3, { requirement: 0n, rung: 0, told: 1 });
    await opened.store.health.saveHealth([fact(6), fact(2), paid, fact(1)]);
    expect(await opened.store.health.loadOwingAfter(undefined, 2)).toEqual([fact(1), fact(2)]);
    expect(await opened.store.health.loadOwingAfter(word(2), 9)).toEqual([fact(6)]);
    const lines = await opened.store.health.loadLinesOfAll([word(2), word(9)]);
    expect(lines.map(({ account, assetId, enabled }) => [account, assetId, enabled])).toEqual([
      [word(2), 4, true],
      [word(2), 5, false],
    ]);
  });

  it('lists indebted accounts below a step, page by page', async () => {
    const rung = (n: number, below: number): HealthFact => fact(n, { rung: below, told: below });
    const paid = fact(2, { requirement: 0n, rung: 4, told: 0 });
    await opened.store.health.saveHealth([rung(5, 4), rung(1, 3), paid, rung(3, 2), rung(4, 4)]);
    expect(await opened.store.health.loadBelow(3, undefined, 2)).toEqual([rung(1, 3), rung(4, 4)]);
    expect(await opened.store.health.loadBelow(3, word(4), 2)).toEqual([rung(5, 4)]);
    expect(await opened.store.health.loadBelow(4, undefined, 9)).toEqual([rung(4, 4), rung(5, 4)]);
  });

  it('lists accounts with protocols, each once', async () => {
    const optIns = [2, 1].flatMap((account) =>
      [PROTOCOL, OTHER].map((protocol) => ({ account: word(account), protocol })),
    );
    await opened.store.collateral.saveStep({ ...step([]), optIns });
    expect(await opened.store.health.loadOptedAfter(undefined, 1)).toEqual([word(1)]);
    expect(await opened.store.health.loadOptedAfter(word(1), 5)).toEqual([word(2)]);
    const found = await opened.store.health.loadOptInsOf([word(2), word(3)]);
    expect(new Set(found)).toEqual(new Set([PROTOCOL, OTHER].map((protocol) => ({ account: word(2), protocol }))));
    expect(await opened.store.health.loadOptInsOf([])).toEqual([]);
  });
});

onEachDatabase('the health of accounts over time', (opened) => {
  const largest = point(1, 9, { assets: 2n ** 256n - 1n, requirement: 2n ** 256n - 1n, height: 2n ** 64n - 1n });

  it('survives a restart with the largest figures, and has one newest point of each account', async () => {
    const { health } = opened.store;
    expect([await health.loadLastPoints([]), await health.loadLastPoints([word(1)])]).toEqual([[], []]);
    await health.savePoints([point(1, 2), point(2, 5), point(3, 1)], 0n);
    await health.savePoints([point(2, 4), largest], 0n);
    await opened.store.close();
    opened.store = await openStore(opened.database.url);
    const last = await opened.store.health.loadLastPoints([word(2), word(1), word(4)]);
    expect(new Set(last)).toEqual(new Set([largest, point(2, 5)]));
    expect(last).toHaveLength(2);
  });

  it('is read newest first, in pages by time, and keeps the later word of a second', async () => {
    const { health } = opened.store;
    await health.savePoints([point(1, 1), point(1, 2), point(2, 3), point(1, 4)], 0n);
    await health.savePoints([point(1, 2, { height: 8n, assets: 5n })], 0n);
    const [first, second] = await health.loadPoints(word(1), undefined, 2);
    expect([first, second]).toEqual([point(1, 4), point(1, 2, { height: 8n, assets: 5n })]);
    expect(await health.loadPoints(word(1), second?.timestamp, 2)).toEqual([point(1, 1)]);
    expect(await health.loadPoints(word(3), undefined, 2)).toEqual([]);
  });

  it('drops what is too old of those accounts that it writes, and of no others', async () => {
    const { health } = opened.store;
    await health.savePoints([point(1, 1), point(1, 2), point(2, 1)], 0n);
    await health.savePoints([point(1, 3)], point(1, 2).timestamp);
    expect(await health.loadPoints(word(1), undefined, 9)).toEqual([point(1, 3), point(1, 2)]);
    expect(await health.loadPoints(word(2), undefined, 9)).toEqual([point(2, 1)]);
  });
});
