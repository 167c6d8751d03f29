import { type LadderView, describeSchema, ladderView, riskView } from '@surety/api';
import { address, bytes32 } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpTestClient } from '../testing/client-of.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testAccount, testLock } from '../testing/test-attesters.js';
import { ALICE, TestLedger } from '../testing/test-ledger.js';

const PROTOCOL = address(`0x${'c1'.repeat(20)}`);
const BOB = testAccount(78);

/** Who names the protocol of the isolated account. */
interface Named {
  readonly isConfigured?: boolean;
  readonly isListed?: boolean;
}

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
});

afterEach(() => test.close());

/** Has Alice owe a part of what her collateral counts at maintenance, in parts per million. */
async function borrow(partPpm: bigint): Promise<bigint> {
  test.reader.add({ kind: 'opted', account: ALICE, protocol: PROTOCOL, in: true });
  await test.follower.advance();
  const sums = await ledger.sums(ALICE);
  const maintenanceRequirement = (sums.maintenance / 1_000_000n) * partPpm;
  test.reader.margins = () => ({ ...sums, maintenanceRequirement });
  const { snapshot } = test.follower;
  if (snapshot === undefined) throw new TypeError('nothing is folded');
  await test.health.look(snapshot, [ALICE]);
  return maintenanceRequirement;
}

