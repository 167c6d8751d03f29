import { AppError, ZERO_WORD, bytes32 } from '@surety/domain';
import { type FollowCondition, type VaultFact, keepVaultFolded } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { ALICE, RECIPIENT, TestLedger } from '../testing/test-ledger.js';

/** "stolen keys", as a guardian writes it. */
const STOLEN = bytes32(`0x${Buffer.from('stolen keys').toString('hex').padEnd(64, '0')}`);

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
});

afterEach(() => test.close());

async function read(url: string): Promise<Record<string, unknown>> {
  return (await test.app.inject({ method: 'GET', url })).json();
}

function edge(): string {
  return test.releases.known.edgeId;
}

/** A credit of 1,000 dollars and two releases of it, folded and attested. */
async function releaseTwice(): Promise<void> {
  await ledger.credit();
  await test.vault.open();
  ledger.release(300_000_000n, 7n);
  ledger.release(200_000_000n);
  await test.follower.advance();
  await test.vault.advance();
  await ledger.attestReleases();
}

/** One release and one loss, queued and due. */
async function queueWithLoss(): Promise<void> {
  await ledger.credit();
  await test.vault.open();
  ledger.release(300_000_000n);
  await test.follower.advance();
  await ledger.lose(50n);
  await ledger.attestReleases();
  test.vaultReader.add(...ledger.recorded(0, 2));
  await test.vault.advance();
}

