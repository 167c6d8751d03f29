import { type Address, AppError, type Bytes32 } from '@surety/domain';
import type {
  AssetFact,
  AssetSumsFact,
  CollateralStore,
  CoverageFact,
  FoldCursor,
  FoldStep,
  JournalFact,
  LineFact,
  OrphanRow,
  ParkedCreditFact,
  PaymentRow,
  PaymentStore,
  RefundFact,
  ReplicaFact,
  VaultStep,
  VaultSumsFact,
} from '@surety/workflows';
import type { Disk } from './disk.js';
import type { Life } from './life.js';
import type { PlantName } from './plants.js';

/** State that an aggregator has folded. */
export interface FoldState {
  readonly cursors: Map<number, FoldCursor>;
  readonly lines: Map<string, LineFact>;
  readonly parked: Map<string, ParkedCreditFact>;
  readonly replicas: Map<Bytes32, ReplicaFact>;
  readonly journals: Map<Bytes32, JournalFact>;
  readonly assets: Map<number, AssetFact>;
  readonly sums: Map<number, AssetSumsFact>;
  readonly payments: Map<string, PaymentRow>;
  readonly vaultSums: Map<string, VaultSumsFact>;
  readonly refunds: Map<string, RefundFact>;
  readonly coverages: Map<string, CoverageFact>;
  readonly orphans: Map<string, OrphanRow>;
  /** Sums of the changes of each line that were written down. */
  readonly written: Map<string, bigint>;
}

/** An empty fold. */
export function freshFold(): FoldState {
  return {
    cursors: new Map(),
    lines: new Map(),
    parked: new Map(),
    replicas: new Map(),
    journals: new Map(),
    assets: new Map(),
    sums: new Map(),
    payments: new Map(),
    vaultSums: new Map(),
    refunds: new Map(),
    coverages: new Map(),
    orphans: new Map(),
    written: new Map(),
  };
}

/** The stores of a fold on a modelled disk: each step is one write. */
export class FoldStoreModel implements CollateralStore, PaymentStore {
  readonly #disk: Disk<FoldState>;
  readonly #life: Life;
  readonly #plant: PlantName | undefined;

  constructor(disk: Disk<FoldState>, life: Life, plant: PlantName | undefined) {
    this.#disk = disk;
    this.#life = life;
    this.#plant = plant;
  }

  async loadCursor(chainId: number): Promise<FoldCursor | undefined> {
    return this.#state.cursors.get(chainId);
  }

