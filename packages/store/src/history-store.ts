import type { Bytes32 } from '@surety/domain';
import type { AccountChange, HistoryStore } from '@surety/workflows';
import { type DataSource, LessThan } from 'typeorm';
import { HistoryGapRow, AccountChangeRow } from './history-rows.js';

/** Reads changes of accounts; the ledger's fold writes them. */
export class DatabaseHistoryStore implements HistoryStore {
  readonly #database: DataSource;

  constructor(database: DataSource) {
    this.#database = database;
  }

  async loadHistory(account: Bytes32, before: bigint | undefined, limit: number): Promise<readonly AccountChange[]> {
    return this.#database.manager.find(AccountChangeRow, {
      where: { account, ...(before === undefined ? {} : { position: LessThan(before) }) },
      order: { position: 'DESC' },
      take: limit,
    });
  }

  async loadHistoryGap(chainId: number): Promise<bigint | undefined> {
    return (await this.#database.manager.findOne(HistoryGapRow, { where: { chainId } }))?.height;
  }
}
