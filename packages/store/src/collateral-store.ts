import type { Address, Bytes32 } from '@surety/domain';
import {
  type AssetFact,
  type AssetSumsFact,
  type CollateralStore,
  type CoverageFact,
  type FoldCursor,
  type FoldStep,
  type JournalFact,
  type LineFact,
  type OrphanRow,
  type ParkedCreditFact,
  type RefundFact,
  type ReplicaFact,
  crashPoint,
} from '@surety/workflows';
import { type DataSource, In, MoreThan } from 'typeorm';
import { foldCursor } from './cursor-codec.js';
import { CursorGuard } from './cursor-guard.js';
import { type DatabaseWriter, insertNew, replaceRows } from './database-writer.js';
import { afterPage } from './next-turn.js';
import {
  AssetRow,
  AssetSumsRow,
  CoverageRow,
  CursorRow,
  JournalRow,
  LineRow,
  OptInRow,
  OrphanRowEntity,
  ParkedRow,
  RefundRow,
  ReplicaRow,
} from './fold-rows.js';
import { AccountChangeRow } from './history-rows.js';
import { replicaFact, replicaRow } from './replica-codec.js';

/** Accounts per query; SQLite allows 32,766 parameters. */
const ACCOUNTS_PER_QUERY = 1_000;
/** Orphan hashes per query. */
const HASHES_PER_QUERY = 1_000;

/** Stores the ledger projection: rows and their cursor, written together. */
export class DatabaseCollateralStore implements CollateralStore {
  readonly #database: Pick<DataSource, 'manager'>;
  readonly #writer: DatabaseWriter;
  readonly #guard: CursorGuard;

  constructor(database: Pick<DataSource, 'manager'>, writer: DatabaseWriter, guard = new CursorGuard()) {
    this.#database = database;
    this.#writer = writer;
    this.#guard = guard;
  }

  async loadCursor(chainId: number, edge = ''): Promise<FoldCursor | undefined> {
    const row = await this.#database.manager.findOne(CursorRow, { where: { chainId, edge } });
    const cursor = row === null ? undefined : foldCursor(row);
    this.#guard.noteRead({ chainId, edge }, cursor);
    return cursor;
  }

  async loadReplicas(chainId: number): Promise<readonly ReplicaFact[]> {
    const rows = await this.#database.manager.find(ReplicaRow, { where: { chainId }, order: { edge: 'ASC' } });
    return rows.map(replicaFact);
  }

  async loadJournals(): Promise<readonly JournalFact[]> {
    return this.#database.manager.find(JournalRow, { order: { edge: 'ASC' } });
  }

  async loadSums(): Promise<readonly AssetSumsFact[]> {
    return this.#database.manager.find(AssetSumsRow, { order: { assetId: 'ASC' } });
  }

  async loadProtocolsOf(account: Bytes32): Promise<readonly Address[]> {
    const rows = await this.#database.manager.find(OptInRow, { where: { account }, order: { protocol: 'ASC' } });
    return rows.map(({ protocol }) => protocol);
  }

  async loadAssets(): Promise<readonly AssetFact[]> {
    return this.#database.manager.find(AssetRow, { order: { assetId: 'ASC' } });
  }

  loadCoverages(): Promise<readonly CoverageFact[]> {
    return this.#database.manager.find(CoverageRow, { order: { source: 'ASC', vaultAsset: 'ASC' } });
  }

  async loadOrphans(source: number, entryHashes: readonly Bytes32[]): Promise<readonly OrphanRow[]> {
    const found: OrphanRow[] = [];
    for (let at = 0; at < entryHashes.length; at += HASHES_PER_QUERY) {
      const where = { source, entryHash: In(entryHashes.slice(at, at + HASHES_PER_QUERY)) };
      found.push(...(await this.#database.manager.find(OrphanRowEntity, { where })));
    }
    return found;
  }

  async loadOrphansAfter(source: number, entryHash: Bytes32 | undefined, limit: number): Promise<readonly OrphanRow[]> {
    return this.#database.manager.find(OrphanRowEntity, {
      where: { source, count: MoreThan(0), ...(entryHash === undefined ? {} : { entryHash: MoreThan(entryHash) }) },
      order: { entryHash: 'ASC' },
      take: limit,
    });
  }

  loadRefunds(source: number, seqs: readonly bigint[]): Promise<readonly RefundFact[]> {
    return this.#database.manager.find(RefundRow, { where: { source, seq: In([...seqs]) } });
  }

