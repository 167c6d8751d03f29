import { type BlockHeight, type Bytes32, chainId as chainIdOf } from '@surety/domain';
import type { HealthFact, HealthPoint, HealthPointStore, HealthStore, LineFact, OptInFact } from '@surety/workflows';
import { type DataSource, In, LessThan } from 'typeorm';
import type { DatabaseCollateralStore } from './collateral-store.js';
import { u256Text } from './columns.js';
import { type DatabaseWriter, replaceRows } from './database-writer.js';
import { OptInRow } from './fold-rows.js';
import { HealthPointRow, HealthRow } from './health-rows.js';
import { afterPage } from './next-turn.js';

/** Stores the health of accounts: where each stands on the ladder, and where it stood before. */
export class DatabaseHealthStore implements HealthStore, HealthPointStore {
  readonly #database: DataSource;
  readonly #writer: DatabaseWriter;
  readonly #collateral: DatabaseCollateralStore;

  constructor(database: DataSource, writer: DatabaseWriter, collateral: DatabaseCollateralStore) {
    this.#database = database;
    this.#writer = writer;
    this.#collateral = collateral;
  }

  async loadHealth(accounts: readonly Bytes32[]): Promise<readonly HealthFact[]> {
    const rows = await this.#database.manager.find(HealthRow, { where: { account: In([...accounts]) } });
    return rows.map(healthFact);
  }

  async loadUntold(): Promise<readonly HealthFact[]> {
    const query = this.#database.manager.createQueryBuilder(HealthRow, 'health').where('health.told <> health.rung');
    return (await query.andWhere('health.told >= 0').orderBy('health.account', 'ASC').getMany()).map(healthFact);
  }

  async saveHealth(facts: readonly HealthFact[]): Promise<void> {
    const isOver = ({ requirement, rung, told }: HealthFact): boolean => requirement === 0n && rung === told;
    const kept = facts.filter((fact) => !isOver(fact));
    await this.#writer.write(async (manager) => {
      await replaceRows(manager, HealthRow, kept.map(healthRow));
      for (const { account } of facts.filter(isOver)) await manager.delete(HealthRow, { account });
    });
  }

  loadOwingAfter(after: Bytes32 | undefined, limit: number): Promise<readonly HealthFact[]> {
    return this.loadBelow(0, after, limit);
  }

  async loadBelow(rung: number, after: Bytes32 | undefined, limit: number): Promise<readonly HealthFact[]> {
    const query = this.#database.manager
      .createQueryBuilder(HealthRow, 'health')
      .where('health.requirement <> :none', { none: u256Text(0n) })
      .andWhere('health.rung >= :rung', { rung });
    if (after !== undefined) query.andWhere('health.account > :after', { after });
    const rows = await query.orderBy('health.account', 'ASC').limit(limit).getMany();
    return afterPage(rows.map(healthFact), limit);
  }

  async loadOptedAfter(after: Bytes32 | undefined, limit: number): Promise<readonly Bytes32[]> {
    const query = this.#database.manager
      .createQueryBuilder(OptInRow, 'opted')
      .select('DISTINCT opted.account', 'account');
    if (after !== undefined) query.where('opted.account > :after', { after });
    return accountsOf(await query.orderBy('opted.account', 'ASC').limit(limit).getRawMany());
  }

  async loadOptInsOf(accounts: readonly Bytes32[]): Promise<readonly OptInFact[]> {
    if (accounts.length === 0) return [];
    return this.#database.manager.find(OptInRow, { where: { account: In([...accounts]) } });
  }

  loadLinesOfAll(accounts: readonly Bytes32[]): Promise<readonly LineFact[]> {
    return this.#collateral.loadLinesOfAll(accounts);
  }

  async loadLastPoints(accounts: readonly Bytes32[]): Promise<readonly HealthPoint[]> {
    if (accounts.length === 0) return [];
    const newest = 'SELECT MAX(later.timestamp) FROM health_points later WHERE later.account = point.account';
    return this.#database.manager
      .createQueryBuilder(HealthPointRow, 'point')
      .where('point.account IN (:...accounts)', { accounts: [...accounts] })
      .andWhere(`point.timestamp = (${newest})`)
      .getMany();
  }

  async loadPoints(account: Bytes32, before: bigint | undefined, limit: number): Promise<readonly HealthPoint[]> {
    return this.#database.manager.find(HealthPointRow, {
      where: { account, ...(before === undefined ? {} : { timestamp: LessThan(before) }) },
      order: { timestamp: 'DESC' },
      take: limit,
    });
  }

  async savePoints(points: readonly HealthPoint[], keptFrom: bigint): Promise<void> {
    await this.#writer.write(async (manager) => {
      await replaceRows(manager, HealthPointRow, points);
      const account = In(points.map((point) => point.account));
      await manager.delete(HealthPointRow, { account, timestamp: LessThan(keptFrom) });
    });
  }
}

function accountsOf(rows: readonly { readonly account: string }[]): Bytes32[] {
  return rows.map(({ account }) => account as Bytes32);
}

function healthFact({ chainId, height, hash, timestamp, ...row }: HealthRow): HealthFact {
  return { ...row, block: { chainId: chainIdOf(chainId), height: height as BlockHeight, hash, timestamp } };
}

function healthRow({ block, ...fact }: HealthFact): HealthRow {
  const { chainId, height, hash, timestamp } = block;
  return { ...fact, chainId, height, hash, timestamp };
}
