import type { Address, Bytes32 } from '@surety/domain';
import type { FoldCursor } from '../following/fold-cursor.js';
import type { ReplicaFact } from '../following/replica-fact.js';
import type {
  AssetFact,
  AssetSumsFact,
  CollateralStore,
  CoverageFact,
  FoldStep,
  JournalFact,
  LineFact,
  OrphanRow,
  ParkedCreditFact,
  RefundFact,
} from '../ledger-projection/collateral-rows.js';
import type { PaymentStore, VaultStep } from '../vault-projection/payment-rows.js';
import type { PaymentRow, VaultSumsFact } from '../vault-projection/vault-fact.js';

/** The folded state in memory, of the ledger and of vaults. */
export class MemoryCollateralStore implements CollateralStore, PaymentStore {
  readonly lines = new Map<string, LineFact>();
  readonly parked = new Map<string, ParkedCreditFact>();
  readonly replicas = new Map<Bytes32, ReplicaFact>();
  readonly assets = new Map<number, AssetFact>();
  readonly cursors = new Map<number, FoldCursor>();
  readonly journals = new Map<Bytes32, JournalFact>();
  readonly sums = new Map<number, AssetSumsFact>();
  readonly optIns = new Map<Bytes32, Set<Address>>();
  readonly payments = new Map<string, PaymentRow>();
  readonly vaultSums = new Map<string, VaultSumsFact>();
  readonly refunds = new Map<string, RefundFact>();
  readonly coverages = new Map<string, CoverageFact>();
  readonly orphans = new Map<string, OrphanRow>();

  async loadCursor(chainId: number): Promise<FoldCursor | undefined> {
    return this.cursors.get(chainId);
  }

  async loadReplicas(chainId: number): Promise<readonly ReplicaFact[]> {
    return [...this.replicas.values()].filter((one) => one.chainId === chainId);
  }

  async loadJournals(): Promise<readonly JournalFact[]> {
    return [...this.journals.values()];
  }

  async loadSums(): Promise<readonly AssetSumsFact[]> {
    return [...this.sums.values()];
  }

  async loadProtocolsOf(account: Bytes32): Promise<readonly Address[]> {
    return [...(this.optIns.get(account) ?? [])].sort();
  }

  async loadAssets(): Promise<readonly AssetFact[]> {
    return [...this.assets.values()];
  }

  async loadLines(
    keys: readonly { readonly account: Bytes32; readonly assetId: number }[],
  ): Promise<readonly LineFact[]> {
    return keys.flatMap((key) => this.lines.get(keyOf(key)) ?? []);
  }

  async loadLinesOf(account: Bytes32): Promise<readonly LineFact[]> {
    return this.sorted().filter((line) => line.account === account);
  }

  async loadParked(source: number, index: bigint): Promise<ParkedCreditFact | undefined> {
    return this.parked.get(`${source}:${index}`);
  }

  async loadParkedAfter(source: number, after: bigint, limit: number): Promise<readonly ParkedCreditFact[]> {
    const own = [...this.parked.values()].filter((one) => one.source === source && one.index > after);
    own.sort((left, right) => (left.index < right.index ? -1 : 1));
    return own.slice(0, limit);
  }

  async loadParkedOf(account: Bytes32, limit: number): Promise<readonly ParkedCreditFact[]> {
    return [...this.parked.values()].filter((one) => one.account === account).slice(0, limit);
  }

  async loadLinesAfter(
    key: { readonly account: Bytes32; readonly assetId: number } | undefined,
    limit: number,
  ): Promise<readonly LineFact[]> {
    const after = key === undefined ? '' : keyOf(key);
    return this.sorted()
      .filter((line) => keyOf(line) > after)
      .slice(0, limit);
  }

  async saveStep(step: FoldStep): Promise<void> {
    for (const line of step.lines) this.lines.set(keyOf(line), line);
    for (const one of step.parked) this.parked.set(`${one.source}:${one.index}`, one);
    for (const one of step.unparked) this.parked.delete(`${one.source}:${one.index}`);
    for (const replica of step.replicas) this.replicas.set(replica.edge, replica);
    for (const asset of step.assets) this.assets.set(asset.assetId, asset);
    for (const journal of step.journals) this.journals.set(journal.edge, journal);
    for (const sum of step.sums) this.sums.set(sum.assetId, sum);
    for (const { account, protocol } of step.optIns)
      this.optIns.set(account, (this.optIns.get(account) ?? new Set()).add(protocol));
    for (const { account, protocol } of step.optOuts) this.optIns.get(account)?.delete(protocol);
    for (const refund of step.refunds) this.refunds.set(`${refund.source}:${refund.seq}`, refund);
    for (const { source, seq } of step.undone) this.refunds.delete(`${source}:${seq}`);
    for (const one of step.coverages) this.coverages.set(`${one.source}:${one.vaultAsset}`, one);
    for (const one of step.orphans) {
      if (one.count === 0 && one.spent === 0n) this.orphans.delete(`${one.source}:${one.entryHash}`);
      else this.orphans.set(`${one.source}:${one.entryHash}`, one);
    }
    this.cursors.set(step.cursor.chainId, step.cursor);
  }

