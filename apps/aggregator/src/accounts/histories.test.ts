import { HEALTH_POINTS_PER_PAGE_MAX } from '@surety/api';
import { parseAccountId } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AggregatorClient } from '@surety/client';
import { createHttpTestClient } from '../testing/client-of.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { ALICE, FEE_TO, TestLedger } from '../testing/test-ledger.js';

let test: TestApp;
let ledger: TestLedger;
let client: AggregatorClient;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
  client = createHttpTestClient(test.app);
});

afterEach(() => test.close());

const get = (path: string) => test.app.inject({ method: 'GET', url: path });

describe('the health of an account over time', () => {
  const point = (seconds: bigint, assets: bigint, requirement: bigint) => {
    return { account: ALICE, height: seconds, timestamp: seconds, assets, requirement };
  };

  it('is empty for an account without debt, and newest first with one', async () => {
    expect((await get(`/v1/accounts/${ALICE}/health`)).json()).toEqual({ account: ALICE, points: [], next: null });
    await test.store.health.savePoints([point(10n, 7n, 4n), point(20n, 6n, 4n), point(30n, 6n, 0n)], 0n);
    expect(await client.readHealthHistory(ALICE)).toEqual({
      account: ALICE,
      points: [
        { height: 30n, timestamp: 30n, assetsWad: 6n, requirementWad: 0n, healthFactorWad: 2n ** 256n - 1n },
        { height: 20n, timestamp: 20n, assetsWad: 6n, requirementWad: 4n, healthFactorWad: 1_500_000_000_000_000_000n },
        { height: 10n, timestamp: 10n, assetsWad: 7n, requirementWad: 4n, healthFactorWad: 1_750_000_000_000_000_000n },
      ],
      next: null,
    });
  });

  it('comes in pages by time, and refuses a page that is none', async () => {
    await test.store.health.savePoints([point(10n, 7n, 4n), point(20n, 6n, 4n)], 0n);
    const first = await client.readHealthHistory(ALICE, { limit: 1 });
    expect(first).toMatchObject({ points: [{ height: 20n }], next: 20n });
    const second = await client.readHealthHistory(ALICE, { limit: 1, before: first.next ?? undefined });
    expect(second).toMatchObject({ points: [{ height: 10n }], next: null });
    for (const [query, field] of [
      [`before=${2n ** 64n}`, 'before'],
      ['limit=0', 'limit'],
    ] as const) {
      const answer = await get(`/v1/accounts/${ALICE}/health?${query}`);
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({ detail: expect.stringContaining(field) });
    }
  });

  it('gives no more than a page to whoever asks for more', async () => {
    const times = Array.from({ length: HEALTH_POINTS_PER_PAGE_MAX + 1 }, (_, at) => BigInt(at + 1));
    await test.store.health.savePoints(
      times.map((seconds) => point(seconds, 7n, 4n)),
      0n,
    );
    const { points, next } = (await get(`/v1/accounts/${ALICE}/health?limit=65535`)).json();
    expect([points.length, next]).toEqual([HEALTH_POINTS_PER_PAGE_MAX, '2']);
  });
});

describe('the history of an account over HTTP', () => {
  it('is empty for an account that nothing happened to', async () => {
    const answer = await get(`/v1/accounts/${ALICE}/history`);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ account: ALICE, changes: [], next: null, completeFrom: null });
  });

  it('tells a lock, an enabled line and a release, newest first, with the block’s time', async () => {
    await ledger.credit();
    ledger.release(400_000_000n, 3n);
    await test.follower.advance();
    const { changes, next } = await client.readHistory(ALICE);
    expect(changes).toMatchObject([
      { kind: 'released', delta: -400_000_000n, amount: 599_999_995n, chainId: 31, index: 1n },
      { kind: 'locked', delta: 999_999_995n, amount: 999_999_995n, symbol: expect.any(String), index: 1n },
      { kind: 'enabled', delta: 0n },
    ]);
    expect(next).toBeNull();
    for (const { timestamp, block } of changes) {
      expect(timestamp).toBe((await test.reader.readFinalBlock(block.height)).timestamp);
    }
    const sum = changes.reduce((total, { delta }) => total + delta, 0n);
    expect((await client.readAccount(ALICE)).lines[0]?.amount).toBe(sum);
    expect((await client.readHistory(FEE_TO)).changes).toMatchObject([{ kind: 'fees', delta: 5n }]);
  });

  it('comes in pages by the position of the last change', async () => {
    await ledger.credit();
    const first = await client.readHistory(ALICE, { limit: 1 });
    expect(first).toMatchObject({ changes: [{ kind: 'locked' }], next: first.changes[0]?.position });
    const second = await client.readHistory(ALICE, { limit: 1, before: first.next ?? undefined });
    expect(second).toMatchObject({ changes: [{ kind: 'enabled' }], next: null });
  });

  it('shows a change without a time rather than not at all while no provider gives the block', async () => {
    await ledger.credit();
    test.reader.readFinalBlock = () => Promise.reject(new Error('no provider answers'));
    const { changes } = await client.readHistory(ALICE);
    expect(changes.map(({ kind, timestamp }) => [kind, timestamp])).toEqual([
      ['locked', null],
      ['enabled', null],
    ]);
  });

  it('asks for a block once for all who ask at the same time, and for one that nobody gave only seconds later', async () => {
    await ledger.credit();
    let reads = 0;
    const readFinalBlock = test.reader.readFinalBlock.bind(test.reader);
    test.reader.readFinalBlock = async () => {
      reads += 1;
      await Promise.resolve();
      throw new Error('no provider answers');
    };
    const ask = () => Promise.all(Array.from({ length: 20 }, () => client.readHistory(ALICE)));
    await ask();
    await ask();
    // Both changes are of one block.
    expect(reads).toBe(1);
    test.clock.nowValueMs += 5_000;
    test.reader.readFinalBlock = readFinalBlock;
    expect((await ask()).flatMap(({ changes }) => changes.map(({ timestamp }) => timestamp))).not.toContain(null);
  });

  it('is read by the owner’s address, and refuses a page that is none', async () => {
    await ledger.credit();
    const { owner } = parseAccountId(ALICE);
    expect((await get(`/v1/accounts/${owner}/history`)).statusCode).toBe(200);
    for (const [query, field] of [
      ['before=-1', 'before'],
      [`before=${2n ** 96n}`, 'before'],
      ['limit=0', 'limit'],
      ['limit=x', 'limit'],
    ] as const) {
      const answer = await get(`/v1/accounts/${ALICE}/history?${query}`);
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({ detail: expect.stringContaining(field) });
    }
  });
});