describe('following a vault', () => {
  it('folds on from what is stored when the database was away while it saved', async () => {
    await releaseTwice();
    test.vaultReader.add(...ledger.recorded(0, 2));
    const { payments } = test.store;
    const away = vi.spyOn(payments, 'loadCursor').mockRejectedValue(new Error('the database is away'));
    const unsaved = vi.spyOn(payments, 'saveVaultStep').mockRejectedValueOnce(new Error('the database is away'));
    await expect(test.vault.advance()).rejects.toThrow('the database is away');
    expect(unsaved).toHaveBeenCalledOnce();
    away.mockRestore();
    await test.vault.advance();
    expect(test.vault.replica.count).toBe(2n);
  });

  it.each([
    ['Queued', 'queued'],
    ['Applied', 'applied'],
  ])('asks another provider when one leaves out a %s log', async (_, kind) => {
    await releaseTwice();
    test.vaultReader.hide = (fact) => fact.kind === kind;
    test.vaultReader.add(...ledger.recorded(0, 2));
    await test.vault.advance();
    expect(await test.store.payments.loadOpenPayments(test.releases.known.edgeId, 0n, 10)).toHaveLength(2);
  });

  it('finds by the vault’s own sums that a provider left out a Paid log, and asks another one next', async () => {
    await releaseTwice();
    test.vaultReader.add(...ledger.recorded(0, 2));
    await test.vault.advance();
    test.vaultReader.hide = (fact) => fact.kind === 'paid' && fact.seq === 1n;
    test.vaultReader.add({ kind: 'paid', seq: 2n }, { kind: 'paid', seq: 1n });
    await expect(test.vault.advance()).rejects.toMatchObject({ code: 'FOLD_MISMATCH', retryable: true });
    expect(test.vault.cursor?.height).toBe(test.vaultReader.tip - 1n);
    await test.vault.advance();
    const sums = [...test.vault.sums.values()];
    expect(sums).toMatchObject([{ owed: 0n, paid: 500_000_000n }]);
  });

  it('finds a Paid log that is left out although nothing else of its asset changed in those blocks', async () => {
    await releaseTwice();
    test.vaultReader.add(...ledger.recorded(0, 2));
    await test.vault.advance();
    test.vaultReader.hide = (fact) => fact.kind === 'paid';
    test.vaultReader.add({ kind: 'paid', seq: 1n });
    await expect(test.vault.advance()).rejects.toMatchObject({ code: 'FOLD_MISMATCH', retryable: true });
    await test.vault.advance();
    expect([...test.vault.sums.values()]).toMatchObject([{ owed: 200_000_000n, paid: 300_000_000n }]);
  });

  it('finds a Stopped log that is left out by what the vault owes, and asks another provider next', async () => {
    await releaseTwice();
    test.vaultReader.add(...ledger.recorded(0, 2));
    await test.vault.advance();
    test.vaultReader.hide = (fact) => fact.kind === 'stopped';
    test.vaultReader.add({ kind: 'stopped', seq: 1n, reason: STOLEN });
    await expect(test.vault.advance()).rejects.toMatchObject({ code: 'FOLD_MISMATCH', retryable: true });
    await test.vault.advance();
    expect([...test.vault.sums.values()]).toMatchObject([{ owed: 200_000_000n, paid: 0n }]);
  });

  it.each<[string, VaultFact, string]>([
    ['Claimable', { kind: 'claimable', seq: 1n, reason: 2 }, 'CLAIMABLE'],
    ['LossTaken', { kind: 'loss-taken', seq: 2n, vaultAsset: 1, units: 50n, found: false }, 'PAID'],
    ['Stopped log of a loss, and no sum tells of a', { kind: 'stopped', seq: 2n, reason: STOLEN }, 'STOPPED'],
  ])(
    'asks the vault what became of a payment that is due: one provider leaves out a %s log',
    async (_, fact, state) => {
      await queueWithLoss();
      test.vaultReader.hide = ({ kind }) => kind === fact.kind;
      test.vaultReader.add(fact);
      await expect(test.vault.advance()).rejects.toMatchObject({ code: 'FOLD_MISMATCH', retryable: true });
      await test.vault.advance();
      const seq = 'seq' in fact ? fact.seq : 0n;
      const [row] = await test.store.payments.loadPayments(test.releases.known.edgeId, [seq]);
      expect(row).toMatchObject({ state, block: { height: test.vaultReader.tip } });
    },
  );

  it('corrects a report that was left out while nothing of its asset was open, and tells it', async () => {
    await releaseTwice();
    test.vaultReader.hide = ({ kind }) => kind === 'shortfall';
    test.vaultReader.add({ kind: 'shortfall', vaultAsset: 1, missing: 5n, coverageWad: 10n ** 18n / 2n });
    await test.vault.advance();
    expect([...test.vault.sums.values()]).toEqual([]);
    test.vaultReader.add(...ledger.recorded(0, 2));
    await test.vault.advance();
    expect([...test.vault.sums.values()]).toMatchObject([{ owed: 500_000_000n, coverageWad: 10n ** 18n / 2n }]);
    expect(test.events.filter(({ name }) => name === 'vault-coverage-corrected')).toMatchObject([
      { level: 'error', fields: { asset: 1 } },
    ]);
  });

  it('corrects a payment that was stored as it never stood, and tells it', async () => {
    await queueWithLoss();
    test.vaultReader.hide = ({ kind }) => kind === 'claimable';
    const lie = vi
      .spyOn(test.vaultReader, 'readPaymentStates')
      .mockImplementation(async (seqs) => seqs.map(() => 'QUEUED'));
    test.vaultReader.add({ kind: 'claimable', seq: 1n, reason: 2 });
    await test.vault.advance();
    lie.mockRestore();
    test.vaultReader.tip += 5n;
    await test.vault.advance();
    const [row] = await test.store.payments.loadPayments(test.releases.known.edgeId, [1n]);
    expect(row).toMatchObject({ state: 'CLAIMABLE' });
    expect(test.events.filter(({ name }) => name === 'payment-corrected')).toMatchObject([
      { level: 'error', fields: { seq: 1n, state: 'CLAIMABLE' } },
    ]);
  });

  it('stands still while every provider leaves the same log out', async () => {
    await releaseTwice();
    test.vaultReader.add(...ledger.recorded(0, 2).filter((fact) => fact.kind !== 'queued' || fact.seq !== 2n));
    const before = test.vault.cursor;
    const rewind = { point: 0n, count: 0n };
    const proven = { ...test.releases.position(2), name: ZERO_WORD, next: ZERO_WORD, rewind };
    test.vaultReader.readReplica = async () => proven;
    await expect(test.vault.advance()).rejects.toMatchObject({ code: 'INCOMPLETE' });
    expect(test.vault.cursor).toEqual(before);
  });

  it('has the same state hash when all is rebuilt from nothing (I11), and another one after a payment', async () => {
    await releaseTwice();
    test.vaultReader.add(...ledger.recorded(0, 2));
    await test.vault.advance();
    const queued = (await read('/v1/status'))['stateHash'] as { hash: string; chains: unknown[] };
    expect(queued.chains).toHaveLength(2);
    test.vaultReader.add({ kind: 'paid', seq: 1n });
    test.vaultReader.add({ kind: 'claimable', seq: 2n, reason: 2 });
    await test.vault.advance();
    const paid = (await read('/v1/status'))['stateHash'] as { hash: string };
    expect(paid.hash).not.toBe(queued.hash);
    const { reader, vaultReader, releases } = test;
    const rebuilt = await startTestApp({ reader, vaultReader, releases });
    try {
      rebuilt.origin.entries = test.journal.located();
      await rebuilt.follower.advance();
      await rebuilt.vault.open();
      await rebuilt.vault.advance();
      const after = await rebuilt.app.inject({ method: 'GET', url: '/v1/status' });
      expect(after.json().stateHash).toEqual(paid);
    } finally {
      await rebuilt.close();
    }
  });

  it('keeps the state hash while a vault says nothing of releases', async () => {
    await releaseTwice();
    test.vaultReader.add(...ledger.recorded(0, 2));
    await test.vault.advance();
    const before = (await read('/v1/status'))['stateHash'];
    test.vaultReader.tip += 5n;
    await test.vault.advance();
    expect((await read('/v1/status'))['stateHash']).toEqual(before);
  });

  it('goes on after a failed look, tells its condition, and stops at once', async () => {
    await releaseTwice();
    test.vaultReader.failure = new AppError({ code: 'NO_QUORUM', message: '1 of 4 answered', retryable: true });
    const conditions: FollowCondition[] = [];
    const stop = new AbortController();
    let sleeps = 0;
    const clock = {
      nowMs: () => 0,
      elapsedMs: () => 0,
      sleep: async () => {
        test.vaultReader.failure = undefined;
        if (++sleeps === 2) stop.abort();
      },
    };
    const observer = { observe: () => undefined };
    const onCondition = (condition: FollowCondition): void => void conditions.push(condition);
    await keepVaultFolded({ follower: test.vault, clock, observer, onCondition }, stop.signal);
    expect(conditions.map((one) => one.kind)).toEqual(['starting', 'failing', 'current']);
  });
});

