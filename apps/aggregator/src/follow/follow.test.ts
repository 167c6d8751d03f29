import { keccak256 } from '@surety/contracts';
import { AppError, blockHash } from '@surety/domain';
import { type AssetTerms, type FollowCondition, keepFolded, parametersHash } from '@surety/workflows';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testAccount, testEdge, testKey, testLock } from '../testing/test-attesters.js';
import { ALICE, FEE_TO, TERMS, TestLedger } from '../testing/test-ledger.js';

const NO_BLOCK = blockHash(`0x${'0'.repeat(64)}`);

let test: TestApp;
let ledger: TestLedger;

beforeEach(async () => {
  test = await startTestApp();
  ledger = new TestLedger(test);
});

afterEach(() => test.close());

async function read(url: string): Promise<{ status: number; type: string; body: Record<string, never> }> {
  const response = await test.app.inject({ method: 'GET', url });
  return { status: response.statusCode, type: String(response.headers['content-type']), body: response.json() };
}

describe('the self-check', () => {
  it('is content while the ledger gives the same integers', async () => {
    await ledger.credit();
    const sums = await ledger.sums(ALICE);
    const other = await ledger.sums(FEE_TO);
    test.reader.margins = (account) => (account === ALICE ? sums : other);
    await test.selfCheck.compare(ledger.snapshot(), test.follower.changed.accounts);
    expect((await read('/v1/status')).body).toMatchObject({
      ready: true,
      selfCheck: { comparedAccounts: 2, differences: 0 },
    });
  });

  it('alarms on a difference of one unit, and is not ready until it is gone', async () => {
    await ledger.credit();
    const sums = await ledger.sums(ALICE);
    const other = await ledger.sums(FEE_TO);
    test.reader.margins = (account) => (account === ALICE ? { ...sums, initial: sums.initial + 1n } : other);
    await test.selfCheck.compare(ledger.snapshot(), test.follower.changed.accounts);
    expect(test.events.find((event) => event.name === 'margin-differs')).toMatchObject({ level: 'error' });
    expect((await read('/health/ready')).body).toMatchObject({ ready: false, reasons: [{ code: 'MARGIN_DIFFERS' }] });
    test.reader.margins = (account) => (account === ALICE ? sums : other);
    await test.selfCheck.compare(ledger.snapshot(), []);
    expect((await read('/health/ready')).status).toBe(200);
  });

  it('compares the others where the providers agree on no margin of one account, and that one once they do', async () => {
    await ledger.credit();
    const sums = await ledger.sums(ALICE);
    test.reader.margins = () => ({ ...sums, initial: sums.initial + 1n });
    test.reader.split.add(ALICE);
    const { different } = await test.selfCheck.compare(ledger.snapshot(), test.follower.changed.accounts);
    expect([different, test.selfCheck.outcome]).toMatchObject([[FEE_TO], { comparedAccounts: 1, differences: 1 }]);
    test.reader.split.clear();
    expect((await test.selfCheck.compare(ledger.snapshot(), [])).different).toEqual([FEE_TO, ALICE]);
  });

  it('names a witness that is set otherwise than configured, and goes on answering', async () => {
    await ledger.credit();
    const part = { kind: 'witness', name: 'layerzero' } as const;
    const one = { path: 'witnesses[layerzero].atLedger.receiveLibrary', seen: '0x2', expected: '0x1', part };
    test.drift.tell(1, { drift: [one], unread: [] }, 1);
    expect(await read('/health/ready')).toMatchObject({
      status: 200,
      body: {
        ready: true,
        reasons: [{ code: 'WITNESS_DRIFT', detail: expect.stringContaining(`${one.path}: seen 0x2`) as string }],
      },
    });
    test.drift.tell(1, { drift: [], unread: [] }, 2);
    expect((await read('/health/ready')).body).toEqual({ ready: true, reasons: [] });
  });
});