  async loadOrphans(source: number, entryHashes: readonly Bytes32[]): Promise<readonly OrphanRow[]> {
    return entryHashes.flatMap((entryHash) => this.orphans.get(`${source}:${entryHash}`) ?? []);
  }

  async loadOrphansAfter(source: number, entryHash: Bytes32 | undefined, limit: number): Promise<readonly OrphanRow[]> {
    const after = entryHash ?? '';
    const left = [...this.orphans.values()].filter(
      (one) => one.source === source && one.count > 0 && one.entryHash > after,
    );
    return left.sort((one, other) => (one.entryHash < other.entryHash ? -1 : 1)).slice(0, limit);
  }

  async loadCoverages(): Promise<readonly CoverageFact[]> {
    return [...this.coverages.values()];
  }

  async loadRefunds(source: number, seqs: readonly bigint[]): Promise<readonly RefundFact[]> {
    return seqs.flatMap((seq) => this.refunds.get(`${source}:${seq}`) ?? []);
  }

  async countAccounts(): Promise<{ accounts: number; lines: number; parked: number }> {
    const accounts = new Set([...this.lines.values()].map((line) => line.account)).size;
    return { accounts, lines: this.lines.size, parked: this.parked.size };
  }

  async loadVaultSums(edge: Bytes32): Promise<readonly VaultSumsFact[]> {
    return [...this.vaultSums.values()].filter((sum) => sum.edge === edge);
  }

  async loadPayments(edge: Bytes32, seqs: readonly bigint[]): Promise<readonly PaymentRow[]> {
    return seqs.flatMap((seq) => this.payments.get(`${edge}:${seq}`) ?? []);
  }

  async loadOpenPayments(edge: Bytes32, afterSeq: bigint, limit: number): Promise<readonly PaymentRow[]> {
    return this.#paymentsOf(
      edge,
      ({ seq, state }) => seq > afterSeq && (state === 'QUEUED' || state === 'CLAIMABLE'),
    ).slice(0, limit);
  }

  async loadStoppedPayments(edge: Bytes32, afterSeq: bigint, limit: number): Promise<readonly PaymentRow[]> {
    return this.#paymentsOf(edge, ({ seq, state, isLoss }) => seq > afterSeq && state === 'STOPPED' && !isLoss).slice(
      0,
      limit,
    );
  }

  async loadReadyPayments(
    edge: Bytes32,
    { after, upTo }: { readonly after: bigint; readonly upTo: bigint },
    limit: number,
  ): Promise<readonly PaymentRow[]> {
    return this.#paymentsOf(
      edge,
      ({ state, readyAt }) => state === 'QUEUED' && readyAt > after && readyAt <= upTo,
    ).slice(0, limit);
  }

  async loadPaymentsAfter(edge: Bytes32, afterSeq: bigint, limit: number): Promise<readonly PaymentRow[]> {
    return this.#paymentsOf(edge, ({ seq }) => seq > afterSeq).slice(0, limit);
  }

  async saveVaultStep({ cursor, replica, payments, sums }: VaultStep): Promise<void> {
    this.replicas.set(replica.edge, replica);
    for (const payment of payments) this.payments.set(`${payment.edge}:${payment.seq}`, payment);
    for (const sum of sums) this.vaultSums.set(`${sum.edge}:${sum.vaultAsset}`, sum);
    this.cursors.set(cursor.chainId, cursor);
  }

  /** All lines ascending by (account, asset). */
  sorted(): LineFact[] {
    return [...this.lines.values()].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
  }

  #paymentsOf(edge: Bytes32, keep: (payment: PaymentRow) => boolean): PaymentRow[] {
    const own = [...this.payments.values()].filter((payment) => payment.edge === edge && keep(payment));
    return own.sort((left, right) => (left.seq < right.seq ? -1 : 1));
  }
}

function keyOf({ account, assetId }: { readonly account: Bytes32; readonly assetId: number }): string {
  return `${account}:${assetId.toString().padStart(5, '0')}`;
}
