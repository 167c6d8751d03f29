import { AppError } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LedgerAge } from '../projections/ledger-age.js';
import { createHttpTestClient } from '../testing/client-of.js';
import { LIMITS } from '../testing/fake-ledger-asker.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testAccount, testLock } from '../testing/test-attesters.js';
import { ALICE, TERMS, TestLedger } from '../testing/test-ledger.js';

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
});

afterEach(() => test.close());

async function read(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await test.app.inject({ method: 'GET', url });
  return { status: response.statusCode, body: response.json() };
}

const quote = (amount: bigint, more = ''): string =>
  `/v1/quote/lock?account=${ALICE}&assetId=4&amount=${amount}${more}`;

describe('a quote of a lock', () => {
  it('needs a listed asset, a folded block, and a fee within the amount', async () => {
    expect((await read(quote(5n))).body).toMatchObject({ status: 404, code: 'UNKNOWN_ASSET' });
    await ledger.credit();
    expect((await read(quote(5n, '&fee=6'))).body).toMatchObject({ status: 400, code: 'OUT_OF_RANGE' });
    test.asker.failure = new AppError({ code: 'NO_QUORUM', message: 'away', retryable: true });
    expect((await read(quote(5n))).body).toMatchObject({ status: 503, code: 'LEDGER_UNREAD' });
  });

  it('gains the margin that the ledger then counts, at each grade', async () => {
    await ledger.credit();
    const client = createHttpTestClient(test.app);
    const asked = await client.quoteLock({ account: ALICE, assetId: 4, amount: 500_000_000n, fee: 100n });
    expect(asked).toMatchObject({
      outcome: 'counted',
      holdUps: [],
      cap: LIMITS.cap,
      fastLimit: LIMITS.fastLimit,
      decimals: 6,
      vault: { refusal: null, minimum: 1_000_000n },
      factors: { initial: { base: 950_000, source: 900_000 }, maintenance: { base: 980_000 } },
      etaS: null,
      etaBasis: { kind: 'none', samples: 0 },
    });
    test.journal.append(testLock(ALICE, 500_000_000n, 1, 100n));
    await ledger.attest();
    test.reader.add(ledger.applied(1, 2));
    await test.follower.advance();
    const { grades } = await client.readMargin(ALICE);
    for (const grade of ['initial', 'exit', 'maintenance'] as const) {
      expect(asked.marginAfter[grade]).toEqual(grades[grade]);
      const gained = grades[grade].assetsWad - asked.marginBefore[grade].assetsWad;
      expect(gained).toBeGreaterThan(0n);
      expect(asked.gainedWad[grade]).toBe(gained);
    }
  });

  it('weighs what would be unseasoned, beside what is, at exit and maintenance alone', async () => {
    await ledger.credit();
    const seasonEnd = 1_700_099_999n;
    test.asker.credit = { reason: 'NONE', at: 0n, unseasoned: 300_000_000n, seasonEnd };
    expect((await read(quote(300_000_000n))).body).toMatchObject({
      outcome: 'counted',
      unseasoned: '300000000',
      gainedWad: { initial: '0', exit: '270750000000000000000', maintenance: '279300000000000000000' },
      holdUps: [{ code: 'LINE_SEASONING', until: String(seasonEnd) }],
    });
  });

  it('is for an account without a line too, and one that nobody owns yet', async () => {
    await ledger.credit();
    const { body } = await read(`/v1/quote/lock?account=${testAccount(77)}&assetId=4&amount=1000000`);
    expect(body).toMatchObject({ outcome: 'counted', gainedWad: { initial: '855000000000000000' } });
  });
});

describe('a quote of a lock at the edges of what a vault takes', () => {
  const STRANGER = testAccount(77);
  const ask = (amount: bigint, fee: bigint): ReturnType<typeof read> =>
    read(`/v1/quote/lock?account=${STRANGER}&assetId=4&amount=${amount}&fee=${fee}`);

  it('gains nothing where the fee is all of it, and still says what the line would weigh and suffer', async () => {
    await ledger.credit();
    const { timestamp } = (await createHttpTestClient(test.app).readPrices()).block;
    test.reader.terms.set(4, { ...TERMS, source: { ...TERMS.source, asOf: timestamp - 6_000n } });
    test.reader.add();
    test.reader.termsChanged = true;
    await test.follower.advance();
    expect(await ask(5_000_000n, 5_000_000n)).toMatchObject({
      status: 200,
      body: {
        outcome: 'counted',
        gainedWad: { initial: '0', exit: '0', maintenance: '0' },
        factors: { initial: { base: 950_000, source: 900_000 }, maintenance: { base: 980_000 } },
        holdUps: [{ code: 'SOURCE_STALE' }],
      },
    });
  });

  it('refuses one of nothing, and a fee above the amount, with what was asked for', async () => {
    await ledger.credit();
    expect(await ask(0n, 0n)).toMatchObject({
      status: 400,
      body: { code: 'OUT_OF_RANGE', detail: 'amount is "0"; expected at least 1 unit' },
    });
    expect(await ask(5n, 6n)).toMatchObject({
      status: 400,
      body: { code: 'OUT_OF_RANGE', detail: 'fee is "6"; expected at most the amount, 5' },
    });
  });

  it('is to be asked again while the terms of a new asset are not folded', async () => {
    await ledger.credit();
    test.reader.terms.delete(4);
    test.reader.add();
    test.reader.termsChanged = true;
    await test.follower.advance();
    expect(await ask(5_000_000n, 0n)).toMatchObject({ status: 503, body: { code: 'NOT_FOLDED' } });
  });
});