  async loadLines(
    keys: readonly { readonly account: Bytes32; readonly assetId: number }[],
  ): Promise<readonly LineFact[]> {
    const wanted = new Set(keys.map((key) => `${key.account}:${key.assetId}`));
    const rows = await this.#rowsOf([...new Set(keys.map((key) => key.account))]);
    return rows.filter((row) => wanted.has(`${row.account}:${row.assetId}`));
  }

  /** Returns all lines of some accounts, in any order. */
  async loadLinesOfAll(accounts: readonly Bytes32[]): Promise<readonly LineFact[]> {
    return this.#rowsOf(accounts);
  }

  async loadLinesOf(account: Bytes32): Promise<readonly LineFact[]> {
    return this.#database.manager.find(LineRow, { where: { account }, order: { assetId: 'ASC' } });
  }

  async loadParkedOf(owner: Bytes32, limit: number): Promise<readonly ParkedCreditFact[]> {
    return this.#database.manager.find(ParkedRow, {
      where: { account: owner },
      order: { source: 'ASC', index: 'ASC' },
      take: limit,
    });
  }

  async loadParkedAfter(source: number, after: bigint, limit: number): Promise<readonly ParkedCreditFact[]> {
    return this.#database.manager.find(ParkedRow, {
      where: { source, index: MoreThan(after) },
      order: { index: 'ASC' },
      take: limit,
    });
  }

  async loadParked(source: number, index: bigint): Promise<ParkedCreditFact | undefined> {
    const row = await this.#database.manager.findOne(ParkedRow, { where: { source, index } });
    return row ?? undefined;
  }

  async loadLinesAfter(
    key: { readonly account: Bytes32; readonly assetId: number } | undefined,
    limit: number,
  ): Promise<readonly LineFact[]> {
    const query = this.#database.manager.createQueryBuilder(LineRow, 'line');
    if (key !== undefined) {
      query.where('(line.account, line.assetId) > (:account, :assetId)', key);
    }
    const rows = await query.orderBy('line.account', 'ASC').addOrderBy('line.assetId', 'ASC').take(limit).getMany();
    return afterPage(rows, limit);
  }

  async saveStep(step: FoldStep): Promise<void> {
    const { cursor, lines, parked, unparked, replicas, assets, journals, sums, optIns, optOuts, refunds } = step;
    await this.#writer.write(async (manager) => {
      await replaceRows(manager, LineRow, lines);
      await replaceRows(manager, ParkedRow, parked);
      crashPoint('aggregator.fold.half-written');
      for (const { source, index } of unparked) await manager.delete(ParkedRow, { source, index });
      await replaceRows(manager, ReplicaRow, replicas.map(replicaRow));
      await replaceRows(manager, AssetRow, assets);
      await replaceRows(manager, JournalRow, journals);
      await replaceRows(manager, AssetSumsRow, sums);
      await insertNew(manager, OptInRow, optIns);
      for (const { account, protocol } of optOuts) await manager.delete(OptInRow, { account, protocol });
      await replaceRows(manager, RefundRow, refunds);
      for (const { source, seq } of step.undone) await manager.delete(RefundRow, { source, seq });
      await replaceRows(manager, CoverageRow, step.coverages);
      await replaceRows(manager, OrphanRowEntity, step.orphans.filter(isOpen));
      for (const { source, entryHash } of step.orphans.filter((one) => !isOpen(one)))
        await manager.delete(OrphanRowEntity, { source, entryHash });
      await insertNew(manager, AccountChangeRow, step.history);
      await this.#guard.move(manager, cursor);
    });
    this.#guard.noteSaved(cursor);
  }

  async countAccounts(): Promise<{ accounts: number; lines: number; parked: number }> {
    const { manager } = this.#database;
    const counted = await manager
      .createQueryBuilder(LineRow, 'line')
      .select('COUNT(DISTINCT line.account)', 'accounts')
      .addSelect('COUNT(*)', 'lines')
      .getRawOne<{ accounts: string | number; lines: string | number }>();
    const parked = await manager.count(ParkedRow);
    return { accounts: Number(counted?.accounts ?? 0), lines: Number(counted?.lines ?? 0), parked };
  }

  async #rowsOf(accounts: readonly Bytes32[]): Promise<LineRow[]> {
    const found: LineRow[] = [];
    for (let at = 0; at < accounts.length; at += ACCOUNTS_PER_QUERY) {
      const part = accounts.slice(at, at + ACCOUNTS_PER_QUERY);
      for (const row of await this.#database.manager.find(LineRow, { where: { account: In(part) } })) found.push(row);
    }
    return found;
  }
}

/** True if units have neither reappeared nor been taken back, or were missing. */
function isOpen({ count, spent }: OrphanRow): boolean {
  return count > 0 || spent > 0n;
}
