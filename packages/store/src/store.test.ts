import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Address,
  type BlockHeight,
  type Bytes32,
  type Hex,
  type TxHash,
  ZERO_WORD,
  address,
  blockHash,
  bytes32,
  packEntry,
  tokenUnits,
} from '@surety/domain';
import type { CandidateFact, EntryFact, FoldStep, JudgedStatement, LineFact } from '@surety/workflows';
import { NO_CHANGES, STATEMENTS_PER_COUNT_MAX } from '@surety/workflows';
import type { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from './open-database.js';
import { type Store, openStore } from './open-store.js';
import { type TestDatabase, testDatabases } from './testing/test-databases.js';

const EDGE = bytes32(`0x${'e1'.repeat(32)}`);
const HASH = blockHash(`0x${'bb'.repeat(32)}`);

function word(n: number | bigint): Bytes32 {
  return bytes32(`0x${n.toString(16).padStart(64, '0')}`);
}

function member(n: number): Address {
  return address(`0x${n.toString(16).padStart(40, '0')}`);
}

function statement(n: number, signer: number, change: Partial<JudgedStatement['statement']> = {}): JudgedStatement {
  const body = {
    edge: EDGE,
    count: BigInt(n),
    tip: BigInt(n),
    head: word(n),
    blockNumber: 5n,
    blockHash: HASH,
    asOf: 100n,
    epoch: 1,
    ...change,
  };
  const digest = word(BigInt(n) * 1_000_000n + body.asOf);
  return {
    statement: body,
    signer: member(signer),
    signature: `0x${signer.toString(16).padStart(130, '0')}`,
    digest,
    quorum: 3,
  };
}

function packed(n: number, account = word(7)): Uint8Array {
  return packEntry({
    kind: 'LOCK',
    asset: 1,
    amount: tokenUnits(BigInt(n)),
    account,
    party: ZERO_WORD,
    fee: tokenUnits(0n),
  });
}

function entry(n: number, account = word(7)): EntryFact {
  const location = {
    index: BigInt(n),
    blockHeight: BigInt(n) as BlockHeight,
    blockHash: HASH,
    txHash: word(900 + n) as Hex as TxHash,
    logIndex: 0,
  };
  return { edge: EDGE, index: BigInt(n), packed: packed(n, account), head: word(n), account, location };
}

function candidate(n: number, poster = 1, stage: 'seen' | 'final' = 'final'): CandidateFact {
  return { edge: EDGE, poster: member(poster), index: BigInt(n), packed: packed(n), stage };
}

function line(account: Bytes32, assetId: number, amount: bigint): LineFact {
  return { account, assetId, amount, unseasoned: 0n, seasonEnd: 0n, enabled: true, scalings: 0 };
}

function step(lines: readonly LineFact[], change: Partial<FoldStep> = {}): FoldStep {
  const cursor = {
    chainId: 99,
    height: 7n,
    hash: HASH,
    timestamp: 1_700_000_000n,
    changed: { height: 6n, hash: HASH },
  };
  return { cursor, ...NO_CHANGES, lines, ...change };
}

describe.each(testDatabases())('the store on $name', (kind) => {
  let database: TestDatabase;
  let store: Store;

  beforeEach(async () => {
    database = await kind.create();
    store = await openStore(database.url);
  });

  afterEach(async () => {
    await store.close();
    await database.drop();
  });

  it('keeps a signature once, however often it is stored', async () => {
    const first = await store.intake.saveStatements({
      statements: [statement(3, 1), statement(3, 1)],
      contradictions: [],
    });
    expect(first).toEqual({ fresh: [true, false], completed: [] });
    expect((await store.intake.saveStatements({ statements: [statement(3, 1)], contradictions: [] })).fresh).toEqual([
      false,
    ]);
  });

  it('tells once that a statement is complete', async () => {
    await store.intake.saveStatements({ statements: [statement(3, 1), statement(3, 2)], contradictions: [] });
    const third = await store.intake.saveStatements({ statements: [statement(3, 3)], contradictions: [] });
    expect(third.completed).toMatchObject([{ count: 3n, head: word(3) }]);
    expect(
      (await store.intake.saveStatements({ statements: [statement(3, 4)], contradictions: [] })).completed,
    ).toEqual([]);
    expect(await store.intake.loadEdge(EDGE)).toMatchObject({
      attestedCount: 3n,
      goals: [{ count: 3n, head: word(3) }],
    });
  });

  it('tells where complete statements lie further apart than one cut', async () => {
    for (const count of [64, 128, 300, 364, 500])
      await store.intake.saveStatements({
        statements: [1, 2, 3].map((signer) => statement(count, signer)),
        contradictions: [],
      });
    await store.intake.saveStatements({ statements: [statement(192, 1)], contradictions: [] });
    const { attestedGaps } = await store.intake.loadEdge(EDGE);
    expect(attestedGaps).toEqual([
      { from: 128n, to: 300n },
      { from: 364n, to: 500n },
    ]);
  });

  it('remembers the first head of each member, and evidence once', async () => {
    const first = statement(3, 1);
    const second = { ...statement(3, 1, { head: word(9) }), digest: word(77) };
    await store.intake.saveStatements({ statements: [first], contradictions: [] });
    const [held, none] = await store.intake.loadSignedHeads([
      { edge: EDGE, count: 3n, signer: member(1) },
      { edge: EDGE, count: 3n, signer: member(2) },
    ]);
    expect(held?.signed.statement).toEqual(first.statement);
    expect(none).toBeUndefined();
    for (let times = 0; times < 2; times++)
      await store.intake.saveStatements({ statements: [], contradictions: [{ first, second }] });
    expect(await store.views.countRows()).toMatchObject({ contradictions: 1 });
  });

  it('keeps one contradiction of a member and edge, however many it signs', async () => {
    const first = statement(3, 1);
    const contradictions = [9, 10, 11].map((n) => ({
      first,
      second: { ...statement(n, 1, { head: word(n) }), digest: word(n) },
    }));
    await store.intake.saveStatements({ statements: [], contradictions });
    const other = { first: statement(3, 2), second: statement(3, 2, { head: word(9) }) };
    await store.intake.saveStatements({ statements: [], contradictions: [other] });
    expect(await store.views.countRows()).toMatchObject({ contradictions: 2 });
  });

  it('counts what a member signed that waits for others', async () => {
    const statements = [1, 2, 3].flatMap((n) => [statement(n, 1), statement(n, 2)]);
    await store.intake.saveStatements({ statements, contradictions: [] });
    await store.intake.saveStatements({ statements: [statement(2, 3)], contradictions: [] });
    const counts = [1, 3, 4].map((signer) => store.intake.countOpenStatements(EDGE, member(signer)));
    expect(await Promise.all(counts)).toEqual([2, 0, 0]);
  });

  it('takes away what a suspended member signed under an epoch: only what has k others stays complete', async () => {
    const signers = { 1: [1, 2, 3], 2: [1, 2, 3, 4], 4: [2, 3, 4] };
    const statements = Object.entries(signers).flatMap(([n, who]) => who.map((one) => statement(Number(n), one)));
    const later = [1, 2, 3].map((one) => statement(3, one, { epoch: 2 }));
    await store.intake.saveStatements({ statements: [...statements, ...later], contradictions: [] });
    const suspension = { edge: EDGE, epoch: 1, signers: [member(1)] };
    expect(await store.intake.dropSignatures({ ...suspension, edge: word(5) })).toBe(0);
    expect(await store.intake.dropSignatures(suspension)).toBe(2);
    expect(await store.intake.dropSignatures(suspension)).toBe(0);
    const all = await store.views.loadStatements({ edge: EDGE, after: 0n, limit: 100, attested: false });
    expect(all.map(({ complete, signatures }) => [complete, signatures.length])).toEqual([
      [false, 2],
      [true, 3],
      [true, 3],
      [true, 3],
    ]);
    const [first] = await store.intake.loadSignedHeads([{ edge: EDGE, count: 1n, signer: member(1) }]);
    expect(first?.signed.signer).toBe(member(1));
    const again = await store.intake.saveStatements({ statements: [statement(1, 4)], contradictions: [] });
    expect(again.completed).toMatchObject([{ count: 1n }]);
  });

  it('keeps the newest complete heartbeats of a count only', async () => {
    for (let at = 0; at < STATEMENTS_PER_COUNT_MAX + 4; at++) {
      const statements = [1, 2, 3].map((signer) => statement(3, signer, { asOf: BigInt(100 + at) }));
      await store.intake.saveStatements({ statements, contradictions: [] });
    }
    const all = await store.views.loadStatements({ edge: EDGE, after: 0n, limit: 100, attested: false });
    expect(all).toHaveLength(STATEMENTS_PER_COUNT_MAX);
    expect(all[0]).toMatchObject({ complete: true, statement: { asOf: BigInt(100 + STATEMENTS_PER_COUNT_MAX + 3) } });
  });

  it('pages statements by count without cutting one in two', async () => {
    for (const n of [1, 2, 3]) {
      const statements = [1, 2, 3].flatMap((signer) => [statement(n, signer), statement(n, signer, { asOf: 200n })]);
      await store.intake.saveStatements({ statements, contradictions: [] });
    }
    const page = await store.views.loadStatements({ edge: EDGE, after: 0n, limit: 3, attested: false });
    expect(page.map((one) => one.statement.count)).toEqual([1n, 1n]);
    const attested = await store.views.loadStatements({ edge: EDGE, after: 1n, limit: 3, attested: true });
    expect(attested.map(({ statement: { count, asOf }, signatures }) => [count, asOf, signatures.length])).toEqual([
      [2n, 200n, 3],
      [3n, 200n, 3],
    ]);
  });

  it('sorts counts as numbers past every power of ten', async () => {
    const counts = [9, 10, 99, 100, 1_000];
    for (const n of counts) await store.intake.saveEntries(EDGE, [entry(n)]);
    const read = await store.intake.loadEntries({ edge: EDGE, from: 9n, to: 5_000n, limit: 3 });
    expect(read.map((one) => one.index)).toEqual([10n, 99n, 100n]);
    expect((await store.intake.loadEdge(EDGE)).position).toEqual({ count: 1_000n, head: word(1_000) });
  });

  it('gives entries back as they were stored, and drops candidates that they cover', async () => {
    await store.intake.saveCandidates({
      edge: EDGE,
      poster: member(1),
      candidates: [1, 2, 3].map((n) => candidate(n)),
    });
    await store.intake.saveEntries(EDGE, [entry(1), entry(2)]);
    await store.intake.saveEntries(EDGE, [entry(1), entry(2)]);
    expect(await store.intake.loadEntriesAt(EDGE, [2n])).toEqual([entry(2)]);
    expect((await store.intake.loadEdge(EDGE)).candidates).toEqual([candidate(3)]);
    expect(await store.views.countRows()).toEqual({ entries: 2, candidates: 1, contradictions: 0 });
  });

  it('replaces a poster’s candidates from an index on', async () => {
    await store.intake.saveCandidates({
      edge: EDGE,
      poster: member(1),
      candidates: [1, 2, 3].map((n) => candidate(n, 1, 'seen')),
    });
    await store.intake.saveCandidates({ edge: EDGE, poster: member(1), dropFrom: 2n, candidates: [candidate(2)] });
    expect((await store.intake.loadEdge(EDGE)).candidates).toEqual([candidate(1, 1, 'seen'), candidate(2)]);
    await store.intake.dropCandidates(EDGE);
    expect((await store.intake.loadEdge(EDGE)).candidates).toEqual([]);
  });

  it('finds entries by account and by transaction', async () => {
    await store.intake.saveEntries(EDGE, [entry(1, word(7)), entry(2, word(8)), entry(3, word(7))]);
    const found = await store.views.loadEntriesOfAccount({ account: word(7), edge: EDGE, after: 1n, limit: 10 });
    expect(found.entries.map((one) => one.index)).toEqual([3n]);
    expect((await store.views.loadEntriesOfTx(word(902), 10)).entries).toEqual([entry(2, word(8))]);
  });

  it('keeps the first time at which a stage was reached', async () => {
    const milestone = { edge: EDGE, stage: 'final' as const, count: 5n, atMs: 1_700_000_000_123 };
    await store.intake.saveMilestones([milestone, { ...milestone, count: 9n, atMs: 1_700_000_000_999 }]);
    await store.intake.saveMilestones([{ ...milestone, atMs: 1_900_000_000_000 }]);
    expect((await store.views.loadMilestones(EDGE, 5n)).final).toEqual(milestone);
    expect((await store.views.loadMilestones(EDGE, 6n)).final?.atMs).toBe(1_700_000_000_999);
    expect(await store.views.loadMilestones(EDGE, 10n)).toEqual({});
  });

  it('stores a step of the fold as a whole, with the largest amounts', async () => {
    const big = 2n ** 112n - 1n;
    const parked = {
      source: 1,
      index: 2n ** 64n + 5n,
      account: word(7),
      vaultAsset: 3,
      amount: big,
      fee: 1n,
      reason: 'CAP' as const,
      isSummed: false,
    };
    const asset = { assetId: 4, source: 1, vaultAsset: 3, underlying: 1, ownPrice: 0, decimals: 6 };
    const replica = {
      chainId: 99,
      edge: EDGE,
      source: 1,
      originChainId: 2 ** 40,
      vault: member(9),
      count: 2n ** 63n,
      head: word(5),
    };
    const whole = step([line(word(7), 4, big)], { parked: [parked], replicas: [replica], assets: [asset] });
    for (let times = 0; times < 2; times++) await store.collateral.saveStep(whole);
    expect(await store.collateral.loadLinesOf(word(7))).toEqual([line(word(7), 4, big)]);
    expect(await store.collateral.loadParkedOf(word(7), 10)).toEqual([parked]);
    expect(await store.collateral.loadParked(1, parked.index)).toEqual(parked);
    expect(await store.collateral.loadParked(2, parked.index)).toBeUndefined();
    expect(await store.collateral.loadReplicas(99)).toEqual([replica]);
    expect(await store.collateral.loadAssets()).toEqual([asset]);
    expect(await store.collateral.loadCursor(99)).toEqual(whole.cursor);
    await store.collateral.saveStep(step([], { unparked: [{ source: 1, index: parked.index }] }));
    expect(await store.collateral.countAccounts()).toEqual({ accounts: 1, lines: 1, parked: 0 });
  });

  it('loads what is known of the stages of many entries at once', async () => {
    await store.intake.saveStatements({
      statements: [statement(3, 1), statement(3, 2), statement(9, 1)],
      contradictions: [],
    });
    const milestones = [2n, 5n].map((count) => ({ edge: EDGE, stage: 'final' as const, count, atMs: Number(count) }));
    await store.intake.saveMilestones([...milestones, { edge: EDGE, stage: 'applied', count: 2n, atMs: 9 }]);
    const progress = await store.views.loadProgress(EDGE, 0n);
    expect([1n, 3n, 6n].map((index) => progress.milestonesOf(index).final?.count)).toEqual([2n, 5n, undefined]);
    expect([2n, 4n, 10n].map((index) => progress.signersOf(index).signers)).toEqual([2, 1, 0]);
    expect(await store.views.loadLagsMs(EDGE, 4)).toEqual([7]);
    const { entries } = await store.views.loadNewestOfAccount({ account: word(7), edge: EDGE, limit: 1 });
    expect(entries).toEqual([]);
    await store.intake.saveEntries(EDGE, [entry(1), entry(2)]);
    const newest = await store.views.loadNewestOfAccount({ account: word(7), edge: EDGE, limit: 1 });
    expect(newest.entries.map((one) => one.index)).toEqual([2n]);
  });

  it('walks all lines in order, page by page, and finds those asked for', async () => {
    const lines = [9, 10, 11].flatMap((n) => [2, 10].map((assetId) => line(word(n), assetId, BigInt(n * assetId))));
    await store.collateral.saveStep(step([...lines].reverse()));
    const walked: LineFact[] = [];
    for (let last: LineFact | undefined; ; last = walked.at(-1)) {
      const page = await store.collateral.loadLinesAfter(last, 4);
      walked.push(...page);
      if (page.length < 4) break;
    }
    expect(walked).toEqual(lines);
    const keys = [
      { account: word(9), assetId: 10 },
      { account: word(11), assetId: 3 },
    ];
    expect(await store.collateral.loadLines(keys)).toEqual([line(word(9), 10, 90n)]);
  });

  it('keeps everything over a restart, and leaves nothing of a transaction that failed', async () => {
    await store.intake.saveEntries(EDGE, [entry(1)]);
    const broken = { ...entry(2), head: undefined as unknown as Bytes32 };
    await expect(store.intake.saveEntries(EDGE, [entry(3), broken])).rejects.toThrow(/NOT NULL|null value/);
    await store.close();
    store = await openStore(database.url);
    expect((await store.intake.loadEdge(EDGE)).position.count).toBe(1n);
  });

  it('has the schema that its classes describe, and can take it back', async () => {
    const source: DataSource = await openDatabase(database.url);
    try {
      const { upQueries } = await source.driver.createSchemaBuilder().log();
      expect(upQueries.map((one) => one.query)).toEqual([]);
      const runner = source.createQueryRunner();
      const gone = ['health.rung', 'replicas.generation', 'scalings.rhoWad', 'payments.seq', 'entries.packed'];
      for (const [table = '', column = ''] of gone.map((one) => one.split('.'))) {
        await source.undoLastMigration();
        expect((await runner.hasTable(table)) && (await runner.hasColumn(table, column))).toBe(false);
      }
      await runner.release();
    } finally {
      await source.destroy();
    }
  });
});

describe('openStore', () => {
  it('refuses a URL of no known database', async () => {
    await expect(openStore('mysql://somewhere')).rejects.toMatchObject({ code: 'BAD_DATABASE_URL', retryable: false });
  });

  it('says that a database cannot be opened, without its URL', async () => {
    const failure = await openStore('postgres://user:canary@127.0.0.1:1/none').catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryable: true });
    expect(String(failure)).not.toContain('canary');
  });

  it('runs SQLite in WAL mode with full sync', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'surety-store-'));
    const source = await openDatabase(`sqlite:${join(folder, 'deep', 'store.sqlite')}`);
    try {
      expect(await source.query('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
      expect(await source.query('PRAGMA synchronous')).toEqual([{ synchronous: 2 }]);
    } finally {
      await source.destroy();
      rmSync(folder, { recursive: true });
    }
  });
});
