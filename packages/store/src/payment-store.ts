import { type BlockHash, type Bytes32, type Hex, bytesToHex, hexToBytes } from '@surety/domain';
import {
  type FoldCursor,
  PAYMENT_STATES,
  type PaymentRow,
  type PaymentState,
  type PaymentStore,
  type ReplicaFact,
  type VaultStep,
  type VaultSumsFact,
  crashPoint,
} from '@surety/workflows';
import { Between, type DataSource, In, MoreThan } from 'typeorm';
import type { DatabaseCollateralStore } from './collateral-store.js';
import type { CursorGuard } from './cursor-guard.js';
import { type DatabaseWriter, replaceRows } from './database-writer.js';
import { PaymentRowEntity, ReplicaRow, VaultSumsRow } from './fold-rows.js';
import { afterPage } from './next-turn.js';
import { replicaRow } from './replica-codec.js';

/** Stores the vault projections: payments, sums and their cursor, written together. */
export class DatabasePaymentStore implements PaymentStore {
  readonly #database: Pick<DataSource, 'manager'>;
  readonly #writer: DatabaseWriter;
  readonly #collateral: DatabaseCollateralStore;
  readonly #guard: CursorGuard;

  constructor(
    database: Pick<DataSource, 'manager'>,
    writer: DatabaseWriter,
    shared: { readonly collateral: DatabaseCollateralStore; readonly guard: CursorGuard },
  ) {
    this.#database = database;
    this.#writer = writer;
    this.#collateral = shared.collateral;
    this.#guard = shared.guard;
  }

  loadCursor(chainId: number, edge: Bytes32): Promise<FoldCursor | undefined> {
    return this.#collateral.loadCursor(chainId, edge);
  }

  loadReplicas(chainId: number): Promise<readonly ReplicaFact[]> {
    return this.#collateral.loadReplicas(chainId);
  }

  async loadVaultSums(edge: Bytes32): Promise<readonly VaultSumsFact[]> {
    const rows = await this.#database.manager.find(VaultSumsRow, { where: { edge }, order: { vaultAsset: 'ASC' } });
    return rows.map(({ vaultAsset, owed, paid, coverageWad, shortSince, reportedAt }) => {
      return { edge, vaultAsset, owed, paid, coverageWad, shortSince, reportedAt };
    });
  }

  async loadPayments(edge: Bytes32, seqs: readonly bigint[]): Promise<readonly PaymentRow[]> {
    if (seqs.length === 0) return [];
    const rows = await this.#database.manager.find(PaymentRowEntity, { where: { edge, seq: In([...seqs]) } });
    return rows.map(paymentOf);
  }

  async loadOpenPayments(edge: Bytes32, afterSeq: bigint, limit: number): Promise<readonly PaymentRow[]> {
    const rows = await this.#database.manager.find(PaymentRowEntity, {
      where: { edge, state: In(['QUEUED', 'CLAIMABLE']), seq: MoreThan(afterSeq) },
      order: { seq: 'ASC' },
      take: limit,
    });
    return rows.map(paymentOf);
  }

  /** Returns an account's payments at an edge that are not paid: the claimable ones, the queued ones, then the stopped ones, each newest first. */
  async loadUnpaidOfAccount(request: {
    account: Bytes32;
    edge: Bytes32;
    limit: number;
  }): Promise<readonly PaymentRow[]> {
    const { account, edge, limit } = request;
    const rows = await this.#database.manager.find(PaymentRowEntity, {
      where: { edge, account, loss: 0, state: In(['CLAIMABLE', 'QUEUED', 'STOPPED']) },
      order: { state: 'ASC', seq: 'DESC' },
      take: limit,
    });
    return rows.map(paymentOf);
  }

  async loadStoppedPayments(edge: Bytes32, afterSeq: bigint, limit: number): Promise<readonly PaymentRow[]> {
    const rows = await this.#database.manager.find(PaymentRowEntity, {
      where: { edge, state: 'STOPPED', seq: MoreThan(afterSeq) },
      order: { seq: 'ASC' },
      take: limit,
    });
    return rows.map(paymentOf);
  }

  /** Returns the newest paid releases of one asset of a vault, newest first. */
  async loadNewestPaid(edge: Bytes32, vaultAsset: number, limit: number): Promise<readonly PaymentRow[]> {
    const rows = await this.#database.manager.find(PaymentRowEntity, {
      where: { edge, vaultAsset, state: 'PAID', loss: 0 },
      order: { seq: 'DESC' },
      take: limit,
    });
    return rows.map(paymentOf);
  }

  async loadReadyPayments(
    edge: Bytes32,
    { after, upTo }: { readonly after: bigint; readonly upTo: bigint },
    limit: number,
  ): Promise<readonly PaymentRow[]> {
    const rows = await this.#database.manager.find(PaymentRowEntity, {
      where: { edge, state: 'QUEUED', readyAt: Between(after + 1n, upTo) },
      order: { seq: 'ASC' },
      take: limit,
    });
    return rows.map(paymentOf);
  }

  async loadPaymentsAfter(edge: Bytes32, afterSeq: bigint, limit: number): Promise<readonly PaymentRow[]> {
    const rows = await this.#database.manager.find(PaymentRowEntity, {
      where: { edge, seq: MoreThan(afterSeq) },
      order: { seq: 'ASC' },
      take: limit,
    });
    return afterPage(rows.map(paymentOf), limit);
  }

  async saveVaultStep({ cursor, replica, payments, sums }: VaultStep): Promise<void> {
    await this.#writer.write(async (manager) => {
      await replaceRows(manager, ReplicaRow, [replicaRow(replica)]);
      await replaceRows(manager, PaymentRowEntity, payments.map(rowOf));
      crashPoint('aggregator.vault.half-written');
      await replaceRows(
        manager,
        VaultSumsRow,
        sums.map((one) => ({ ...one })),
      );
      await this.#guard.move(manager, cursor, replica.edge);
    });
    this.#guard.noteSaved(cursor, replica.edge);
  }
}

function rowOf({ entryHash, block, isLoss, ...payment }: PaymentRow): PaymentRowEntity {
  const { chainId, height: blockHeight, hash: blockHash } = block;
  return { ...payment, loss: isLoss ? 1 : 0, entryHash: bytesToHex(entryHash), chainId, blockHeight, blockHash };
}

function paymentOf(row: PaymentRowEntity): PaymentRow {
  const { seq, vaultAsset, loss, amount, borne, readyAt, reason, stopReason, chainId, blockHeight, blockHash } = row;
  return {
    edge: row.edge as Bytes32,
    seq,
    entryHash: hexToBytes(row.entryHash),
    account: row.account as Bytes32,
    vaultAsset,
    isLoss: loss === 1,
    amount,
    borne,
    readyAt,
    state: PAYMENT_STATES.find((state) => state === row.state) ?? ('VOID' satisfies PaymentState),
    reason,
    stopReason: stopReason as Bytes32 | null,
    block: { chainId, height: blockHeight, hash: blockHash as Hex as BlockHash },
  };
}
