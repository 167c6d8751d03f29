import type { Bytes32 } from '@surety/domain';
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
import { Between, type DataSource, type FindManyOptions, In, MoreThan } from 'typeorm';
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
    return this.#database.manager.find(VaultSumsRow, { where: { edge }, order: { vaultAsset: 'ASC' } });
  }

  async loadPayments(edge: Bytes32, seqs: readonly bigint[]): Promise<readonly PaymentRow[]> {
    if (seqs.length === 0) return [];
    return this.#find({ where: { edge, seq: In([...seqs]) } });
  }

  async loadOpenPayments(edge: Bytes32, afterSeq: bigint, limit: number): Promise<readonly PaymentRow[]> {
    return this.#find({
      where: { edge, state: In(['QUEUED', 'CLAIMABLE']), seq: MoreThan(afterSeq) },
      order: { seq: 'ASC' },
      take: limit,
    });
  }

  /** Returns an account's payments at an edge that are not paid: the claimable ones, the queued ones, then the stopped ones, each newest first. */
  async loadUnpaidOfAccount(request: {
    account: Bytes32;
    edge: Bytes32;
    limit: number;
  }): Promise<readonly PaymentRow[]> {
    const { account, edge, limit } = request;
    return this.#find({
      where: { edge, account, isLoss: false, state: In(['CLAIMABLE', 'QUEUED', 'STOPPED']) },
      order: { state: 'ASC', seq: 'DESC' },
      take: limit,
    });
  }

  async loadStoppedPayments(edge: Bytes32, afterSeq: bigint, limit: number): Promise<readonly PaymentRow[]> {
    return this.#find({
      where: { edge, isLoss: false, state: 'STOPPED', seq: MoreThan(afterSeq) },
      order: { seq: 'ASC' },
      take: limit,
    });
  }

  /** Returns the newest paid releases of one asset of a vault, newest first. */
  async loadNewestPaid(edge: Bytes32, vaultAsset: number, limit: number): Promise<readonly PaymentRow[]> {
    return this.#find({
      where: { edge, vaultAsset, state: 'PAID', isLoss: false },
      order: { seq: 'DESC' },
      take: limit,
    });
  }

  async loadReadyPayments(
    edge: Bytes32,
    { after, upTo }: { readonly after: bigint; readonly upTo: bigint },
    limit: number,
  ): Promise<readonly PaymentRow[]> {
    return this.#find({
      where: { edge, state: 'QUEUED', readyAt: Between(after + 1n, upTo) },
      order: { seq: 'ASC' },
      take: limit,
    });
  }

  async loadPaymentsAfter(edge: Bytes32, afterSeq: bigint, limit: number): Promise<readonly PaymentRow[]> {
    return afterPage(
      await this.#find({
        where: { edge, seq: MoreThan(afterSeq) },
        order: { seq: 'ASC' },
        take: limit,
      }),
      limit,
    );
  }

  async saveVaultStep({ cursor, replica, payments, sums }: VaultStep): Promise<void> {
    await this.#writer.write(async (manager) => {
      await replaceRows(manager, ReplicaRow, [replicaRow(replica)]);
      await replaceRows(manager, PaymentRowEntity, payments.map(rowOf));
      crashPoint('aggregator.vault.half-written');
      await replaceRows(manager, VaultSumsRow, sums);
      await this.#guard.move(manager, cursor, replica.edge);
    });
    this.#guard.noteSaved(cursor, replica.edge);
  }

  async #find(options: FindManyOptions<PaymentRowEntity>): Promise<PaymentRow[]> {
    return (await this.#database.manager.find(PaymentRowEntity, options)).map(paymentOf);
  }
}

function rowOf({ block, ...payment }: PaymentRow): PaymentRowEntity {
  const { chainId, height: blockHeight, hash: blockHash } = block;
  return { ...payment, chainId, blockHeight, blockHash };
}

function paymentOf({ chainId, blockHeight: height, blockHash: hash, ...payment }: PaymentRowEntity): PaymentRow {
  const state = PAYMENT_STATES.find((one) => one === payment.state) ?? ('VOID' satisfies PaymentState);
  return { ...payment, state, block: { chainId, height, hash } };
}
