import { ZERO_WORD, bytes32 } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { ALICE, TERMS, TestLedger } from '../testing/test-ledger.js';

const HALF = 5n * 10n ** 17n;
const LOCKED = 1_000_000_000n;
const COVERED = { kind: 'covered', source: 1, vaultAsset: 1, coverageWad: HALF } as const;

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
  await ledger.credit();
  await test.vault.open();
});

afterEach(() => test.close());

async function read(url: string): Promise<Record<string, unknown>> {
  return (await test.app.inject({ method: 'GET', url })).json();
}

async function solvency(): Promise<unknown> {
  return (await read('/v1/solvency'))['assets'];
}

/** Half of the tokens are gone, and the ledger counts each unit as half. */
async function cover(): Promise<void> {
  await ledger.report(LOCKED / 2n, LOCKED, { since: 9n });
  test.reader.add(COVERED);
  await test.follower.advance();
}

describe('an asset of which tokens are missing', () => {
  it('counts in full while the report waits, then at the coverage in force, and is shown in units', async () => {
    await ledger.report(LOCKED / 2n, LOCKED, { since: 9n });
    const margin = (): Promise<Record<string, unknown>> => read(`/v1/accounts/${ALICE}/margin`);
    const line = { amount: '999999995', amountInitial: '999999995', coverageWad: null };
    expect(await margin()).toMatchObject({ lines: [line], grades: { exit: { assetsWad: '902499995487500000000' } } });
    expect(await solvency()).toMatchObject([
      { coverageWad: '1000000000000000000', reportedWad: '500000000000000000', impairedSince: '9', lostSeq: null },
    ]);
    test.reader.add(COVERED);
    await test.follower.advance();
    const half = { ...line, amountInitial: '499999997', coverageWad: '500000000000000000' };
    expect(await margin()).toMatchObject({ lines: [half], grades: { exit: { assetsWad: '451249997292500000000' } } });
    expect((await read(`/v1/accounts/${ALICE}`))['lines']).toMatchObject([
      { amount: '999999995', coverageWad: '500000000000000000' },
    ]);
    expect(await solvency()).toMatchObject([{ coverageWad: '500000000000000000', impairedSince: null }]);
  });

  it('counts in full again once the vault reports that nothing is missing', async () => {
    await cover();
    await ledger.report(0n, LOCKED);
    expect((await read(`/v1/accounts/${ALICE}`))['lines']).toMatchObject([{ amount: '999999995', coverageWad: null }]);
    expect(await solvency()).toMatchObject([{ coverageWad: '1000000000000000000', lines: '1000000000' }]);
  });

  it('has the same state hash when all is rebuilt from nothing (I11), and another one than before', async () => {
    const hash = async (): Promise<unknown> => (await read('/v1/status'))['stateHash'];
    const seen = [await hash()];
    await ledger.report(LOCKED / 2n, LOCKED, { since: 9n });
    seen.push(await hash());
    test.reader.add(COVERED);
    await test.follower.advance();
    seen.push(await hash());
    expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(3);
    const rebuilt = await startTestApp({ reader: test.reader });
    try {
      rebuilt.origin.entries = test.journal.located();
      await rebuilt.follower.advance();
      const after = await rebuilt.app.inject({ method: 'GET', url: '/v1/status' });
      expect(after.json().stateHash).toEqual(seen[2]);
    } finally {
      await rebuilt.close();
    }
  });

  it('goes on from what is stored', async () => {
    await cover();
    await test.follower.open();
    expect(test.follower.books.coverageOf({ source: 1, vaultAsset: 1 })).toMatchObject({ inForceWad: HALF });
  });

  it('whose coverage a provider says nothing of is found by what a quorum answers', async () => {
    await ledger.report(LOCKED / 2n, LOCKED, { since: 9n });
    test.reader.add(COVERED);
    test.reader.omit = (fact) => fact.kind === 'covered';
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'FOLD_MISMATCH', retryable: true });
    await test.follower.advance();
    expect(test.follower.books.coverageOf({ source: 1, vaultAsset: 1 })).toMatchObject({ inForceWad: HALF });
  });
});

