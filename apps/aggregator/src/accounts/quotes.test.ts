import { AppError, address } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { ALICE, TestLedger } from '../testing/test-ledger.js';
import { QUOTE_READS, READ_BURST } from '../limits.js';

const INFINITE = 2n ** 256n - 1n;
const NO_SUMS = {
  initial: 0n,
  initialRequirement: 0n,
  exit: 0n,
  exitRequirement: 0n,
  maintenance: 0n,
  maintenanceRequirement: 0n,
  status: 0n,
  oldestAsOf: 0n,
};
const PROTOCOL = address(`0x${'c1'.repeat(20)}`);

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

function quote(amount: bigint, assetId = 4): string {
  return `/v1/quote/release?account=${ALICE}&assetId=${assetId}&amount=${amount}`;
}

describe('a quote of a release', () => {
  it('needs an account, a listed asset and an amount, and a folded block', async () => {
    expect((await read('/v1/quote/release?assetId=4&amount=5')).body['code']).toBe('BAD_HEX');
    expect((await read(quote(5n))).body).toMatchObject({ status: 404, code: 'UNKNOWN_ASSET' });
    await ledger.credit();
    expect((await read(quote(5n, 9))).body).toMatchObject({ status: 404, code: 'UNKNOWN_ASSET' });
    expect((await read(quote(2n ** 128n))).status).toBe(400);
  });

  it('says what the ledger would refuse, by the name of its error', async () => {
    await ledger.credit();
    const values = [{ name: 'recipient', value: '0x00' }];
    test.reader.verdict = () => ({
      kind: 'refused',
      code: 'RecipientRefused',
      detail: 'RecipientRefused(0x00)',
      values,
    });
    expect((await read(quote(5n))).body).toMatchObject({
      allowed: false,
      code: 'RecipientRefused',
      values,
      detail: 'RecipientRefused(0x00); at most 0 USDC may leave now',
      seasoned: '999999995',
      maxAmount: '0',
      maxBound: 'refused',
    });
  });

  it('is to be asked again while no quorum says what the ledger would do, at first or of the largest amount', async () => {
    await ledger.credit();
    const away = (): never => {
      throw new AppError({ code: 'NO_QUORUM', message: 'away', retryable: true });
    };
    test.reader.verdict = away;
    expect((await read(quote(5n))).body).toMatchObject({ status: 503, code: 'LEDGER_UNREAD' });
    test.reader.verdict = (amount) => (amount === 5n ? { kind: 'allowed' } : away());
    expect((await read(quote(5n))).body).toMatchObject({ status: 503, code: 'LEDGER_UNREAD' });
  });

  it('says what margin is left, and how long releases of that vault took', async () => {
    await ledger.credit();
    const before = (await read(quote(500_000_000n))).body;
    expect(before).toMatchObject({
      allowed: true,
      code: null,
      symbol: 'USDC',
      chainId: 31,
      recipient: `0x${'0'.repeat(63)}1`,
      feeSuggested: '0',
      feeBasis: { kind: 'none', samples: 0 },
      waitS: 0,
      etaS: null,
      etaBasis: { kind: 'none', samples: 0 },
      marginAfter: { maintenance: { assetsWad: '465499995345000000000', requirementWad: '0' } },
    });
    await test.vault.open();
    ledger.release(300_000_000n);
    await test.follower.advance();
    await test.vault.advance();
    await ledger.attestReleases();
    test.clock.nowValueMs += 42_000;
    test.vaultReader.newest = { count: 1n, facts: [] };
    await test.vault.look();
    expect((await read(quote(500_000_000n))).body).toMatchObject({
      etaS: 42,
      etaBasis: { kind: 'this-edge', samples: 1 },
    });
  });

  it('suggests the fee for which releases of the asset were paid, and says of how many', async () => {
    await ledger.credit();
    await test.vault.open();
    for (const fee of [9n, 3n, 7n]) ledger.release(100_000_000n, fee);
    await test.follower.advance();
    await ledger.attestReleases();
    test.vaultReader.add(...ledger.recorded(0, 3));
    for (const seq of [1n, 2n, 3n]) test.vaultReader.add({ kind: 'paid', seq });
    await test.vault.advance();
    expect((await read(quote(5n))).body).toMatchObject({
      feeSuggested: '7',
      feeBasis: { kind: 'paid-releases', samples: 3 },
    });
  });
});