describe('a release', () => {
  it('goes from requested to paid, with its reason and who acts next', async () => {
    await ledger.credit();
    await test.vault.open();
    const id = `/v1/entries/${edge()}:1`;
    const account = async (): Promise<unknown> => (await read(`/v1/accounts/${ALICE}`))['releases'];
    ledger.release(300_000_000n, 7n);
    test.reader.tip -= 1n;
    test.reader.requested.set(test.releases.known.edgeId, test.releases.located());
    await test.follower.look();
    expect(await read(id)).toMatchObject({ stage: 'requested', direction: 'to-vault', kind: 'RELEASE', payment: null });
    expect(await account()).toMatchObject([{ stage: 'requested', amount: '300000000', fee: '7', chainId: 31 }]);
    test.reader.tip += 1n;
    await test.follower.advance();
    test.reader.requested.clear();
    await test.follower.look();
    await test.vault.advance();
    expect(await read(id)).toMatchObject({ stage: 'final', attestedBy: 0, quorum: 3 });
    await ledger.attestReleases();
    expect(await read(id)).toMatchObject({ stage: 'attested', attestedBy: 3 });
    const recorded = ledger.recorded(0, 1, 1_700_000_200n);
    test.vaultReader.newest = { count: 1n, facts: recorded };
    await test.vault.look();
    expect(await read(id)).toMatchObject({ stage: 'recorded', payment: { seq: '1', readyAt: null } });
    expect(await account()).toMatchObject([{ stage: 'recorded', readyAt: '1700000200' }]);
    test.vaultReader.newest = undefined;
    test.vaultReader.add(...recorded);
    await test.vault.advance();
    test.clock.nowValueMs = 1_700_000_200_000;
    expect(await read(id)).toMatchObject({ stage: 'payable', payment: { readyAt: '1700000200', settled: null } });
    test.vaultReader.newest = { count: 1n, facts: [{ kind: 'paid', seq: 1n }] };
    await test.vault.look();
    expect(await read(id)).toMatchObject({ stage: 'paying' });
    test.vaultReader.newest = undefined;
    test.vaultReader.add({ kind: 'paid', seq: 1n });
    await test.vault.advance();
    await test.vault.look();
    expect(await read(id)).toMatchObject({
      stage: 'paid',
      reason: null,
      next: null,
      payment: { settled: { chainId: 31 } },
    });
    expect((await read('/v1/solvency'))['assets']).toMatchObject([
      { assetId: 4, lines: '700000000', released: '300000000', owed: '0', paid: '300000000' },
    ]);
    const told = test.feed.after(0).filter(({ name, json }) => name === 'entry' && json.includes(edge()));
    const stages = told.map(({ json }) => (JSON.parse(json) as { stage: string }).stage);
    expect(stages).toEqual(['requested', 'final', 'attested', 'recorded', 'paying', 'paid']);
  });

  it('is claimable when its transfer failed, and refused when no honest ledger journals it', async () => {
    await releaseTwice();
    const [queued, , batch] = ledger.recorded(0, 2);
    if (queued === undefined || batch === undefined) throw new TypeError('two releases are recorded by three logs');
    test.vaultReader.add(queued, { kind: 'refused', seq: 2n, reason: 4 }, batch);
    test.vaultReader.add({ kind: 'claimable', seq: 1n, reason: 2 });
    await test.vault.advance();
    expect((await read(`/v1/accounts/${ALICE}`))['releases']).toMatchObject([
      { index: '2', stage: 'refused' },
      { index: '1', stage: 'claimable' },
    ]);
  });

  it('is stopped with the guardian’s reason, and refunded once its line has the amount back', async () => {
    await releaseTwice();
    test.vaultReader.add(...ledger.recorded(0, 2, 1_700_086_400n));
    await test.vault.advance();
    const before = (await read('/v1/status'))['stateHash'] as { hash: string };
    test.vaultReader.add({ kind: 'stopped', seq: 1n, reason: STOLEN });
    await test.vault.advance();
    expect((await read('/v1/status'))['stateHash']).not.toEqual(before);
    const releases = async (): Promise<unknown> => (await read(`/v1/accounts/${ALICE}`))['releases'];
    expect(await releases()).toMatchObject([
      { index: '2', stage: 'recorded', readyAt: '1700086400' },
      { index: '1', stage: 'stopped', reason: expect.stringContaining('stolen keys') },
    ]);
    const payments = async (): Promise<unknown> => read(`/v1/edges/${edge()}/payments`);
    expect(await payments()).toMatchObject({
      payments: [{ seq: '2', state: 'recorded', readyAt: '1700086400', lane: 'large' }],
      stopped: [{ seq: '1', state: 'stopped', reason: 'stolen keys', refunded: null }],
    });
    await ledger.refund(1n, 300_000_000n);
    expect(await payments()).toMatchObject({ stopped: [{ seq: '1', state: 'refunded', refunded: '300000000' }] });
    expect(await releases()).toMatchObject([{ index: '2' }, { index: '1', stage: 'refunded', next: null }]);
    expect((await read(`/v1/accounts/${ALICE}`))['lines']).toMatchObject([{ amount: '799999995' }]);
    expect((await read('/v1/solvency'))['assets']).toMatchObject([
      { released: '500000000', refunded: '300000000', owed: '200000000', paid: '0' },
    ]);
  });

  it('is never shown as recorded past what was attested or folded, whatever a provider says', async () => {
    await ledger.credit();
    await test.vault.open();
    ledger.release(300_000_000n);
    await test.follower.advance();
    test.vaultReader.newest = { count: 1n, facts: [...ledger.recorded(0, 1), { kind: 'paid', seq: 1n }] };
    await test.vault.look();
    expect(await read(`/v1/entries/${edge()}:1`)).toMatchObject({ stage: 'final', payment: null });
    expect((await read(`/v1/edges/${edge()}/payments`))['payments']).toEqual([]);
  });
});