describe('the sums of an asset whose vault nobody has read', () => {
  const unknown = { owed: null, paid: null, heldWad: null, shortSince: null };

  it('are unknown on its side until the first step, though it is short and owes', async () => {
    await ledger.report(LOCKED / 2n, LOCKED, { since: 9n });
    ledger.release(300_000_000n);
    await test.follower.advance();
    await ledger.attestReleases();
    expect(await read('/v1/solvency')).toMatchObject({
      assets: [{ released: '300000000', reportedWad: HALF.toString(), ...unknown }],
      blocks: [{ chainId: 99 }],
    });
    test.vaultReader.add(...ledger.recorded(0, 1));
    test.vaultReader.add({ kind: 'shortfall', vaultAsset: 1, missing: 5n, coverageWad: HALF });
    test.vaultReader.dates.set(1, { shortSince: 11n, reportedAt: 12n });
    await test.vault.advance();
    expect(await read('/v1/solvency')).toMatchObject({
      assets: [{ owed: '300000000', paid: '0', heldWad: HALF.toString(), shortSince: '11' }],
      blocks: [{ chainId: 99 }, { chainId: 31 }],
    });
  });

  it('are unknown for ever where the configuration names no vault of the source', async () => {
    const { edge } = test.journal.known;
    const [inbound, outbound] = [bytes32('0x61'.padEnd(66, '0')), bytes32('0x62'.padEnd(66, '0'))] as const;
    test.reader.terms.set(5, { ...TERMS, assetId: 5, sourceIndex: 2 });
    test.reader.add(
      {
        kind: 'source-listed',
        source: 2,
        edge: inbound,
        outboundEdge: outbound,
        originChainId: 31,
        vault: edge.journal,
      },
      { kind: 'asset-listed', assetId: 5, source: 2, vaultAsset: 1, underlying: 1, ownPrice: 0, decimals: 6 },
    );
    await test.follower.advance();
    test.vaultReader.add();
    await test.vault.advance();
    expect(await solvency()).toMatchObject([
      { source: 1, owed: '0', paid: '0', heldWad: '1000000000000000000', shortSince: null },
      { source: 2, lines: '0', ...unknown },
    ]);
  });
});

describe('a loss that the ledger told of', () => {
  it('is listed with its entry until the vault has taken it over and answered, and is no release', async () => {
    const url = `/v1/edges/${test.releases.known.edgeId}/payments`;
    await ledger.lose(250_000_000n);
    expect(await solvency()).toMatchObject([{ lostSeq: '1', lines: '1000000000', owed: null }]);
    await ledger.attestReleases();
    test.vaultReader.add(...ledger.recorded(0, 1, 1_700_086_400n));
    await test.vault.advance();
    const entry = `0x${Buffer.from(test.releases.packed(0, 1)).toString('hex')}`;
    expect((await read(url))['payments']).toMatchObject([{ seq: '1', entry, readyAt: '1700086400' }]);
    test.vaultReader.add(
      { kind: 'loss-taken', seq: 1n, vaultAsset: 1, units: 250_000_000n, found: false },
      { kind: 'shortfall', vaultAsset: 1, missing: 250_000_000n, coverageWad: 8n * 10n ** 17n },
    );
    test.vaultReader.dates.set(1, { shortSince: 11n, reportedAt: 12n });
    await test.vault.advance();
    expect((await read(url))['payments']).toEqual([]);
    expect(await solvency()).toMatchObject([
      { owed: '0', paid: '0', heldWad: '800000000000000000', shortSince: '11', lostSeq: '1' },
    ]);
    await ledger.report(250_000_000n, 1_250_000_000n, { since: 9n, answers: 1n });
    expect(await solvency()).toMatchObject([{ lostSeq: null, impairedSince: '9', reportedWad: '800000000000000000' }]);
    expect(test.events.filter(({ name }) => name === 'payment-stage-reached')).toEqual([]);
  });

  it('that was stopped is neither open nor among what comes back', async () => {
    await ledger.lose(250_000_000n);
    await ledger.attestReleases();
    test.vaultReader.add(...ledger.recorded(0, 1));
    test.vaultReader.add({ kind: 'stopped', seq: 1n, reason: ZERO_WORD });
    await test.vault.advance();
    expect(await read(`/v1/edges/${test.releases.known.edgeId}/payments`)).toEqual({ payments: [], stopped: [] });
  });
});

describe('a payment of a short asset', () => {
  it('counts in units, and shows how many tokens less it was', async () => {
    ledger.release(300_000_000n);
    await test.follower.advance();
    await ledger.attestReleases();
    test.vaultReader.add(...ledger.recorded(0, 1));
    test.vaultReader.add({ kind: 'loss-borne', seq: 1n, loss: 150_000_000n }, { kind: 'paid', seq: 1n });
    await test.vault.advance();
    expect((await read(`/v1/accounts/${ALICE}`))['releases']).toMatchObject([
      { amount: '300000000', borne: '150000000', stage: 'paid' },
    ]);
    expect(await solvency()).toMatchObject([
      { lines: '700000000', released: '300000000', owed: '0', paid: '300000000' },
    ]);
  });

  it('whose report a provider says nothing of is found by what a quorum answers', async () => {
    ledger.release(300_000_000n);
    await test.follower.advance();
    await ledger.attestReleases();
    test.vaultReader.add(...ledger.recorded(0, 1));
    test.vaultReader.add({ kind: 'shortfall', vaultAsset: 1, missing: 5n, coverageWad: HALF });
    test.vaultReader.hide = (fact) => fact.kind === 'shortfall';
    await expect(test.vault.advance()).rejects.toMatchObject({ code: 'FOLD_MISMATCH', retryable: true });
    await test.vault.advance();
    expect(test.vault.sums.get(1)).toMatchObject({ coverageWad: HALF, owed: 300_000_000n });
  });
});