describe('the largest amount that may leave', () => {
  /** Requires an initial margin of Alice, and lets her ledger know what is left as hers by prices that it renews itself. */
  async function require(initialRequirement: bigint, priceShare = 1_000n): Promise<bigint[]> {
    await ledger.credit();
    test.vaultReader.quote = (_, readyAt) => ({
      lane: 'small',
      readyAt,
      waits: false,
      opensAt: 0n,
      largest: 10n ** 12n,
    });
    test.reader.add({ kind: 'opted', account: ALICE, protocol: PROTOCOL, in: true });
    await test.follower.advance();
    const sums = await ledger.sums(ALICE);
    test.reader.margins = () => ({ ...sums, initialRequirement, maintenanceRequirement: 0n, exitRequirement: 0n });
    const asked: bigint[] = [];
    test.reader.verdict = (amount) => {
      asked.push(amount);
      // Of 0.855 dollars a dollar, times what its price has fallen to.
      const left = ((999_999_995n - amount) * 855n * priceShare * 10n ** 12n) / 1_000_000n;
      if (left >= initialRequirement) return { kind: 'allowed' };
      const [assetsWad, requiredWad] = [String(left), String(initialRequirement)];
      const values = Object.entries({ account: ALICE, assetsWad, requiredWad }).map(([name, value]) => ({
        name,
        value,
      }));
      return { kind: 'refused', code: 'MarginTooLow', detail: 'MarginTooLow', values };
    };
    return asked;
  }

  it('is the last unit that the initial margin allows, confirmed by the ledger', async () => {
    // 855 dollars weigh for initial what 1,000 are worth; 171 of them must stay, which takes 200 dollars.
    const asked = await require(171n * 10n ** 18n);
    expect((await read(quote(900_000_000n))).body).toMatchObject({
      allowed: false,
      code: 'MarginTooLow',
      detail: 'MarginTooLow; at most 799.999995 USDC may leave now',
      decimals: 6,
      minimum: '1000000',
      maxAmount: '799999995',
      maxBound: 'margin',
      maxMarginAfter: { initial: { assetsWad: '171000000000000000000', freeWad: '0' } },
    });
    expect(asked).toEqual([900_000_000n, 799_999_995n]);
  });

  it('leaves more where the ledger sees a lower price, and is not guessed where it never agrees', async () => {
    const asked = await require(171n * 10n ** 18n, 990n);
    const { maxAmount, maxBound } = (await read(quote(5n))).body;
    expect(maxBound).toBe('margin');
    const most = 999_999_995n - (171n * 10n ** 18n * 1_000n) / (855n * 990n * 10n ** 9n);
    expect(BigInt(String(maxAmount))).toBeLessThanOrEqual(most);
    expect(BigInt(String(maxAmount))).toBeGreaterThan(most - 3_000_000n);
    expect(asked).toHaveLength(3);
    test.reader.verdict = () => {
      const values = [
        { name: 'assetsWad', value: '1' },
        { name: 'requiredWad', value: '2' },
      ];
      return { kind: 'refused', code: 'MarginTooLow', detail: 'MarginTooLow', values };
    };
    expect((await read(quote(5n))).body).toMatchObject({ maxAmount: '0', maxBound: 'unconfirmed' });
  });

  it('is nothing while a protocol does not answer, and the vault’s largest payment where that is less', async () => {
    await require(INFINITE);
    expect((await read(quote(5n))).body).toMatchObject({ maxAmount: '0', maxBound: 'unanswered' });
    test.reader.margins = () => ({ ...NO_SUMS });
    test.reader.add();
    await test.follower.advance();
    test.reader.verdict = () => ({ kind: 'allowed' });
    expect((await read(quote(5n))).body).toMatchObject({ maxAmount: '999999995', maxBound: 'line' });
    test.vaultReader.quote = (_, readyAt) => ({
      lane: 'small',
      readyAt,
      waits: false,
      opensAt: 0n,
      largest: 400_000_000n,
    });
    expect((await read(quote(5n))).body).toMatchObject({ maxAmount: '400000000', maxBound: 'vault' });
  });
});