describe('the payments of an edge', () => {
  it('are those recorded and not finally paid, with their entries, past a number', async () => {
    await releaseTwice();
    test.vaultReader.add(...ledger.recorded(0, 2));
    await test.vault.advance();
    const both = (await read(`/v1/edges/${edge()}/payments`))['payments'] as { seq: string; entry: string }[];
    expect(both).toMatchObject([
      { seq: '1', readyAt: '1700000000', state: 'payable' },
      { seq: '2', readyAt: '1700000000', state: 'payable' },
    ]);
    expect(both[0]?.entry).toBe(`0x${Buffer.from(test.releases.packed(0, 1)).toString('hex')}`);
    expect(both[0]?.entry).toContain(RECIPIENT.slice(2));
    expect((await read(`/v1/edges/${edge()}/payments?after=1`))['payments']).toMatchObject([{ seq: '2' }]);
    const told = test.events.filter((event) => event.name === 'payment-stage-reached').map((event) => event.fields);
    expect(told).toMatchObject([
      { stage: 'payable', index: 1n },
      { stage: 'payable', index: 2n },
    ]);
    test.vaultReader.add({ kind: 'paid', seq: 1n });
    test.vaultReader.newest = { count: 2n, facts: [{ kind: 'paid', seq: 2n }] };
    await test.vault.advance();
    await test.vault.look();
    expect((await read(`/v1/edges/${edge()}/payments`))['payments']).toMatchObject([{ seq: '2', state: 'paying' }]);
  });

  it('are told while the step that makes them final is being saved', async () => {
    await releaseTwice();
    test.vaultReader.newest = { count: 2n, facts: ledger.recorded(0, 2) };
    await test.vault.look();
    test.vaultReader.add(...ledger.recorded(0, 2));
    const save = vi.spyOn(test.store.payments, 'saveVaultStep');
    const told: unknown[] = [];
    save.mockImplementationOnce(async () => {
      told.push((await read(`/v1/edges/${edge()}/payments`))['payments']);
    });
    await test.vault.advance();
    save.mockRestore();
    expect(told).toMatchObject([[{ seq: '1' }, { seq: '2' }]]);
  });

  it('are told before the vault’s block is final', async () => {
    await releaseTwice();
    test.vaultReader.newest = { count: 2n, facts: ledger.recorded(0, 2) };
    await test.vault.look();
    expect((await read(`/v1/edges/${edge()}/payments`))['payments']).toMatchObject([{ seq: '1' }, { seq: '2' }]);
  });

  it('are those of no edge to the ledger', async () => {
    const response = await test.app.inject({ method: 'GET', url: `/v1/edges/${test.journal.known.edgeId}/payments` });
    expect([response.statusCode, response.json().code]).toEqual([404, 'UNKNOWN_EDGE']);
  });
});
