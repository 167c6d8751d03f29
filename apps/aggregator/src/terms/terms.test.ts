import { AppError, address, tokenUnits } from '@surety/domain';
import { type Line, accountMarginOf } from '@surety/margin';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpTestClient } from '../testing/client-of.js';
import { LIMITS } from '../testing/fake-ledger-asker.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testLock } from '../testing/test-attesters.js';
import { ALICE, TERMS, TestLedger } from '../testing/test-ledger.js';

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
});

afterEach(() => test.close());

async function read(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const { statusCode, body } = await test.app.inject({ method: 'GET', url });
  return { status: statusCode, body: JSON.parse(body) as Record<string, unknown> };
}

describe('what is refused', () => {
  it('is every answer at a block before one is folded, and another method', async () => {
    for (const url of ['/v1/assets', '/v1/parameters', '/v1/prices', '/v1/terms'])
      expect(await read(url)).toMatchObject({ status: 503, body: { code: 'NOT_FOLDED' } });
    const { statusCode, headers } = await test.app.inject({ method: 'POST', url: '/v1/assets' });
    expect([statusCode, headers['allow']]).toEqual([405, 'GET']);
  });

  it('is an answer that no quorum gives, and the next one is asked again', async () => {
    await ledger.credit();
    test.asker.failure = new AppError({ code: 'NO_QUORUM', message: 'away', retryable: true });
    for (const url of ['/v1/assets', '/v1/prices'])
      expect(await read(url)).toMatchObject({ status: 503, body: { code: 'LEDGER_UNREAD' } });
    test.asker.failure = undefined;
    expect((await read('/v1/assets')).status).toBe(200);
  });
});

describe('/v1/assets', () => {
  it('shows weight, price, caps and what is used, at the block that it names', async () => {
    await ledger.credit();
    const { body } = await read('/v1/assets');
    expect(body).toMatchObject({
      block: { chainId: 99, height: String(test.reader.tip) },
      assets: [
        {
          assetId: 4,
          source: 1,
          chainId: 31,
          chain: null,
          token: null,
          decimals: 6,
          underlying: 1,
          ownPrice: null,
          factors: { initial: { base: 950_000, source: 900_000 }, maintenance: { base: 980_000, source: 950_000 } },
          price1e12: '1000000000000',
          status: 0,
          conditions: [],
          sourceState: 'LIVE',
          coverageWad: '1000000000000000000',
          unsettled: false,
          minimum: '1000000',
          cap: '4000000000000',
          used: '1000000000',
          fastLimit: '500000000000',
          fastUsed: '1000000000',
          pause: null,
        },
      ],
    });
  });

  it('names what lowers its weight, whoever owns a line of it', async () => {
    await ledger.credit();
    const prices = TERMS.prices.map((price) => ({ ...price, observedAt: 1_600_000_000n, failing: true }));
    test.reader.terms.set(4, { ...TERMS, prices, source: { ...TERMS.source, asOf: 1_699_990_000n } });
    test.reader.add();
    test.reader.termsChanged = true;
    await test.follower.advance();
    const pause = { flags: 2, until: 1_700_100_000n };
    test.asker.limits.set(4, { ...LIMITS, fastLimit: undefined, room: 0n, pause });
    expect((await read('/v1/assets')).body).toMatchObject({
      assets: [
        {
          status: 261,
          conditions: ['price-stale', 'source-stale', 'price-failing'],
          priceInitial1e12: '0',
          fastLimit: null,
          room: '0',
          pause: { flags: 2, paused: ['credit'], until: '1700100000' },
        },
      ],
    });
  });

  it('asks the ledger once in 3 seconds', async () => {
    await ledger.credit();
    await read('/v1/assets');
    await read('/v1/assets');
    expect(test.asker.reads).toBe(1);
    test.clock.nowValueMs += 3_000;
    await read('/v1/assets');
    expect(test.asker.reads).toBe(2);
  });

  it('lists as many as a ledger can, by the client within its bound of an answer', async () => {
    ledger.list();
    for (let assetId = 5; assetId < 700; assetId++) {
      test.reader.terms.set(assetId, { ...TERMS, assetId });
      const listing = { source: 1, vaultAsset: assetId, underlying: 1, ownPrice: 0, decimals: 6 };
      test.reader.add({ kind: 'asset-listed', assetId, ...listing });
    }
    await test.follower.advance();
    const { assets } = await createHttpTestClient(test.app).readAssets();
    expect(assets).toHaveLength(696);
    expect(assets.map(({ assetId }) => assetId)).toEqual(assets.map((_, at) => at + 4));
  });
});

describe('/v1/parameters', () => {
  it('shows weights, ages and the curve, with the hash that margins carry', async () => {
    await ledger.credit();
    const client = createHttpTestClient(test.app);
    const margin = await client.readMargin(ALICE);
    expect(await client.readParameters()).toMatchObject({
      block: { height: test.reader.tip },
      parameters: margin.parameters,
      assets: [{ assetId: 4, initialBps: 9_500, maintenanceBps: 9_800, ramp: null }],
      sources: [{ source: 1, state: 'LIVE', staleAfterS: 5_400, darkAfterS: 21_600, floorAfterS: 259_200 }],
      freshness: { maintenanceFloorPpm: 500_000, maintenanceFallPpmPerDay: 50_000 },
      prices: { confidenceMostPpm: 20_000, apartMostPpm: 250_000, slowWindowS: 3_600 },
      healthSteps: ['1.5', '1.2', '1.05', '1'],
    });
  });
});