describe('the payment of a quoted release', () => {
  it('is what its vault says, with the wait that it names', async () => {
    await ledger.credit();
    test.vaultReader.quote = (amount, timestamp) =>
      amount > 400n
        ? { lane: null, readyAt: 0n, waits: false, opensAt: 0n, largest: 400n }
        : { lane: 'middle', readyAt: timestamp + 60n, waits: true, opensAt: timestamp + 604_800n, largest: 400n };
    const { height, timestamp } = await test.vaultReader.readFinalTip();
    expect((await read(quote(400n))).body).toMatchObject({
      waitS: 60,
      payment: {
        block: { chainId: 31, height: String(height), timestamp: String(timestamp) },
        lane: 'middle',
        waits: true,
        largest: '400',
        readyAt: String(timestamp + 60n),
        opensAt: String(timestamp + 604_800n),
      },
    });
    expect((await read(quote(401n))).body).toMatchObject({
      waitS: null,
      payment: { lane: null, readyAt: null, opensAt: null },
    });
  });

  it('is unknown while the vault does not answer, and the ledger’s verdict stands', async () => {
    await ledger.credit();
    test.vaultReader.failure = new AppError({ code: 'NO_QUORUM', message: 'away', retryable: true });
    expect((await read(quote(5n))).body).toMatchObject({ allowed: true, waitS: null, payment: null });
  });
});

describe('the margin of an account with a protocol', () => {
  it('has the requirement that a quorum gives for the same block, asked once a block', async () => {
    await ledger.credit();
    test.reader.add({ kind: 'opted', account: ALICE, protocol: PROTOCOL, in: true });
    await test.follower.advance();
    const sums = await ledger.sums(ALICE);
    let asked = 0;
    test.reader.margins = () => {
      asked += 1;
      const required = { initialRequirement: 5n, exitRequirement: 4n, maintenanceRequirement: 4n };
      return { ...sums, ...required };
    };
    for (let times = 0; times < 2; times++) {
      const { body } = await read(`/v1/accounts/${ALICE}/margin`);
      expect(body['grades']).toMatchObject({
        initial: { requirementWad: '5' },
        maintenance: { requirementWad: '4' },
      });
    }
    expect(asked).toBe(1);
    expect((await read(`/v1/accounts/${ALICE}`)).body['protocols']).toEqual([PROTOCOL]);
  });

  it('is not guessed while no quorum answers', async () => {
    await ledger.credit();
    test.reader.add({ kind: 'opted', account: ALICE, protocol: PROTOCOL, in: true });
    await test.follower.advance();
    expect((await read(`/v1/accounts/${ALICE}/margin`)).body).toMatchObject({
      status: 503,
      code: 'REQUIREMENT_UNREAD',
    });
  });

  it('needs no requirement any more once the account has opted out', async () => {
    await ledger.credit();
    test.reader.add({ kind: 'opted', account: ALICE, protocol: PROTOCOL, in: true });
    test.reader.add({ kind: 'opted', account: ALICE, protocol: PROTOCOL, in: false });
    await test.follower.advance();
    expect((await read(`/v1/accounts/${ALICE}/margin`)).status).toBe(200);
  });
});

describe('limits of reads', () => {
  it('answers 429 to an address past its budget, forgives with time, and leaves loopback alone', async () => {
    const from = async (remoteAddress: string): Promise<number> =>
      (await test.app.inject({ method: 'GET', url: '/v1/edges', remoteAddress })).statusCode;
    for (let at = 0; at < READ_BURST; at++) await from('203.0.113.7');
    expect(await from('203.0.113.7')).toBe(429);
    expect(await from('203.0.113.8')).toBe(200);
    for (let at = 0; at <= READ_BURST; at++) await from('127.0.0.1');
    expect(await from('127.0.0.1')).toBe(200);
    test.clock.nowValueMs += 1_000;
    expect(await from('203.0.113.7')).toBe(200);
  });

  it('counts a quote as many reads, since providers are asked for each', async () => {
    const from = async (remoteAddress: string): Promise<number> =>
      (await test.app.inject({ method: 'GET', url: '/v1/quote/release', remoteAddress })).statusCode;
    for (let at = 0; at < READ_BURST / QUOTE_READS; at++) expect(await from('203.0.113.9')).toBe(400);
    expect(await from('203.0.113.9')).toBe(429);
  });
});