describe('the risk of the whole ledger', () => {
  it('is not known before a block is folded', async () => {
    const { statusCode, body } = await test.app.inject({ method: 'GET', url: '/v1/risk' });
    expect([statusCode, JSON.parse(body)]).toEqual([503, expect.objectContaining({ code: 'NOT_FOLDED' })]);
  });

  it('is none without debts, and names the largest holders', async () => {
    await ledger.credit();
    test.journal.append(testLock(BOB, 500_000_000n, 1));
    await ledger.attest();
    test.reader.add(ledger.applied(1, 2));
    await test.follower.advance();
    const { debtors, requiredWad, falls, holdings } = await createHttpTestClient(test.app).readRisk();
    expect([debtors, requiredWad, falls[0]?.below.map(({ accounts }) => accounts)]).toEqual([0, 0n, [0, 0, 0, 0]]);
    expect(holdings).toMatchObject([
      {
        assetId: 4,
        symbol: 'USDC',
        accounts: 3,
        amount: 1_500_000_000n,
        largest: [{ account: ALICE, amount: 999_999_995n }, { account: BOB, amount: 500_000_000n }, { amount: 5n }],
      },
    ]);
  });

  it('counts who comes below each step when prices fall, with shortfall and bad debt', async () => {
    await ledger.credit();
    const required = await borrow(700_000n);
    const client = createHttpTestClient(test.app);
    const { debtors, requiredWad, falls } = await client.readRisk();
    expect([debtors, requiredWad]).toEqual([1, required]);
    const shown = falls.map(({ underlying, fallBps, below }) => [
      underlying,
      fallBps,
      below.map(({ accounts }) => accounts),
    ]);
    // Health 1.43, and 1.29, 1.14, 1.00 and 0.71 after falls.
    expect(shown).toEqual([
      [null, 0, [1, 0, 0, 0]],
      [1, 3_000, [1, 1, 1, 0]],
      [null, 1_000, [1, 0, 0, 0]],
      [null, 2_000, [1, 1, 0, 0]],
      [null, 3_000, [1, 1, 1, 0]],
      [null, 5_000, [1, 1, 1, 1]],
    ]);
    const half = falls.at(-1);
    const fallen = await client.weighWhatIf({ account: ALICE, prices: new Map([[1, 5n * 10n ** 11n]]) });
    expect(half?.shortfallWad).toBe(required - fallen.grades.maintenance.assetsWad);
    // 1,000 dollars that count 931 at maintenance are worth 500 after a fall by half.
    expect(half?.badDebtWad).toBe(required - 499_999_997_500_000_000_000n);
    expect(falls[0]).toMatchObject({ shortfallWad: 0n, badDebtWad: 0n });
  });

  it('counts who is below each step at the last prices, once the accounts are loaded', async () => {
    const { statusCode, body } = await test.app.inject({ method: 'GET', url: '/v1/risk/ladder' });
    expect([statusCode, JSON.parse(body)]).toEqual([503, expect.objectContaining({ code: 'NOT_FOLDED' })]);
    await ledger.credit();
    const client = createHttpTestClient(test.app);
    // Health 1.43.
    await borrow(700_000n);
    const below = ['1.5', '1.2', '1.05', '1'].map((step) => ({ step, accounts: Number(step === '1.5') }));
    const { height, hash } = test.follower.snapshot?.block ?? {};
    expect(await client.readLadder()).toMatchObject({ debtors: 1, below, block: { height, hash } });
    await borrow(1_100_000n);
    expect((await client.readLadder()).below.map(({ accounts }) => accounts)).toEqual([1, 1, 1, 1]);
    await borrow(0n);
    expect(await client.readLadder()).toMatchObject({
      debtors: 0,
      below: below.map(({ step }) => ({ step, accounts: 0 })),
    });
    expect(test.answers?.misfits).toEqual([]);
  });

  it('leaves who has hardly recovered on the ladder, which says so, and counts who may be liquidated by prices alone', async () => {
    await ledger.credit();
    const client = createHttpTestClient(test.app);
    await borrow(1_100_000n);
    // Health 1.005.
    await borrow(995_000n);
    const counts = (below: LadderView['below']): number[] => below.map(({ accounts }) => accounts);
    expect(counts((await client.readLadder()).below)).toEqual([1, 1, 1, 1]);
    const { falls } = await client.readRisk();
    expect(counts(falls[0]?.below ?? [])).toEqual([1, 1, 1, 0]);
    expect(falls[0]?.shortfallWad).toBe(0n);
    expect(JSON.stringify(describeSchema(ladderView))).toContain('stays below it until it is 0.01 above');
    expect(JSON.stringify(describeSchema(riskView))).toContain('wherever each stood before');
  });

  it.each([
    ['leaves out an isolated account at a contract that nobody lists, and ranks it behind all others', {}, 1, 1],
    ['counts an isolated account at a market that the configuration names', { isConfigured: true }, 2, 0],
    ['counts an isolated account at a protocol that the ledger alone lists', { isListed: true }, 2, 0],
  ])('%s', async (_, { isConfigured = false, isListed = false }: Named, debtors, unlisted) => {
    const markets = isConfigured ? [{ address: PROTOCOL }] : [];
    await test.close();
    test = await startTestApp({ network: { chains: [], settlement: { underlyings: [], markets } } as never });
    if (isListed) test.reader.listed.add(PROTOCOL);
    ledger = new TestLedger(test);
    await ledger.credit();
    const required = await borrow(1_100_000n);
    const stranger = bytes32(`${BOB.slice(0, -1)}1`);
    test.reader.add({ kind: 'opted', account: stranger, protocol: PROTOCOL, in: true });
    const sums = await ledger.sums(ALICE);
    const claimed = { ...sums, maintenanceRequirement: 2n ** 128n - 1n };
    test.reader.margins = (account) => (account === stranger ? claimed : { ...sums, maintenanceRequirement: required });
    await test.follower.advance();
    const { snapshot } = test.follower;
    if (snapshot === undefined) throw new TypeError('nothing is folded');
    await test.health.look(snapshot, [ALICE, stranger]);
    const client = createHttpTestClient(test.app);
    const risk = await client.readRisk();
    expect([risk.debtors, risk.unlisted]).toEqual([debtors, unlisted]);
    expect(risk.requiredWad === required).toBe(unlisted === 1);
    expect((risk.falls[0]?.badDebtWad ?? 0n) < 10n ** 24n).toBe(unlisted === 1);
    const ladder = await client.readLadder();
    expect([ladder.debtors, ladder.unlisted, ladder.below.at(-1)?.accounts]).toEqual([debtors, unlisted, debtors]);
    const { accounts } = (await test.app.inject('/v1/accounts?below=1&order=health')).json();
    const ranked = unlisted === 1 ? [ALICE, stranger] : [stranger, ALICE];
    expect(accounts.map(({ account }: { account: string }) => account)).toEqual(ranked);
    // The governor lists its protocol: it counts from its next turn on.
    test.reader.listed.add(PROTOCOL);
    await test.health.look(snapshot, []);
    expect(await client.readLadder()).toMatchObject({ debtors: 2, unlisted: 0 });
  });

  it('is given again while it is young, and is made anew after that', async () => {
    await ledger.credit();
    const client = createHttpTestClient(test.app);
    const first = await client.readRisk();
    await borrow(1_100_000n);
    expect(await client.readRisk()).toEqual(first);
    test.clock.nowValueMs += 2_000;
    expect((await client.readRisk()).falls[0]?.below.at(-1)).toEqual({ step: '1', accounts: 1 });
  });

  it('is given as it was while a long pass makes the next, and only then', async () => {
    await ledger.credit();
    const client = createHttpTestClient(test.app);
    const loadOwingAfter = test.store.health.loadOwingAfter.bind(test.store.health);
    let passMs = 10_000;
    test.store.health.loadOwingAfter = (...args) => {
      test.clock.nowValueMs += passMs;
      return loadOwingAfter(...args);
    };
    const first = await client.readRisk();
    // The watch over health reads the same rows.
    passMs = 0;
    await borrow(1_100_000n);
    passMs = 10_000;
    test.clock.nowValueMs += 99_000;
    expect(await client.readRisk()).toEqual(first);
    test.clock.nowValueMs += 1_000;
    // This one starts the pass and does not wait for it.
    expect(await client.readRisk()).toEqual(first);
    let next = first;
    while (next.debtors === 0) next = await client.readRisk();
    test.clock.nowValueMs += 200_000;
    expect((await client.readRisk()).block).toEqual(next.block);
  });
});
