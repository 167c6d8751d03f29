import { address } from '@surety/domain';
import { steadyPrice } from '@surety/margin';
import type { AssetTerms } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testAccount, testLock } from '../testing/test-attesters.js';
import { ALICE, TERMS, TestLedger } from '../testing/test-ledger.js';

const PROTOCOL = address(`0x${'99'.repeat(20)}`);
const INFINITE = 2n ** 256n - 1n;

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
});

afterEach(() => test.close());

async function readMargin(account: string = ALICE): Promise<Record<string, unknown>> {
  const response = await test.app.inject({ method: 'GET', url: `/v1/accounts/${account}/margin` });
  expect(response.statusCode).toBe(200);
  return response.json();
}

/** Lets the ledger weigh asset 4 by other terms from its next block on. */
async function weighBy(terms: AssetTerms): Promise<void> {
  test.reader.terms.set(4, terms);
  test.reader.add();
  test.reader.termsChanged = true;
  await test.follower.advance();
}

describe('what a margin shows of each line', () => {
  it('is whose price counts: the asset’s own feed where it is lower', async () => {
    await ledger.credit();
    const own = steadyPrice({ price1e12: 99n * 10n ** 10n, observedAt: 1_700_000_000n, maxAgeS: 3_600 });
    await weighBy({ ...TERMS, prices: [...TERMS.prices, own] });
    const { lines, deltas } = await readMargin();
    expect(lines).toMatchObject([{ price1e12: '990000000000', priceFrom: 'feed', status: 0 }]);
    expect(deltas).toMatchObject([{ deltaWad: '999999995000000000000', valueWad: '989999995050000000000' }]);
  });

  it('is its own status beside the account’s, and how much of it counts for initial', async () => {
    await ledger.credit();
    const stale = steadyPrice({ price1e12: 10n ** 12n, observedAt: 1_600_000_000n, maxAgeS: 3_600 });
    await weighBy({ ...TERMS, prices: [stale] });
    const margin = await readMargin();
    const named = { status: 1, conditions: ['price-stale'] };
    expect(margin).toMatchObject({
      ...named,
      lines: [{ ...named, priceInitial1e12: '0', valueWad: { initial: '0' } }],
    });
    await weighBy({ ...TERMS, prices: TERMS.prices.map((price) => ({ ...price, failing: true })) });
    const failing = { status: 256, conditions: ['price-failing'] };
    expect(await readMargin()).toMatchObject({ ...failing, lines: [{ ...failing, valueWad: { initial: '0' } }] });
    await weighBy({
      ...TERMS,
      prices: TERMS.prices.map((price) => ({ ...price, slow1e12: 9n * 10n ** 11n, observedAt: 2n ** 32n })),
    });
    expect(await readMargin()).toMatchObject({ conditions: [], lines: [{ priceInitial1e12: '900000000000' }] });
    test.reader.terms.set(4, TERMS);
    test.journal.append(testLock(ALICE, 1_000_000n, 1));
    await ledger.attest();
    const later = { account: ALICE, assetId: 4, unseasoned: 1_000_000n, seasonEnd: 1_700_099_999n };
    test.reader.add(ledger.applied(1, 2), { kind: 'unseasoned', ...later });
    await test.follower.advance();
    const { lines } = await readMargin();
    expect(lines).toMatchObject([{ amount: '1000999995', amountInitial: '999999995', status: 0 }]);
  });
});

describe('a weight that falls', () => {
  it('weighs less at each later block by the engine’s line, though no log says so', async () => {
    await ledger.credit();
    const start = 1_700_000_000n;
    // Six points in ten seconds, and blocks are a second apart.
    const maintenanceRamp = { fromBps: 9_800, toBps: 9_200, start, end: start + 100n };
    await weighBy({ ...TERMS, asset: { ...TERMS.asset, baseInitialBps: 9_000, maintenanceRamp } });
    test.reader.termsChanged = false;
    const bases = [];
    for (let block = 0; block < 2; block++) {
      const { lines } = await readMargin();
      bases.push((lines as { factors: { maintenance: { base: number } } }[])[0]?.factors.maintenance.base);
      test.reader.tip += 1n;
      await test.follower.advance();
    }
    expect(bases).toEqual([972_200, 971_600]);
  });
});

describe('parameters', () => {
  it('have one hash while weights and ages stay, whatever prices and times are', async () => {
    await ledger.credit();
    const { parameters } = await readMargin();
    await weighBy({
      ...TERMS,
      source: { ...TERMS.source, asOf: 1_700_000_010n },
      prices: [steadyPrice({ price1e12: 2n * 10n ** 12n, observedAt: 1_700_000_005n, maxAgeS: 3_600 })],
    });
    expect((await readMargin())['parameters']).toBe(parameters);
    await weighBy({ ...TERMS, asset: { ...TERMS.asset, baseMaintenanceBps: 9_799 } });
    expect((await readMargin())['parameters']).not.toBe(parameters);
  });
});

describe('what is used of a margin', () => {
  it('is nothing of an account that is empty', async () => {
    await ledger.credit();
    expect(await readMargin(testAccount(77))).toMatchObject({
      grades: { initial: { utilisationPpm: '0', freeWad: '0' }, maintenance: { utilisationPpm: '0' } },
      mayTakeRisk: true,
      liquidatable: false,
      lines: [],
      deltas: [],
    });
  });

  it('is rounded up, has no figure under an infinite requirement, and goes with decisions by integers', async () => {
    await ledger.credit();
    test.reader.add({ kind: 'opted', account: ALICE, protocol: PROTOCOL, in: true });
    await test.follower.advance();
    const sums = await ledger.sums(ALICE);
    const required = (maintenanceRequirement: bigint, status: bigint): void => {
      const exitRequirement = maintenanceRequirement;
      const answer = { ...sums, initialRequirement: INFINITE, exitRequirement, maintenanceRequirement, status };
      test.reader.margins = () => answer;
    };
    required(sums.maintenance, 32n);
    expect(await readMargin()).toMatchObject({
      status: 32,
      grades: {
        initial: { requirementWad: `${INFINITE}`, freeWad: `${sums.initial - INFINITE}`, utilisationPpm: null },
        exit: { utilisationPpm: '1031579' },
        maintenance: { freeWad: '0', utilisationPpm: '1000000' },
      },
      healthFactorWad: '1000000000000000000',
      healthStep: null,
      liquidatable: false,
      mayTakeRisk: false,
    });
    // The ledger lets nobody seize from a margin that is not known.
    for (const [status, liquidatable, healthStep] of [
      [0n, true, '1'],
      [32n, false, null],
    ] as const) {
      required(sums.maintenance + 1n, status);
      test.reader.add();
      await test.follower.advance();
      expect(await readMargin()).toMatchObject({
        grades: { maintenance: { freeWad: '-1', utilisationPpm: '1000001' } },
        healthStep,
        liquidatable,
      });
    }
  });
});

describe('an account that a protocol asked about', () => {
  it('counts as changed, once', async () => {
    await ledger.credit();
    test.follower.changed.clear();
    test.reader.add({ kind: 'gated', account: testAccount(5) });
    await test.follower.advance();
    expect(test.follower.changed.accounts).toEqual([testAccount(5)]);
    test.follower.changed.clear();
    test.reader.add({ kind: 'opted', account: ALICE, protocol: PROTOCOL, in: true });
    await test.follower.advance();
    expect(test.follower.changed.accounts).toEqual([ALICE]);
  });
});
