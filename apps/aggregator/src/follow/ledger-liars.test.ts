import { AppError, address } from '@surety/domain';
import { type LedgerFact, type MarginSums, keepFolded, sumsOf, weighAccount } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lieOnce } from '../testing/lie-once.js';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testLock } from '../testing/test-attesters.js';
import { ALICE, FEE_TO, TestLedger } from '../testing/test-ledger.js';

const PROTOCOL = address(`0x${'c1'.repeat(20)}`);

/** What is left on a line after the transfer. */
const LEFT = { assetId: 4, amount: 699_999_995n, unseasoned: 0n, seasonEnd: 0n, enabled: true };

/** The asset that the ledger lists. */
const LISTING = { assetId: 4, source: 1, vaultAsset: 1, underlying: 1, ownPrice: 0, decimals: 6 };

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
});

afterEach(() => test.close());

async function lines(account = ALICE): Promise<(readonly [bigint, boolean])[]> {
  const held = await test.store.collateral.loadLinesOf(account);
  return held.map(({ amount, enabled }) => [amount, enabled] as const);
}

/** Runs the loop once, with a ledger whose margins are those of an honest fold. */
async function lookOnce(margins: (account: string) => MarginSums): Promise<void> {
  test.reader.margins = margins;
  const stop = new AbortController();
  const clock = { nowMs: () => 0, elapsedMs: () => 0, sleep: async () => stop.abort() };
  const { follower, selfCheck, health } = test;
  const quiet = { observer: { observe: () => undefined }, onCondition: () => undefined, onChanged: () => undefined };
  await keepFolded({ follower, selfCheck, health, clock, ...quiet }, stop.signal);
}

