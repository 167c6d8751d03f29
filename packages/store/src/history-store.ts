import type { AccountChangeKind, BlockHash, Bytes32, TxHash } from '@surety/domain';
import type { AccountChange, HistoryStore, ParkReason } from '@surety/workflows';
import { type DataSource, LessThan } from 'typeorm';
import { HistoryGapRow, AccountChangeRow } from './history-rows.js';

/** Reads changes of accounts; the ledger's fold writes them. */
export class DatabaseHistoryStore implements HistoryStore {
  readonly #database: DataSource;

  constructor(database: DataSource) {
    this.#database = database;
  }

  async loadHistory(account: Bytes32, before: bigint | undefined, limit: number): Promise<readonly AccountChange[]> {
    const rows = await this.#database.manager.find(AccountChangeRow, {
      where: { account, ...(before === undefined ? {} : { position: LessThan(before) }) },
      order: { position: 'DESC' },
      take: limit,
    });
    return rows.map(changeOf);
  }

  async loadHistoryGap(chainId: number): Promise<bigint | undefined> {
    return (await this.#database.manager.findOne(HistoryGapRow, { where: { chainId } }))?.height;
  }
}

function changeOf({ account, kind, party, reason, hash, txHash, ...row }: AccountChangeRow): AccountChange {
  return {
    ...row,
    account: account as Bytes32,
    kind: kind as AccountChangeKind,
    party: party as Bytes32 | null,
    reason: reason as ParkReason | null,
    hash: hash as BlockHash,
    txHash: txHash as TxHash | null,
  };
}
