import { address } from '@surety/domain';
import { steadyPrice } from '@surety/margin';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpTestClient } from '../testing/client-of.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testAccount, testLock } from '../testing/test-attesters.js';
import { ALICE, TERMS, TestLedger } from '../testing/test-ledger.js';

const PROTOCOL = address(`0x${'c1'.repeat(20)}`);

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
  await ledger.credit();
});

afterEach(() => test.close());

async function read(path: string): Promise<Record<string, unknown>> {
  return (await test.app.inject({ method: 'GET', url: `/v1/accounts/${ALICE}/${path}` })).json();
}

async function require(requirement: bigint): Promise<void> {
  test.reader.add({ kind: 'opted', account: ALICE, protocol: PROTOCOL, in: true });
  await test.follower.advance();
  const sums = await ledger.sums(ALICE);
  const required = {
    initialRequirement: requirement,
    exitRequirement: requirement,
    maintenanceRequirement: requirement,
  };
  test.reader.margins = () => ({ ...sums, ...required });
}

describe('a margin with changes', () => {
  it('is the margin without any, and with those that change nothing', async () => {
    await require(5n);
    const margin = await read('margin');
    expect(await read('what-if')).toEqual(margin);
    expect(await read('what-if?amounts=4:999999995&prices=1:1000000000000&requirementWad=0')).toEqual(margin);
    expect(await read('what-if?amounts=4:999999994')).not.toEqual(margin);
  });

  it('is what the ledger’s fold gives once the amounts and prices are those', async () => {
    const client = createHttpTestClient(test.app);
    const changes = { amounts: new Map([[4, 1_499_999_995n]]), prices: new Map([[1, 11n * 10n ** 11n]]) };
    const asked = await client.weighWhatIf({ account: ALICE, ...changes });
    test.journal.append(testLock(ALICE, 500_000_000n, 1));
    await ledger.attest();
    const price = steadyPrice({ price1e12: 11n * 10n ** 11n, observedAt: 1_700_000_000n, maxAgeS: 3_600 });
    test.reader.terms.set(4, { ...TERMS, prices: [price] });
    test.reader.add(ledger.applied(1, 2));
    await test.follower.advance();
    const { grades, lines, deltas } = await client.readMargin(ALICE);
    expect(grades.initial.assetsWad).toBe(1_410_749_995_297_500_000_000n);
    expect({ grades, lines, deltas }).toEqual({ grades: asked.grades, lines: asked.lines, deltas: asked.deltas });
  });

  it('counts lines that are new, and drops those that are emptied', async () => {
    const nobody = testAccount(77);
    const { grades } = await createHttpTestClient(test.app).weighWhatIf({
      account: nobody,
      amounts: new Map([[4, 1_000_000n]]),
    });
    expect(grades.initial.assetsWad).toBe(855_000_000_000_000_000n);
    expect(await read('what-if?amounts=4:0')).toMatchObject({ lines: [], grades: { initial: { assetsWad: '0' } } });
  });

  it('adds debts and takes them away, down to none', async () => {
    await require(100n * 10n ** 18n);
    const debt = (wad: bigint): Promise<Record<string, unknown>> => read(`what-if?requirementWad=${wad}`);
    expect(await debt(900n * 10n ** 18n)).toMatchObject({
      grades: { initial: { requirementWad: '1000000000000000000000' } },
      mayTakeRisk: false,
      liquidatable: true,
    });
    expect(await debt(-(500n * 10n ** 18n))).toMatchObject({ grades: { maintenance: { requirementWad: '0' } } });
    expect(await read('what-if?requirementWad=' + '9'.repeat(78))).toMatchObject({ mayTakeRisk: false });
  });

  it('is refused for what the ledger does not list, too many changes, and one id twice', async () => {
    expect(await read('what-if?amounts=9:1')).toMatchObject({ status: 404, code: 'UNKNOWN_ASSET' });
    expect(await read('what-if?prices=9:1')).toMatchObject({ status: 404, code: 'UNKNOWN_PRICE' });
    expect(await read('what-if?prices=0:1')).toMatchObject({ status: 404, code: 'UNKNOWN_PRICE' });
    const many = Array.from({ length: 33 }, (_, id) => `${id}:1`).join(',');
    for (const amounts of ['4:1,4:2', many, '4', '4:-1', '65536:1', `4:${2n ** 104n}`])
      expect(await read(`what-if?amounts=${amounts}`)).toMatchObject({ status: 400, code: 'OUT_OF_RANGE' });
  });
});