describe('following the ledger', () => {
  it('refuses logs that do not lead to the proven replica, and stays where it was', async () => {
    ledger.list();
    test.journal.append(testLock(ALICE, 1_000n), testLock(ALICE, 2_000n));
    await ledger.attest();
    test.reader.add(ledger.applied(0, 1));
    test.reader.add(ledger.applied(1, 2));
    test.reader.hide = (fact) => fact.kind === 'applied' && fact.from === 1n;
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'INCOMPLETE' });
    expect(test.follower.cursor).toBeUndefined();
    await test.follower.advance();
    expect((await read(`/v1/accounts/${ALICE}`)).body).toMatchObject({ lines: [{ amount: '3000' }] });
  });

  it('folds on from what is stored when the database was away while it saved', async () => {
    ledger.list();
    test.journal.append(testLock(ALICE, 1_000n));
    await ledger.attest();
    test.reader.add(ledger.applied(0, 1));
    const { collateral } = test.store;
    const away = vi.spyOn(collateral, 'loadCursor').mockRejectedValue(new Error('the database is away'));
    const unsaved = vi.spyOn(collateral, 'saveStep').mockRejectedValueOnce(new Error('the database is away'));
    await expect(test.follower.advance()).rejects.toThrow('the database is away');
    expect(unsaved).toHaveBeenCalledOnce();
    away.mockRestore();
    await test.follower.advance();
    expect((await read(`/v1/accounts/${ALICE}`)).body).toMatchObject({ lines: [{ amount: '1000' }] });
  });

  it('shows nothing of a step that is not stored yet', async () => {
    await ledger.credit();
    const status = await read('/v1/status');
    const entry = `${test.journal.known.edgeId}:2`;
    test.journal.append(testLock(ALICE, 7n));
    await ledger.attest();
    test.reader.add(ledger.applied(1, 2));
    const { collateral } = test.store;
    const save = collateral.saveStep.bind(collateral);
    const meanwhile: unknown[] = [];
    vi.spyOn(collateral, 'saveStep').mockImplementationOnce(async (step) => {
      const { books } = test.follower;
      const explained = await read(`/v1/explain/${entry}`);
      meanwhile.push(books.replicas[0]?.count, books.sums.get(4)?.lines, explained.body['explanations']);
      expect((await read('/v1/status')).body['stateHash']).toEqual(status.body['stateHash']);
      await save(step);
    });
    await test.follower.advance();
    expect(meanwhile).toMatchObject([1n, 1_000_000_000n, [{ outcome: 'waiting' }]]);
    expect(test.follower.books.replicas[0]?.count).toBe(2n);
    const { body } = await read(`/v1/explain/${entry}`);
    expect(body).toMatchObject({ explanations: [{ outcome: 'counted' }] });
  });

  it('shows nothing of a vault’s step that is not stored yet', async () => {
    await ledger.credit();
    await test.vault.open();
    ledger.release(300_000_000n);
    await test.follower.advance();
    await ledger.attestReleases();
    test.vaultReader.add(...ledger.recorded(0, 1));
    const { payments } = test.store;
    const save = payments.saveVaultStep.bind(payments);
    const meanwhile: unknown[] = [];
    vi.spyOn(payments, 'saveVaultStep').mockImplementationOnce(async (step) => {
      meanwhile.push(test.vault.replica.count, test.vault.sums.size);
      await save(step);
    });
    await test.vault.advance();
    expect(meanwhile).toEqual([0n, 0]);
    expect([test.vault.replica.count, test.vault.sums.get(1)?.owed]).toEqual([1n, 300_000_000n]);
  });

  it('names the last changed block by the quorum’s hash, whatever a log says', async () => {
    await ledger.credit();
    const honest = test.follower.cursor?.changed;
    const other = await startTestApp({ reader: test.reader });
    test.reader.logHash = NO_BLOCK;
    test.reader.tip += 3n;
    await other.intake.postEntries(test.journal.posted(other.keys[0] ?? testKey(0)));
    await other.follower.advance();
    expect(other.follower.cursor?.changed).toEqual(honest);
    await other.close();
  });

  it('waits for entries that nobody handed in, and takes them from the origin chain', async () => {
    ledger.list();
    test.journal.append(testLock(ALICE, 1_000n), testLock(ALICE, 2_000n));
    test.reader.add(ledger.applied(0, 2));
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'ENTRIES_MISSING', retryable: true });
    expect(test.origin.wanted).toMatchObject({ position: { count: 0n }, to: 2n });
    test.origin.entries = test.journal.located();
    await test.follower.advance();
    expect(test.intake.books[0]?.position.count).toBe(2n);
    expect((await read(`/v1/accounts/${ALICE}`)).body).toMatchObject({ lines: [{ amount: '3000' }] });
  });

  it('takes nothing from an origin chain that does not fold to the applied head', async () => {
    ledger.list();
    test.journal.append(testLock(ALICE, 1_000n));
    test.reader.add(ledger.applied(0, 1));
    test.journal.entries[0] = testLock(ALICE, 9_999n);
    test.origin.entries = test.journal.located();
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'ENTRIES_MISSING' });
  });

  it('has the same state hash when it is rebuilt from nothing (I11)', async () => {
    await ledger.credit();
    test.journal.append(testLock(testAccount(3), 77n), testLock(ALICE, 5n, 1, 2n));
    await ledger.attest();
    test.reader.add(ledger.applied(1, 3));
    await test.follower.advance();
    const before = (await read('/v1/status')).body['stateHash'];
    const rebuilt = await startTestApp({ reader: test.reader });
    try {
      rebuilt.origin.entries = test.journal.located();
      await rebuilt.follower.advance();
      const after = await rebuilt.app.inject({ method: 'GET', url: '/v1/status' });
      expect(after.json().stateHash).toEqual(before);
      expect(after.json().counts).toMatchObject({ entries: 3, lines: 3 });
    } finally {
      await rebuilt.close();
    }
  });

  it('keeps the state hash while blocks pass that change no row', async () => {
    await ledger.credit();
    const before = (await read('/v1/status')).body['stateHash'];
    test.reader.tip += 5n;
    await test.follower.advance();
    expect(test.follower.cursor?.height).toBe(17n);
    expect((await read('/v1/status')).body['stateHash']).toEqual(before);
  });

  it('tells why it is not ready when the settlement chain cannot be read', async () => {
    test.states.ledger.set({
      kind: 'failing',
      code: 'NO_QUORUM',
      detail: '1 of 4 answered',
      sinceMs: test.clock.nowMs(),
    });
    const { body } = await read('/health/ready');
    expect(body).toMatchObject({ ready: false, reasons: [{ code: 'NOT_FOLDED' }, { code: 'NO_QUORUM' }] });
    test.reader.failure = new AppError({ code: 'NO_QUORUM', message: '1 of 4 answered', retryable: true });
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'NO_QUORUM' });
  });

  it('opens the edge of a source that only the ledger names', async () => {
    const other = await startTestApp({ edges: [], late: [test.journal.known], reader: test.reader });
    try {
      await ledger.credit();
      other.origin.entries = test.journal.located();
      test.reader.hide = (fact) => fact.kind === 'applied';
      await expect(other.follower.advance()).rejects.toMatchObject({ code: 'FOLD_MISMATCH' });
      await other.follower.advance();
      expect(other.intake.books[0]?.position.count).toBe(1n);
      expect(await other.store.collateral.loadLinesOf(ALICE)).toMatchObject([{ amount: 999_999_995n }]);
    } finally {
      await other.close();
    }
  });

  it('reads the terms again when that failed before, without waiting for another block', async () => {
    ledger.list();
    test.reader.readTerms = () => Promise.reject(new AppError({ code: 'NO_QUORUM', message: 'none', retryable: true }));
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'NO_QUORUM' });
    test.reader.readTerms = async () => [TERMS];
    expect(await test.follower.advance()).toBe(true);
    expect(test.follower.snapshot?.terms.get(4)).toEqual(TERMS);
    expect(await test.follower.advance()).toBe(false);
  });

  it('reads the terms at each block while an asset is impaired or unsettled, since its weight falls without a log', async () => {
    ledger.list();
    const standing = (frozenMaintenanceBps: number): AssetTerms => ({
      ...TERMS,
      isStanding: true,
      source: { ...TERMS.source, state: 'HALTED', frozenMaintenanceBps },
    });
    const frozenBps = (): number | undefined => test.follower.snapshot?.terms.get(4)?.source.frozenMaintenanceBps;
    for (const bps of [9_000, 8_999]) {
      test.reader.readTerms = async () => [standing(bps)];
      test.reader.tip += 1n;
      await test.follower.advance();
      expect(frozenBps()).toBe(bps);
    }
    // What falls with time is no parameter.
    const [before, after] = [9_000, 8_999].map((bps) => parametersHash([standing(bps)], keccak256));
    expect(after).toBe(before);
    test.reader.readTerms = async () => [TERMS];
    test.reader.tip += 1n;
    await test.follower.advance();
    expect(frozenBps()).toBe(10_000);
    test.reader.readTerms = () => Promise.reject(new Error('read without a cause'));
    test.reader.tip += 1n;
    expect(await test.follower.advance()).toBe(true);
  });

  it('names the newest held position that ends a block as the place to walk from', async () => {
    ledger.list();
    test.journal.append(testLock(ALICE, 1n), testLock(ALICE, 2n), testLock(ALICE, 3n));
    const { entries } = test.journal.posted(ledger.key(0));
    await test.intake.adoptAppliedHead(test.journal.known.edgeId, test.journal.position());
    await test.intake.adoptEntries(test.journal.known.edgeId, { from: 0n, ...entries });
    test.reader.add(ledger.applied(0, 3));
    await test.follower.advance();
    test.journal.append(testLock(ALICE, 4n));
    test.reader.add(ledger.applied(3, 4));
    await expect(test.follower.advance()).rejects.toMatchObject({ code: 'ENTRIES_MISSING' });
    expect(test.origin.wanted?.anchor).toEqual({ position: test.journal.position(2), block: 101n });
  });

  it('keeps the time of a stage that somebody saw, and says nothing of one that was learnt later', async () => {
    await ledger.credit();
    const { body } = await read(`/v1/entries/${test.journal.known.edgeId}:1`);
    expect(body).toMatchObject({ stage: 'applied', times: { attestedMs: 1_700_000_100_000, appliedMs: null } });
    expect(body['blocks']).toMatchObject({ applied: { height: '12' } });
  });

  it('goes on after a failed look, tells its condition, and stops at once', async () => {
    await ledger.credit();
    test.reader.margins = () => ledgerSums;
    const ledgerSums = await ledger.sums(testAccount(99));
    const conditions: FollowCondition[] = [];
    const stop = new AbortController();
    test.reader.failure = new AppError({ code: 'NO_QUORUM', message: '1 of 4 answered', retryable: true });
    let sleeps = 0;
    const clock = {
      nowMs: () => test.clock.nowMs(),
      elapsedMs: () => test.clock.nowMs(),
      sleep: async () => {
        sleeps += 1;
        test.reader.failure = undefined;
        if (sleeps === 3) stop.abort();
      },
    };
    const { follower, selfCheck, health } = test;
    const onCondition = (condition: FollowCondition): void => void conditions.push(condition);
    const observer = { observe: () => undefined };
    await keepFolded(
      { follower, selfCheck, health, clock, observer, onCondition, onChanged: () => undefined },
      stop.signal,
    );
    expect(conditions.map((one) => one.kind)).toEqual(['starting', 'failing', 'current', 'current']);
  });

  it('is current while a configured vault is not listed by the ledger yet', async () => {
    const other = await startTestApp({ edges: [testEdge(), testEdge(2)], reader: test.reader });
    ledger.list();
    const conditions: FollowCondition[] = [];
    const stop = new AbortController();
    const clock = { nowMs: () => 0, elapsedMs: () => 0, sleep: async () => stop.abort() };
    const { follower, selfCheck, health } = other;
    const onCondition = (condition: FollowCondition): void => void conditions.push(condition);
    const observer = { observe: () => undefined };
    await keepFolded(
      { follower, selfCheck, health, clock, observer, onCondition, onChanged: () => undefined },
      stop.signal,
    );
    expect(conditions.map((one) => one.kind)).toEqual(['starting', 'current']);
    await other.close();
  });
});