describe('a provider of the ledger that lies', () => {
  it('by leaving out a parked credit is found by the ledger’s own sums, and another one is asked', async () => {
    ledger.list();
    test.journal.append(testLock(ALICE, 700n), testLock(ALICE, 50n));
    await ledger.attest();
    const fields = { account: ALICE, vaultAsset: 1, amount: 700n, fee: 0n, reason: 'CAP' as const };
    test.reader.add({ kind: 'parked', source: 1, index: 1n, ...fields }, ledger.applied(0, 2));
    test.reader.omit = (fact) => fact.kind === 'parked';
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'FOLD_MISMATCH', retryable: true });
    expect(await lines()).toEqual([]);
    await test.follower.advance();
    expect(await lines()).toEqual([[50n, false]]);
    expect(await test.store.collateral.loadParkedOf(ALICE, 9)).toMatchObject([{ amount: 700n }]);
  });

  it.each(['decimals', 'underlying', 'ownPrice', 'vaultAsset'] as const)(
    'by telling another %s of an asset is found by the storage proof of its listing',
    async (field) => {
      lieOnce<LedgerFact>(test.reader, (one) => [
        one.kind === 'asset-listed' ? { ...one, [field]: one[field] + 1 } : one,
      ]);
      ledger.list();
      await expect(test.follower.advance()).rejects.toMatchObject({ code: 'FOLD_MISMATCH', retryable: true });
      expect(await test.store.collateral.loadAssets()).toEqual([]);
      await test.follower.advance();
      await test.follower.open();
      expect(await test.store.collateral.loadAssets()).toEqual([LISTING]);
    },
  );

  it('by telling other terms where an omitted listing is read again has no effect: the proven ones are taken', async () => {
    test.reader.omit = (fact) => fact.kind === 'asset-listed';
    ledger.list();
    await test.follower.advance();
    test.reader.omit = undefined;
    test.journal.append(testLock(ALICE, 700n));
    await ledger.attest();
    test.reader.add(ledger.applied(0, 1));
    const wrong = { ...LISTING, kind: 'asset-listed', decimals: 9, underlying: 2 } as const;
    lieOnce<LedgerFact>(
      test.reader,
      (one) => (one.kind === 'asset-listed' ? [wrong, { ...wrong, assetId: 5 }] : [one]),
      2,
    );
    await expect(test.follower.advance()).rejects.toMatchObject({ name: 'AppError' });
    await test.follower.advance();
    expect(await test.store.collateral.loadAssets()).toEqual([LISTING]);
    expect(await lines()).toEqual([[700n, false]]);
  });

  it.each(['source-listed', 'asset-listed'])(
    'by leaving out a %s log whenever it is asked delays its entries, and no more',
    async (kind) => {
      test.reader.omit = (fact) => fact.kind === kind;
      ledger.list();
      await test.follower.advance();
      test.journal.append(testLock(ALICE, 700n));
      await ledger.attest();
      test.reader.add(ledger.applied(0, 1));
      await expect(test.follower.advance()).rejects.toMatchObject({ name: 'AppError' });
      expect(await lines()).toEqual([]);
      await test.follower.advance();
      expect(await lines()).toEqual([[700n, false]]);
    },
  );

  it.each(['source-listed', 'asset-listed'])(
    'by leaving out a %s log just before its first entries is not believed again',
    async (kind) => {
      test.reader.omit = (fact) => fact.kind === kind;
      ledger.list();
      test.journal.append(testLock(ALICE, 700n));
      await ledger.attest();
      test.reader.add(ledger.applied(0, 1));
      await expect(test.follower.advance()).rejects.toMatchObject({ name: 'AppError' });
      await test.follower.advance();
      expect(await lines()).toEqual([[700n, false]]);
    },
  );

  it('by leaving out a listing, and later the first batch of its source, delays its entries, and no more', async () => {
    test.reader.omit = (fact) => fact.kind === 'source-listed';
    ledger.list();
    await test.follower.advance();
    test.journal.append(testLock(ALICE, 700n));
    await ledger.attest();
    test.reader.add(ledger.applied(0, 1));
    test.reader.omit = (fact) => fact.kind === 'applied';
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'UNKNOWN_EDGE' });
    await test.follower.advance();
    expect(await lines()).toEqual([[700n, false]]);
  });

  it('by leaving out a credit that is unparked later is not asked for the same logs again', async () => {
    ledger.list();
    test.journal.append(testLock(ALICE, 700n));
    await ledger.attest();
    const credit = { source: 1, index: 1n, account: ALICE, amount: 700n, fee: 0n };
    test.reader.add({ kind: 'parked', ...credit, vaultAsset: 1, reason: 'CAP' }, ledger.applied(0, 1));
    test.reader.add({ kind: 'unparked', ...credit, assetId: 4, feeTo: FEE_TO });
    test.reader.omit = (fact) => fact.kind === 'parked';
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'FACT_GAP' });
    await test.follower.advance();
    expect(await lines()).toEqual([[700n, false]]);
  });

  it('by leaving out a credit is not asked again either where nobody proves the state of long ago', async () => {
    ledger.list();
    await test.follower.advance();
    test.journal.append(testLock(ALICE, 700n));
    await ledger.attest();
    const credit = { source: 1, index: 1n, account: ALICE, amount: 700n, fee: 0n };
    test.reader.add({ kind: 'parked', ...credit, vaultAsset: 1, reason: 'CAP' }, ledger.applied(0, 1));
    test.reader.add({ kind: 'unparked', ...credit, assetId: 4, feeTo: FEE_TO });
    test.reader.omit = (fact) => fact.kind === 'parked';
    test.reader.readAssetCount = () =>
      Promise.reject(new AppError({ code: 'UNPROVEN', message: 'no provider keeps that state', retryable: true }));
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'FACT_GAP' });
    await test.follower.advance();
    expect(await lines()).toEqual([[700n, false]]);
  });

  it('by leaving out a release is refused at once: the ledger’s journal is proven', async () => {
    await ledger.credit();
    ledger.release(300_000_000n);
    test.reader.omit = (fact) => fact.kind === 'released';
    await test.follower.advance();
    expect(await lines()).toEqual([[699_999_995n, true]]);
    expect(test.intake.book(test.releases.known.edgeId)?.position).toEqual(test.releases.position());
  });

  it('by leaving out that a line counts is healed by what a quorum lists', async () => {
    const honest = await honestSums();
    ledger.list();
    test.journal.append(testLock(ALICE, 1_000_000_000n, 1, 5n));
    await ledger.attest();
    const enabled: LedgerFact = { kind: 'enabled', account: ALICE, assetId: 4, on: true };
    test.reader.add(enabled, ledger.applied(0, 1));
    test.reader.omit = (fact) => fact.kind === 'enabled';
    test.reader.membership = { enabled: [4], protocols: [] };
    await lookOnce(honest);
    expect(await lines()).toEqual([[999_999_995n, true]]);
    expect(test.events.find((event) => event.name === 'accounts-healed')?.fields).toMatchObject({ lines: 1 });
    test.reader.tip += 1n;
    await lookOnce(honest);
    expect(test.selfCheck.outcome?.differences).toBe(0);
  });

  it('by leaving out a transfer, which changes no sum, is healed by what a quorum answers of the line', async () => {
    await ledger.credit();
    const moved = {
      kind: 'transferred',
      from: ALICE,
      to: FEE_TO,
      assetId: 4,
      amount: 300_000_000n,
      isSeized: false,
    } as const;
    test.reader.add(moved);
    test.reader.omit = (fact) => fact.kind === 'transferred';
    test.reader.membership = { enabled: [4], protocols: [] };
    await lookOnce((account) => {
      const { snapshot } = test.follower;
      if (snapshot === undefined) throw new TypeError('nothing is folded');
      return sumsOf(weighAccount(account === ALICE ? [{ ...LEFT, account: ALICE }] : [], snapshot).margin);
    });
    expect(await lines()).toEqual([[699_999_995n, true]]);
  });

  it('by leaving out that a credit has not seasoned is healed by what a quorum answers of the line', async () => {
    await ledger.credit();
    const fresh = { unseasoned: 300_000_000n, seasonEnd: 4_000_000_000n };
    const told: LedgerFact = { kind: 'unseasoned', account: ALICE, assetId: 4, ...fresh };
    test.reader.add(told);
    test.reader.omit = (fact) => fact.kind === 'unseasoned';
    test.reader.membership = { enabled: [4], protocols: [] };
    await lookOnce((account) => {
      const { snapshot } = test.follower;
      if (snapshot === undefined) throw new TypeError('nothing is folded');
      const line = { ...LEFT, amount: 999_999_995n, ...fresh, account: ALICE };
      return sumsOf(weighAccount(account === ALICE ? [line] : [], snapshot).margin);
    });
    expect(await test.store.collateral.loadLinesOf(ALICE)).toMatchObject([{ amount: 999_999_995n, ...fresh }]);
  });

  it('by leaving out that an account opted in is healed too', async () => {
    const honest = await honestSums();
    await ledger.credit();
    const opted: LedgerFact = { kind: 'opted', account: ALICE, protocol: PROTOCOL, in: true };
    test.reader.add(opted);
    test.reader.omit = (fact) => fact.kind === 'opted';
    test.reader.membership = { enabled: [4], protocols: [PROTOCOL] };
    await lookOnce((account) => {
      const sums = honest(account);
      return account === ALICE ? { ...sums, initialRequirement: 7n } : sums;
    });
    expect(await test.store.collateral.loadProtocolsOf(ALICE)).toEqual([PROTOCOL]);
  });
});

/** The margins that an honest ledger gives once Alice is credited, as another application folds them. */
async function honestSums(): Promise<(account: string) => MarginSums> {
  const other = await startTestApp();
  try {
    const there = new TestLedger(other);
    await there.credit();
    const [alice, feeTo] = [await there.sums(ALICE), await there.sums(FEE_TO)];
    const oldest = alice.oldestAsOf;
    return (account) =>
      account === ALICE ? { ...alice, oldestAsOf: oldest } : { ...feeTo, oldestAsOf: 1_700_000_000n + test.reader.tip };
  } finally {
    await other.close();
  }
}