describe('/v1/prices', () => {
  it('shows age, the age allowed, faults and the feed of each slot', async () => {
    await ledger.credit();
    const { prices } = await createHttpTestClient(test.app).readPrices();
    expect(prices).toMatchObject([
      {
        slot: 1,
        symbol: null,
        assets: [4],
        price1e12: 10n ** 12n,
        slow1e12: 10n ** 12n,
        observedAt: 1_700_000_000n,
        ageMostS: { initial: 3_600, exit: null, maintenance: null },
        conditions: [],
        feed: address(`0x${'fe'.repeat(20)}`),
        sellsFrom: null,
        sources: [],
      },
    ]);
  });

  it.each([
    ['while a feed that took over sells nothing', 1n, 1n],
    ['no more once it sells', 0n, null],
  ])('says until when auctions wait for it, %s', async (_name, afterS, waitsS) => {
    await ledger.credit();
    const { timestamp } = (await createHttpTestClient(test.app).readPrices()).block;
    test.asker.feeds.set(1, { feed: address(`0x${'fd'.repeat(20)}`), sellsFrom: timestamp + afterS });
    test.clock.nowValueMs += 60_000;
    const { prices } = await createHttpTestClient(test.app).readPrices();
    expect(prices[0]?.sellsFrom).toBe(waitsS === null ? null : timestamp + waitsS);
  });

  it('knows no age of a price that was never accepted', async () => {
    await ledger.credit();
    const prices = TERMS.prices.map((price) => ({ ...price, observedAt: 0n }));
    test.reader.terms.set(4, { ...TERMS, prices });
    test.reader.add();
    test.reader.termsChanged = true;
    await test.follower.advance();
    test.asker.feeds.clear();
    expect((await read('/v1/prices')).body).toMatchObject({
      prices: [{ ageS: null, slow1e12: '0', conditions: ['price-missing'], feed: null }],
    });
  });
});

describe('/v1/terms', () => {
  it('is what the engine needs to come to the margin’s own integers', async () => {
    await ledger.credit();
    const maintenanceRamp = { fromBps: 9_800, toBps: 9_200, start: 1_700_000_000n, end: 1_700_000_100n };
    const prices = TERMS.prices.map((price) => ({ ...price, slow1e12: 9n * 10n ** 11n, confPpm: 1_000 }));
    test.reader.terms.set(4, { ...TERMS, asset: { ...TERMS.asset, baseInitialBps: 9_000, maintenanceRamp }, prices });
    test.reader.add();
    test.reader.termsChanged = true;
    await test.follower.advance();
    const client = createHttpTestClient(test.app);
    const [margin, { block, parameters, assets }] = await Promise.all([client.readMargin(ALICE), client.readTerms()]);
    expect([block, parameters]).toEqual([margin.block, margin.parameters]);
    expect(assets[0]).toMatchObject({ asset: { maintenanceRamp }, sourceTerms: { maintenanceRamp: null } });
    const lines = assets.map(({ asset, sourceTerms: { maintenanceRamp: none, ...source }, prices: given }): Line => {
      expect(none).toBeNull();
      const amount = tokenUnits(margin.lines[0]?.amount ?? 0n);
      return {
        amount,
        unseasoned: tokenUnits(0n),
        seasonEnd: 0n,
        asset: { ...asset, maintenanceRamp },
        source,
        prices: given,
      };
    });
    const { grades } = accountMarginOf(lines, block.timestamp);
    for (const grade of ['initial', 'exit', 'maintenance'] as const)
      expect([grade, grades[grade].assets]).toEqual([grade, margin.grades[grade].assetsWad]);
    expect(grades.initial.assets).toBeGreaterThan(0n);
  });
});

describe('/v1/attesters', () => {
  it('says who has signed nothing yet, and that new statements need three of four', async () => {
    const { edges } = await createHttpTestClient(test.app).readAttesters();
    expect(edges[0]).toMatchObject({ needed: 3, upToDate: 0, live: false });
    expect(edges[0]?.members).toHaveLength(4);
    expect(edges[0]?.members[0]).toMatchObject({ count: 0n, asOf: 0n, ageS: null, behind: 0n, upToDate: false });
  });

  it('says how far behind one is that has missed what the others signed', async () => {
    test.journal.append(testLock(ALICE, 1_000n));
    await ledger.attest();
    const at = async () => (await createHttpTestClient(test.app).readAttesters()).edges[0];
    const edge = await at();
    expect(edge).toMatchObject({ upToDate: 3, live: true });
    const silent = edge?.members.filter(({ upToDate }) => !upToDate);
    expect(silent).toMatchObject([{ address: ledger.key(3).address, count: 0n, behind: 1n, ageS: null }]);
    // All of them are silent past two heartbeats.
    test.clock.nowValueMs += 1_300_000;
    expect(await at()).toMatchObject({ upToDate: 0, live: false });
  });
});