describe('a quote of a lock from a source that is silent', () => {
  const quietFor = async (ageS: bigint) => {
    const { timestamp } = (await createHttpTestClient(test.app).readPrices()).block;
    test.reader.terms.set(4, { ...TERMS, source: { ...TERMS.source, asOf: timestamp - ageS } });
    test.reader.add();
    test.reader.termsChanged = true;
    await test.follower.advance();
  };

  it.each([
    ['old', 6_000n, ['SOURCE_STALE']],
    ['too old', 90_000n, ['SOURCE_STALE', 'SOURCE_DARK']],
  ])(
    'counts with the statement that brings it, where the newest is %s, and says what it waits for',
    async (_, ageS, codes) => {
      await ledger.credit();
      const fresh = await createHttpTestClient(test.app).quoteLock({
        account: testAccount(77),
        assetId: 4,
        amount: 5_000_000n,
      });
      await quietFor(ageS);
      const quiet = await createHttpTestClient(test.app).quoteLock({
        account: testAccount(77),
        assetId: 4,
        amount: 5_000_000n,
      });
      expect([quiet.gainedWad, quiet.factors]).toEqual([fresh.gainedWad, fresh.factors]);
      expect(quiet.holdUps.map(({ code }) => code)).toEqual(codes);
    },
  );

  it('makes every other line of the source count in full again', async () => {
    await ledger.credit();
    await quietFor(90_000n);
    const { marginBefore, gainedWad } = await createHttpTestClient(test.app).quoteLock({
      account: ALICE,
      assetId: 4,
      amount: 1n,
    });
    expect(marginBefore.initial.assetsWad).toBe(0n);
    expect(gainedWad.initial).toBeGreaterThan(10n ** 18n);
  });
});

describe('what may hold a lock up', () => {
  it('is the vault’s refusal and its own numbers', async () => {
    await ledger.credit();
    test.vaultReader.lockQuote = () => ({ refusal: 6, minimum: 1_000n, room: 9n, feeMinimum: 0n });
    expect((await read(quote(5n))).body).toMatchObject({
      outcome: 'refused',
      vault: { refusal: 'BELOW_MINIMUM', minimum: '1000', room: '9' },
      holdUps: [{ code: 'BELOW_MINIMUM', detail: 'the vault refuses 5: smallest 1000, room 9' }],
    });
    test.vaultReader.lockQuote = () => ({ refusal: 0, minimum: 1n, room: 9n, feeMinimum: 2n });
    expect((await read(quote(5n, '&fee=1'))).body).toMatchObject({
      outcome: 'refused',
      holdUps: [{ code: 'FEE_TOO_SMALL' }],
    });
  });

  it('is the limit that would park it, with its date', async () => {
    await ledger.credit();
    for (const [reason, code, at] of [
      ['UNCONFIRMED', 'ABOVE_FAST_LIMIT', 1_700_100_000n],
      ['CAP', 'ABOVE_CAP', 0n],
      ['SEASON', 'SEASON_PARKED', 1_700_100_000n],
    ] as const) {
      test.asker.credit = { reason, at, unseasoned: 0n, seasonEnd: 0n };
      expect((await read(quote(5_000_000n))).body).toMatchObject({
        outcome: 'parked',
        holdUps: [{ code, until: at === 0n ? null : String(at) }],
      });
    }
  });

  it('is a price, a source, and a vault that does not answer', async () => {
    await ledger.credit();
    const prices = TERMS.prices.map((price) => ({ ...price, observedAt: 1_600_000_000n, failing: true }));
    test.reader.terms.set(4, { ...TERMS, prices, source: { ...TERMS.source, state: 'CONTESTED' } });
    test.reader.add();
    test.reader.termsChanged = true;
    await test.follower.advance();
    test.vaultReader.failure = new AppError({ code: 'NO_QUORUM', message: 'away', retryable: true });
    const { body } = await read(quote(5_000_000n));
    expect(body).toMatchObject({ outcome: 'parked', vault: null, gainedWad: { initial: '0' } });
    expect((body['holdUps'] as { code: string }[]).map(({ code }) => code)).toEqual([
      'CHAIN_NOT_FOLLOWED',
      'SOURCE_CONTESTED',
      'PRICE_STALE',
      'PRICE_FAILING',
    ]);
  });

  it('is last a block that is older than the finality of its chain explains', async () => {
    await ledger.credit();
    const { timestamp = 0n } = test.follower.snapshot?.block ?? {};
    const { mostS } = test.app.get(LedgerAge, { strict: false });
    const holdUpsAfter = async (ageS: bigint): Promise<unknown> => {
      test.clock.nowValueMs = Number(timestamp + ageS) * 1_000;
      return (await read(quote(5_000_000n))).body['holdUps'];
    };
    expect(await holdUpsAfter(mostS)).toEqual([]);
    const detail = expect.stringContaining(`as it was ${mostS + 60n} s ago, expected at most ${mostS} s`) as string;
    expect(await holdUpsAfter(mostS + 60n)).toMatchObject([{ code: 'BLOCK_OLD', detail, until: null }]);
  });
});