  async loadReplicas(chainId: number): Promise<readonly ReplicaFact[]> {
    return [...this.#state.replicas.values()].filter((one) => one.chainId === chainId);
  }

  async loadJournals(): Promise<readonly JournalFact[]> {
    return [...this.#state.journals.values()];
  }

  async loadSums(): Promise<readonly AssetSumsFact[]> {
    return [...this.#state.sums.values()];
  }

  async loadProtocolsOf(): Promise<readonly Address[]> {
    return [];
  }

  async loadAssets(): Promise<readonly AssetFact[]> {
    return [...this.#state.assets.values()];
  }

  async loadCoverages(): Promise<readonly CoverageFact[]> {
    return sortedCoverages(this.#state);
  }

  async loadOrphans(source: number, entryHashes: readonly Bytes32[]): Promise<readonly OrphanRow[]> {
    return entryHashes.flatMap((entryHash) => this.#state.orphans.get(`${source}:${entryHash}`) ?? []);
  }

  async loadOrphansAfter(source: number, entryHash: Bytes32 | undefined, limit: number): Promise<readonly OrphanRow[]> {
    return orphansOf(this.#state, source)
      .filter((row) => entryHash === undefined || row.entryHash > entryHash)
      .slice(0, limit);
  }

  async loadRefunds(source: number, seqs: readonly bigint[]): Promise<readonly RefundFact[]> {
    return seqs.flatMap((seq) => this.#state.refunds.get(`${source}:${seq}`) ?? []);
  }

  async loadLines(
    keys: readonly { readonly account: Bytes32; readonly assetId: number }[],
  ): Promise<readonly LineFact[]> {
    return keys.flatMap((key) => this.#state.lines.get(lineKey(key)) ?? []);
  }

  async loadLinesOf(account: Bytes32): Promise<readonly LineFact[]> {
    return sortedLines(this.#state).filter((line) => line.account === account);
  }

  async loadParked(source: number, index: bigint): Promise<ParkedCreditFact | undefined> {
    return this.#state.parked.get(`${source}:${index}`);
  }

  async loadParkedAfter(source: number, after: bigint, limit: number): Promise<readonly ParkedCreditFact[]> {
    const own = [...this.#state.parked.values()].filter((one) => one.source === source && one.index > after);
    return own.sort((left, right) => (left.index < right.index ? -1 : 1)).slice(0, limit);
  }

  async loadParkedOf(account: Bytes32, limit: number): Promise<readonly ParkedCreditFact[]> {
    return [...this.#state.parked.values()].filter((one) => one.account === account).slice(0, limit);
  }

  async loadLinesAfter(
    key: { readonly account: Bytes32; readonly assetId: number } | undefined,
    limit: number,
  ): Promise<readonly LineFact[]> {
    const after = key === undefined ? '' : lineKey(key);
    return sortedLines(this.#state)
      .filter((line) => lineKey(line) > after)
      .slice(0, limit);
  }

  async saveStep(step: FoldStep): Promise<void> {
    const { cursor, lines, parked, unparked, replicas, assets, journals, sums, refunds, undone, coverages, orphans } =
      step;
    const { history } = step;
    const saveRows = (state: FoldState): void => {
      for (const line of lines) state.lines.set(lineKey(line), line);
      for (const one of parked) state.parked.set(`${one.source}:${one.index}`, one);
      for (const one of unparked) state.parked.delete(`${one.source}:${one.index}`);
      for (const sum of sums) state.sums.set(sum.assetId, sum);
      for (const one of refunds) state.refunds.set(`${one.source}:${one.seq}`, one);
      for (const one of undone) state.refunds.delete(`${one.source}:${one.seq}`);
      for (const one of coverages) state.coverages.set(`${one.source}:${one.vaultAsset}`, one);
      for (const one of orphans) {
        const key = `${one.source}:${one.entryHash}`;
        if (one.count > 0 || one.spent > 0n) state.orphans.set(key, one);
        else state.orphans.delete(key);
      }
      for (const { account, assetId, delta } of history) {
        if (assetId === null) continue;
        const key = lineKey({ account, assetId });
        state.written.set(key, (state.written.get(key) ?? 0n) + delta);
      }
    };
    const saveRest = (state: FoldState): void => {
      for (const replica of replicas) state.replicas.set(replica.edge, replica);
      for (const journal of journals) state.journals.set(journal.edge, journal);
      for (const asset of assets) state.assets.set(asset.assetId, asset);
      state.cursors.set(cursor.chainId, cursor);
    };
    if (this.#plant === 'fold-step-not-whole') {
      await this.#write('fold rows', saveRows);
      return this.#write('fold rest', saveRest);
    }
    return this.#write('fold', (state) => {
      saveRows(state);
      saveRest(state);
    });
  }

  async countAccounts(): Promise<{ accounts: number; lines: number; parked: number }> {
    const { lines, parked } = this.#state;
    const accounts = new Set([...lines.values()].map((line) => line.account)).size;
    return { accounts, lines: lines.size, parked: parked.size };
  }

  async loadVaultSums(edge: Bytes32): Promise<readonly VaultSumsFact[]> {
    return [...this.#state.vaultSums.values()].filter((sum) => sum.edge === edge);
  }

  async loadPayments(edge: Bytes32, seqs: readonly bigint[]): Promise<readonly PaymentRow[]> {
    return seqs.flatMap((seq) => this.#state.payments.get(`${edge}:${seq}`) ?? []);
  }

  async loadOpenPayments(edge: Bytes32, afterSeq: bigint, limit: number): Promise<readonly PaymentRow[]> {
    const open = paymentsOf(this.#state, edge).filter(({ state }) => state === 'QUEUED' || state === 'CLAIMABLE');
    return open.filter(({ seq }) => seq > afterSeq).slice(0, limit);
  }

  async loadStoppedPayments(edge: Bytes32, afterSeq: bigint, limit: number): Promise<readonly PaymentRow[]> {
    const stopped = paymentsOf(this.#state, edge).filter(({ state, isLoss }) => state === 'STOPPED' && !isLoss);
    return stopped.filter(({ seq }) => seq > afterSeq).slice(0, limit);
  }

  async loadReadyPayments(
    edge: Bytes32,
    times: { readonly after: bigint; readonly upTo: bigint },
    limit: number,
  ): Promise<readonly PaymentRow[]> {
    const queued = paymentsOf(this.#state, edge).filter(({ state }) => state === 'QUEUED');
    return queued.filter(({ readyAt }) => readyAt > times.after && readyAt <= times.upTo).slice(0, limit);
  }

  async loadPaymentsAfter(edge: Bytes32, afterSeq: bigint, limit: number): Promise<readonly PaymentRow[]> {
    return paymentsOf(this.#state, edge)
      .filter(({ seq }) => seq > afterSeq)
      .slice(0, limit);
  }

  saveVaultStep({ cursor, replica, payments, sums }: VaultStep): Promise<void> {
    return this.#write('vault fold', (state) => {
      for (const payment of payments) state.payments.set(`${payment.edge}:${payment.seq}`, payment);
      for (const sum of sums) state.vaultSums.set(`${sum.edge}:${sum.vaultAsset}`, sum);
      state.replicas.set(replica.edge, replica);
      state.cursors.set(cursor.chainId, cursor);
    });
  }

  get #state(): FoldState {
    return this.#disk.state;
  }

  #write(label: string, change: (state: FoldState) => void): Promise<void> {
    const error = (): AppError =>
      new AppError({ code: 'DATABASE_DOWN', message: 'the database gives no answer', retryable: true });
    return this.#disk.write(this.#life, { label, synced: true, error }, change);
  }
}

/** All lines of a fold, ascending by (account, asset). */
export function sortedLines(state: FoldState): LineFact[] {
  return [...state.lines.values()].sort((left, right) => (lineKey(left) < lineKey(right) ? -1 : 1));
}

/** All coverages of a fold, ascending by (source, vault asset). */
export function sortedCoverages(state: FoldState): CoverageFact[] {
  return [...state.coverages.values()].sort(
    (left, right) => left.source - right.source || left.vaultAsset - right.vaultAsset,
  );
}

/** A source's entries of which orphans are left, ascending by hash. */
export function orphansOf(state: FoldState, source: number): OrphanRow[] {
  const own = [...state.orphans.values()].filter((row) => row.source === source && row.count > 0);
  return own.sort((left, right) => (left.entryHash < right.entryHash ? -1 : 1));
}

/** All payments of one edge, ascending. */
export function paymentsOf(state: FoldState, edge: Bytes32): PaymentRow[] {
  const own = [...state.payments.values()].filter((one) => one.edge === edge);
  return own.sort((left, right) => (left.seq < right.seq ? -1 : 1));
}

export function lineKey({ account, assetId }: { readonly account: Bytes32; readonly assetId: number }): string {
  return `${account}:${assetId.toString().padStart(5, '0')}`;
}
