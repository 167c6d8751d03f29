import {
  type BlockHeight,
  type Bytes32,
  type Hex,
  type TxHash,
  ZERO_WORD,
  chainId,
  packEntry,
  tokenUnits,
} from '@surety/domain';
import type { CandidateFact, EntryFact, LineFact } from '@surety/workflows';
import { describe, expect, it } from 'vitest';
import { openStore } from './open-store.js';
import { onEachDatabase } from './testing/on-each-database.js';
import { EDGE, HASH, word, member, statement, line, step } from './testing/store-facts.js';

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

onEachDatabase('the store', (opened) => {
  it('sorts counts numerically across every power of ten', async () => {
    const counts = [9, 10, 99, 100, 1_000];
    for (const n of counts) await opened.store.intake.saveEntries(EDGE, [entry(n)]);
    const read = await opened.store.intake.loadEntries({ edge: EDGE, from: 9n, to: 5_000n, limit: 3 });
    expect(read.map((one) => one.index)).toEqual([10n, 99n, 100n]);
    expect((await opened.store.intake.loadEdge(EDGE)).position).toEqual({ count: 1_000n, head: word(1_000) });
  });

  it('returns entries as they were stored, and drops candidates that they cover', async () => {
    await opened.store.intake.saveCandidates({
      edge: EDGE,
      poster: member(1),
      candidates: [1, 2, 3].map((n) => candidate(n)),
    });
    await opened.store.intake.saveEntries(EDGE, [entry(1), entry(2)]);
    await opened.store.intake.saveEntries(EDGE, [entry(1), entry(2)]);
    expect(await opened.store.intake.loadEntriesAt(EDGE, [2n])).toEqual([entry(2)]);
    expect((await opened.store.intake.loadEdge(EDGE)).candidates).toEqual([candidate(3)]);
    expect(await opened.store.views.countRows()).toEqual({ entries: 2, candidates: 1, contradictions: 0 });
  });

  it('replaces a poster’s candidates from an index on', async () => {
    await opened.store.intake.saveCandidates({
      edge: EDGE,
      poster: member(1),
      candidates: [1, 2, 3].map((n) => candidate(n, 1, 'seen')),
    });
    await opened.store.intake.saveCandidates({
      edge: EDGE,
      poster: member(1),
      dropFrom: 2n,
      candidates: [candidate(2)],
    });
    expect((await opened.store.intake.loadEdge(EDGE)).candidates).toEqual([candidate(1, 1, 'seen'), candidate(2)]);
    await opened.store.intake.dropCandidates(EDGE);
    expect((await opened.store.intake.loadEdge(EDGE)).candidates).toEqual([]);
  });

  it('finds entries by account and by transaction', async () => {
    await opened.store.intake.saveEntries(EDGE, [entry(1, word(7)), entry(2, word(8)), entry(3, word(7))]);
    const found = await opened.store.views.loadEntriesOfAccount({ account: word(7), edge: EDGE, after: 1n, limit: 10 });
    expect(found.entries.map((one) => one.index)).toEqual([3n]);
    expect((await opened.store.views.loadEntriesOfTx(word(902), 10)).entries).toEqual([entry(2, word(8))]);
  });

  it('keeps the first time at which a stage was reached', async () => {
    const milestone = { edge: EDGE, stage: 'final' as const, count: 5n, atMs: 1_700_000_000_123 };
    await opened.store.intake.saveMilestones([milestone, { ...milestone, count: 9n, atMs: 1_700_000_000_999 }]);
    await opened.store.intake.saveMilestones([{ ...milestone, atMs: 1_900_000_000_000 }]);
    expect((await opened.store.views.loadMilestones(EDGE, 5n)).final).toEqual(milestone);
    expect((await opened.store.views.loadMilestones(EDGE, 6n)).final?.atMs).toBe(1_700_000_000_999);
    expect(await opened.store.views.loadMilestones(EDGE, 10n)).toEqual({});
  });

  it('keeps a milestone of a chain whose id needs more than 31 bits', async () => {
    const block = { chainId: chainId(11_297_108_109), height: 1n, hash: HASH };
    const milestone = { edge: EDGE, stage: 'applied' as const, count: 5n, atMs: 1, block };
    await opened.store.intake.saveMilestones([milestone]);
    expect((await opened.store.views.loadMilestones(EDGE, 5n)).applied).toEqual(milestone);
  });

  it('stores a fold step atomically, with the largest amounts', async () => {
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
    for (let times = 0; times < 2; times++) await opened.store.collateral.saveStep(whole);
    expect(await opened.store.collateral.loadLinesOf(word(7))).toEqual([line(word(7), 4, big)]);
    expect(await opened.store.collateral.loadParkedOf(word(7), 10)).toEqual([parked]);
    expect(await opened.store.collateral.loadParked(1, parked.index)).toEqual(parked);
    expect(await opened.store.collateral.loadParked(2, parked.index)).toBeUndefined();
    expect(await opened.store.collateral.loadReplicas(99)).toEqual([replica]);
    expect(await opened.store.collateral.loadAssets()).toEqual([asset]);
    expect(await opened.store.collateral.loadCursor(99)).toEqual(whole.cursor);
    await opened.store.collateral.saveStep(step([], { unparked: [{ source: 1, index: parked.index }] }));
    expect(await opened.store.collateral.countAccounts()).toEqual({ accounts: 1, lines: 1, parked: 0 });
  });

  it('loads the stages of many entries at once', async () => {
    await opened.store.intake.saveStatements({
      statements: [statement(3, 1), statement(3, 2), statement(9, 1)],
      contradictions: [],
    });
    const milestones = [2n, 5n].map((count) => ({ edge: EDGE, stage: 'final' as const, count, atMs: Number(count) }));
    await opened.store.intake.saveMilestones([...milestones, { edge: EDGE, stage: 'applied', count: 2n, atMs: 9 }]);
    const asked = { edge: EDGE, name: EDGE, applied: 0n, endedThrough: 0 };
    const progress = await opened.store.views.loadProgress(asked, 0n);
    expect([1n, 3n, 6n].map((index) => progress.milestonesOf(index).final?.count)).toEqual([2n, 5n, undefined]);
    expect([2n, 4n, 10n].map((index) => progress.signersOf(index).signers)).toEqual([2, 1, 0]);
    expect(await opened.store.views.loadLagsMs(EDGE, 4)).toEqual([7]);
    const { entries } = await opened.store.views.loadNewestOfAccount({ account: word(7), edge: EDGE, limit: 1 });
    expect(entries).toEqual([]);
    await opened.store.intake.saveEntries(EDGE, [entry(1), entry(2)]);
    const newest = await opened.store.views.loadNewestOfAccount({ account: word(7), edge: EDGE, limit: 1 });
    expect(newest.entries.map((one) => one.index)).toEqual([2n]);
  });

  it('lists all lines in order, page by page, and finds the requested ones', async () => {
    const lines = [9, 10, 11].flatMap((n) => [2, 10].map((assetId) => line(word(n), assetId, BigInt(n * assetId))));
    await opened.store.collateral.saveStep(step([...lines].reverse()));
    const walked: LineFact[] = [];
    for (let last: LineFact | undefined; ; last = walked.at(-1)) {
      const page = await opened.store.collateral.loadLinesAfter(last, 4);
      walked.push(...page);
      if (page.length < 4) break;
    }
    expect(walked).toEqual(lines);
    const keys = [
      { account: word(9), assetId: 10 },
      { account: word(11), assetId: 3 },
    ];
    expect(await opened.store.collateral.loadLines(keys)).toEqual([line(word(9), 10, 90n)]);
  });

  it('keeps everything across a restart, and nothing of a failed transaction', async () => {
    await opened.store.intake.saveEntries(EDGE, [entry(1)]);
    const broken = { ...entry(2), head: undefined as unknown as Bytes32 };
    await expect(opened.store.intake.saveEntries(EDGE, [entry(3), broken])).rejects.toThrow(/NOT NULL|null value/);
    await opened.store.close();
    opened.store = await openStore(opened.database.url);
    expect((await opened.store.intake.loadEdge(EDGE)).position.count).toBe(1n);
  });
});

describe('openStore', () => {
  it('refuses a URL of no known database', async () => {
    await expect(openStore('mysql://somewhere')).rejects.toMatchObject({ code: 'BAD_DATABASE_URL', retryable: false });
  });

  it('reports a database that cannot be opened, without its URL', async () => {
    const failure = await openStore('postgres://user:canary@127.0.0.1:1/none').catch((cause: unknown) => cause);
    expect(failure).toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryable: true });
    expect(String(failure)).not.toContain('canary');
  });
});
