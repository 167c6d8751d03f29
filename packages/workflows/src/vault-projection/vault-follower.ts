import { AppError, type JournalPosition, type Keccak256 } from '@surety/domain';
import { crashPoint } from '../crash-point.js';
import { EntrySupply, batchesOf } from '../following/entry-supply.js';
import { EpochRefresh } from '../following/epoch-refresh.js';
import { digestOf, findReplicaGap, namesAfter } from '../following/find-replica-gap.js';
import { type FoldCursor, NO_BLOCK } from '../following/fold-cursor.js';
import { followError } from '../following/fold-errors.js';
import type { JournalEntrySource } from '../following/journal-entry-source.js';
import { LIVE_BLOCKS_MAX } from '../following/limits.js';
import { type ReplicaFact, generationOf } from '../following/replica-fact.js';
import { type EdgeOpenedFact, splitAtOpenings } from '../following/replica-rewind.js';
import { splitTransactions } from '../following/split-transactions.js';
import { StepSpan } from '../following/step-span.js';
import type { IntakeStore } from '../intake/intake-store.js';
import type { Intake } from '../intake/intake.js';
import type { ReleaseStage } from '../intake/stage-name.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { FinalBlock } from '../ports/origin-chain.js';
import { DUE_COMPARED_MAX, OPEN_LOADED_MAX, PAYMENTS_HELD_MAX, PAYMENTS_TOLD_MAX } from './limits.js';
import type { PaymentStore } from './payment-rows.js';
import { fatesOf, isFate } from './replay-fates.js';
import type { PaymentRow, VaultFact, VaultTransaction } from './vault-fact.js';
import { VaultGlance } from './vault-glance.js';
import {
  type PaymentLane,
  type VaultBooks,
  type VaultFactRange,
  type VaultReader,
  paymentLane,
} from './vault-reader.js';
import { type VaultStart, VaultState } from './vault-state.js';

/**
 * Whether facts of a kind change rows of the state hash. A change of the edge's state, the steps before a rewound replica opens
 * and a report change none.
 */
const IS_HASHED: Readonly<Record<VaultFact['kind'], boolean>> = {
  applied: true,
  queued: true,
  refused: true,
  paid: true,
  claimable: true,
  stopped: true,
  'loss-queued': true,
  'loss-taken': true,
  'loss-borne': true,
  settled: true,
  'edge-opened': true,
  voided: true,
  'paid-past-point': true,
  shortfall: false,
  'edge-state': false,
  rewinding: false,
  unwound: false,
};

/** Ports of {@link VaultFollower}. */
export interface VaultFollowerPorts {
  readonly reader: VaultReader;
  readonly entries: JournalEntrySource;
  readonly store: PaymentStore;
  readonly intakeStore: IntakeStore;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly keccak256: Keccak256;
  /** Height of the vault's deployment, below which nothing is read. */
  readonly fromBlock: bigint;
}

/**
 * Follows one vault at final blocks and folds its events about releases into payments. Invariant: the store contains
 * the state of exactly the cursor's block. Before a step is stored, the replica is compared with the proven one, each
 * replayed entry must have exactly one fate, and a quorum of providers must confirm what is owed and paid of each asset
 * and the state of due payments.
 */
export class VaultFollower {
  readonly #ports: VaultFollowerPorts;
  readonly #supply: EntrySupply;
  readonly #glance: VaultGlance;
  readonly #epochs: EpochRefresh;
  readonly #span = new StepSpan();
  #state: VaultState;
  #stored: Pick<VaultState, 'replica' | 'sums'>;
  #cursor: FoldCursor | undefined;
  /** True while memory may differ from the store: a step failed, and the store has not been reloaded since. */
  #isDoubtful = false;
  #rejected = new Set<string>();
  readonly #limits = new Map<number, bigint>();

  constructor(ports: VaultFollowerPorts) {
    this.#ports = ports;
    const { entries, intake, intakeStore, keccak256, reader } = ports;
    const readBatchInput: VaultReader['readBatchInput'] = (txHash, signal) => reader.readBatchInput(txHash, signal);
    this.#supply = new EntrySupply({ entries, intake, store: intakeStore, keccak256, readBatchInput });
    this.#glance = new VaultGlance(ports);
    this.#epochs = new EpochRefresh({ ...ports, verifier: reader.known.domain });
    this.#state = this.#stateOf(this.#emptyReplica(), []);
    this.#stored = storedOf(this.#state);
  }

  /** Loads the cursor and the state. */
  async open(): Promise<void> {
    const { store, reader, intake } = this.#ports;
    const { edgeId } = reader.known;
    this.#cursor = await store.loadCursor(reader.chainId, edgeId);
    const held = await store.loadReplicas(reader.chainId);
    const replica = held.find(({ edge }) => edge === edgeId) ?? this.#emptyReplica();
    this.#state = this.#stateOf(replica, await store.loadVaultSums(edgeId));
    this.#stored = storedOf(this.#state);
    await intake.open([reader.known]);
    const book = intake.book(edgeId);
    // After a failed step the intake may be ahead by a rewind that will be folded again.
    if (book?.generation === generationOf(replica)) book.noteApplied(replica.count);
    this.#isDoubtful = false;
  }

  get cursor(): FoldCursor | undefined {
    return this.#cursor;
  }

  /** The replica of the ledger's journal as it was last stored: a step that is being folded may still fail. */
  get replica(): ReplicaFact {
    return this.#stored.replica;
  }

  /** The last poll of the newest block. */
  get glance(): VaultGlance {
    return this.#glance;
  }

  get reader(): VaultReader {
    return this.#ports.reader;
  }

  /** Debts and payments by asset as they were last stored. */
  get sums(): VaultState['sums'] {
    return this.#stored.sums;
  }

  /**
   * Returns the limiter that dates a payment of an amount; undefined if the limit was not read since this process
   * started.
   */
  laneOf(vaultAsset: number, amount: bigint): PaymentLane | undefined {
    const limit = this.#limits.get(vaultAsset);
    return limit === undefined ? undefined : paymentLane(amount, limit);
  }

  /**
   * Folds up to the newest final block. Returns true if the block is new.
   * @throws the reader's errors; ENTRIES_MISSING, FACT_GAP, FOLD_MISMATCH.
   */
  async advance(signal?: AbortSignal): Promise<boolean> {
    const { reader, fromBlock, entries } = this.#ports;
    if (this.#isDoubtful) await this.open();
    const tip = await reader.readFinalTip(signal);
    await this.#epochs.refresh(tip, signal);
    if (this.#cursor !== undefined && tip.height <= this.#cursor.height) return false;
    while ((this.#cursor?.height ?? fromBlock - 1n) < tip.height) await this.#step(tip, signal);
    entries.release();
    return true;
  }

  /** Polls the newest block of one provider. @throws the reader's errors. */
  look(signal?: AbortSignal): Promise<void> {
    return this.#glance.look(this.#state.replica, this.#cursor?.height, signal);
  }

  async #step(tip: FinalBlock, signal: AbortSignal | undefined): Promise<void> {
    const { reader, fromBlock } = this.#ports;
    const from = (this.#cursor?.height ?? fromBlock - 1n) + 1n;
    const to = this.#span.endOf(from, tip.height);
    const end = to === tip.height ? tip : await reader.readFinalBlock(to, signal);
    const range = await this.#span.fit({ from, to }, () => this.#readProven(from, end, signal));
    if (range === undefined) return;
    crashPoint('aggregator.vault.facts-read');
    if (range.epochsChanged) await this.#epochs.read(tip, signal);
    try {
      await this.#fold(range, end, signal);
    } catch (cause) {
      if (cause instanceof AppError && cause.code === 'FACT_GAP') this.#reject(range);
      this.#isDoubtful = true;
      await this.open();
      throw cause;
    }
  }

  /** Reads facts that lead the replica to its proven position, with one outcome for each replayed entry. */
  async #readProven(from: bigint, end: FinalBlock, signal: AbortSignal | undefined): Promise<VaultFactRange> {
    const { reader, keccak256 } = this.#ports;
    const { replica } = this.#state;
    const proven = await reader.readReplica(end, signal);
    const nameAfter = namesAfter([reader.known], keccak256);
    const refuse = (transactions: readonly VaultTransaction[]): string | undefined => {
      const facts = transactions.flatMap((one) => one.facts);
      const isRejected = this.#rejected.size > 0 && this.#rejected.has(digestOf([from, transactions], keccak256));
      if (isRejected) return 'the logs are those that led to other sums than the vault has';
      return findReplicaGap(facts, [replica], [proven], nameAfter) ?? findMissingFate(transactions, replica);
    };
    return reader.readFacts({ from, to: end.height, refuse }, signal);
  }

  async #fold(range: VaultFactRange, end: FinalBlock, signal: AbortSignal | undefined): Promise<void> {
    const { transactions } = range;
    const { reader, store } = this.#ports;
    const parts = splitTransactions(transactions);
    for (const [at, { transaction, batches }] of parts.entries()) {
      if (batches !== undefined) await this.#supply.ensure(batchesOf(batches, [this.#state.replica]), signal);
      const lacking = this.#state.lackingFor(transaction.facts);
      if (lacking.length > 0) this.#state.hold(await store.loadPayments(this.#state.replica.edge, lacking));
      const packed = await this.#loadBatches(transaction, signal);
      this.#state.apply(transaction, (batch) => packed.get(batch.from) ?? new Uint8Array());
      for (const fact of transaction.facts) if (fact.kind === 'edge-opened') await this.#noteRewound(fact);
      const { height } = transaction.block;
      const next = parts[at + 1]?.transaction.block.height;
      if (this.#state.heldCount > PAYMENTS_HELD_MAX && (next === undefined || next > height)) {
        const block = await reader.readFinalBlock(height, signal);
        await this.#saveJudged(range, block, block, signal);
      }
    }
    const changing = transactions.findLast((one) => one.facts.some(({ kind }) => IS_HASHED[kind]));
    const last = changing?.block.height;
    const changed =
      last === undefined
        ? (this.#cursor?.changed ?? { height: 0n, hash: NO_BLOCK })
        : last === end.height
          ? end
          : await reader.readFinalBlock(last, signal);
    await this.#saveJudged(range, end, changed, signal);
  }

  /** Stores the state of a block if the vault's own sums agree, and announces new stages. */
  async #saveJudged(
    range: VaultFactRange,
    block: FinalBlock,
    changed: FoldCursor['changed'],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { reader, store } = this.#ports;
    // Only a log shows a payment or a report. Without it, only the vault's own books show that one is missing.
    const open = [...this.#state.sums.values()].filter(({ owed, shortSince }) => owed > 0n || shortSince > 0n);
    const assets = [...new Set([...this.#state.changedAssets, ...open.map(({ vaultAsset }) => vaultAsset)])];
    const theirs = assets.length === 0 ? [] : await reader.readSums(assets, block, signal);
    for (const read of theirs) {
      const { vaultAsset, owed, paid, coverageWad, limitUnits } = read;
      this.#limits.set(vaultAsset, limitUnits);
      const ours = this.#state.sums.get(vaultAsset);
      const isSame = ours?.owed === owed && ours.paid === paid;
      if (isSame && (ours?.coverageWad === coverageWad || (await this.#correctCoverage(range, read, signal)))) {
        this.#state.date(read);
        continue;
      }
      this.#reject(range);
      throw followError(
        'FOLD_MISMATCH',
        `the logs of vault ${this.#state.replica.vault} give asset ${vaultAsset} ${ours?.owed} owed, ${ours?.paid} paid and coverage ${ours?.coverageWad} at block ${block.height}; the vault says ${owed}, ${paid} and ${coverageWad}; another provider is asked next`,
      );
    }
    await this.#compareDue(range, block, signal);
    const changes = this.#state.takeChanges();
    const { height, hash, timestamp, chainId } = block;
    const before = this.#cursor;
    const cursor = { chainId, height, hash, timestamp, changed: { height: changed.height, hash: changed.hash } };
    crashPoint('aggregator.vault.applied');
    // Before the cursor, past which nothing is read again.
    const folded = range.transactions.filter((one) => one.block.height <= height);
    await this.#glance.noteFolded(this.#state.replica, folded);
    await store.saveVaultStep({ cursor, replica: this.#state.replica, ...changes });
    crashPoint('aggregator.vault.saved');
    this.#state.release();
    this.#stored = storedOf(this.#state);
    this.#cursor = cursor;
    await this.#tell(changes.payments, before, cursor);
  }

  /**
   * Corrects an asset's coverage if the vault had already reported the present figure before this step. This can happen
   * because reports are compared only while something of their asset is open, and the logs of this step do not contain
   * an earlier report. Returns false if it had not.
   */
  async #correctCoverage(
    { transactions }: VaultFactRange,
    { vaultAsset, coverageWad }: VaultBooks,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { reader, observer } = this.#ports;
    const height = this.#cursor?.height;
    const isReported = transactions.some(({ facts }) =>
      facts.some((fact) => fact.kind === 'shortfall' && fact.vaultAsset === vaultAsset),
    );
    if (height === undefined || isReported) return false;
    const [before] = await reader.readSums([vaultAsset], await reader.readFinalBlock(height, signal), signal);
    if (before?.coverageWad !== coverageWad) return false;
    this.#state.report({ vaultAsset, coverageWad });
    const fields = {
      chain_id: reader.chainId,
      edge: this.#state.replica.edge,
      asset: vaultAsset,
      coverage_wad: coverageWad,
    };
    observer.observe({ name: 'vault-coverage-corrected', level: 'error', fields });
    return true;
  }

  /**
   * Compares due payments with the vault's own states: its sums do not show whether one became claimable, or the
   * outcome of a loss. A payment that already differed before this step is corrected, since no log of this step
   * explains it.
   */
  async #compareDue(range: VaultFactRange, block: FinalBlock, signal: AbortSignal | undefined): Promise<void> {
    const { reader, store, observer } = this.#ports;
    const { edge, vault } = this.#state.replica;
    const isDue = ({ state, isLoss, readyAt }: PaymentRow): boolean =>
      state === 'QUEUED' && (isLoss || readyAt <= block.timestamp);
    const open = this.#state.among(await store.loadOpenPayments(edge, 0n, OPEN_LOADED_MAX));
    const due = open.filter(isDue).slice(0, DUE_COMPARED_MAX);
    if (due.length === 0) return;
    const states = await reader.readPaymentStates(
      due.map(({ seq }) => seq),
      block,
      signal,
    );
    for (const [at, payment] of due.entries()) {
      const { seq } = payment;
      const state = states[at] ?? 'QUEUED';
      if (state === 'QUEUED') continue;
      const told = `payment ${seq} of vault ${vault} is QUEUED by its logs at block ${block.height}; the vault says ${state}`;
      if (!(await this.#differedBefore(payment, signal))) {
        this.#reject(range);
        throw followError('FOLD_MISMATCH', `${told}; another provider is asked next`);
      }
      this.#state.correct(payment, state, { chainId: block.chainId, height: block.height, hash: block.hash });
      const fields = { chain_id: block.chainId, edge, seq, state, detail: `${told}, and did before; it is corrected` };
      observer.observe({ name: 'payment-corrected', level: 'error', fields });
    }
  }

  /** Returns whether a payment stored as queued was already in another state at the vault, at the stored block. */
  async #differedBefore({ seq, block }: PaymentRow, signal: AbortSignal | undefined): Promise<boolean> {
    const { reader } = this.#ports;
    const height = this.#cursor?.height;
    if (height === undefined || block.height > height) return false;
    const [before] = await reader.readPaymentStates([seq], await reader.readFinalBlock(height, signal), signal);
    return before !== undefined && before !== 'QUEUED';
  }

  /** Loads the entries of a transaction's batches, by the count at which each starts. */
  async #loadBatches(
    { facts }: VaultTransaction,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<bigint, Uint8Array>> {
    const packed = new Map<bigint, Uint8Array>();
    let start: JournalPosition = this.#state.replica;
    for (const fact of facts) {
      if (fact.kind !== 'applied') continue;
      for (const batch of batchesOf([fact], [this.#state.replica]))
        packed.set(fact.from, await this.#supply.load(batch, start, signal));
      start = { count: fact.to, head: fact.head };
    }
    return packed;
  }

  /** The chain proves the rewind: later signatures belong to the next name. */
  async #noteRewound({ edge: name, generation }: EdgeOpenedFact): Promise<void> {
    const { edge, count, head } = this.#state.replica;
    await this.#ports.intake.rewind(edge, { generation, name, point: { count, head } });
  }

  /** Announces payments that just reached another stage, but not those learnt late. */
  async #tell(payments: readonly PaymentRow[], before: FoldCursor | undefined, cursor: FoldCursor): Promise<void> {
    const told = new Map<bigint, ReleaseStage>();
    if (before !== undefined) {
      const times = { after: before.timestamp, upTo: cursor.timestamp };
      const ready = await this.#ports.store.loadReadyPayments(this.#state.replica.edge, times, PAYMENTS_TOLD_MAX);
      for (const { seq, isLoss } of ready) if (!isLoss) told.set(seq, 'payable');
    }
    for (const { seq, isLoss, state, readyAt, block } of payments) {
      // Only stages of releases are announced.
      if (isLoss) continue;
      if (cursor.height - block.height >= LIVE_BLOCKS_MAX) continue;
      if (state === 'PAID') told.set(seq, 'paid');
      else if (state === 'CLAIMABLE') told.set(seq, 'claimable');
      else if (state === 'NONE') told.set(seq, 'refused');
      else if (state === 'STOPPED') told.set(seq, 'stopped');
      else if (state === 'QUEUED' && readyAt <= cursor.timestamp) told.set(seq, 'payable');
    }
    for (const [seq, stage] of [...told].slice(0, PAYMENTS_TOLD_MAX)) this.#glance.tell(seq, stage);
  }

  #reject(range: VaultFactRange): void {
    const from = (this.#cursor?.height ?? this.#ports.fromBlock - 1n) + 1n;
    const digest = digestOf([from, range.transactions], this.#ports.keccak256);
    this.#rejected = new Set([...this.#rejected, digest].slice(-16));
  }

  #stateOf(replica: ReplicaFact, sums: VaultStart['sums']): VaultState {
    const { keccak256 } = this.#ports;
    return new VaultState({ replica, sums, keccak256 });
  }

  #emptyReplica(): ReplicaFact {
    const { chainId, known } = this.#ports.reader;
    const { edgeId: edge, source } = known;
    const { originChainId, replica: vault } = known.edge;
    return { chainId, edge, source, originChainId: Number(originChainId), vault, count: 0n, head: edge };
  }
}

/**
 * Says which replayed entry has no fate, or more than one, among the logs of its own transaction. After a rewind an entry without one
 * may be a release that stays stopped: whether it is shows when it is replayed.
 */
function findMissingFate(transactions: readonly VaultTransaction[], replica: ReplicaFact): string | undefined {
  let isRewound = generationOf(replica) > 0;
  for (const { facts } of transactions) {
    for (const part of splitAtOpenings(facts)) {
      const told = fatesOf(part);
      const twice = part.filter(isFate).length > told.size;
      let replayed = 0;
      for (const fact of part) {
        if (fact.kind !== 'applied') continue;
        for (let n = fact.from + 1n; n <= fact.to; n += 1n) {
          if (told.has(n)) replayed += 1;
          else if (!isRewound) return `no log says what became of release ${n} of ${fact.edge}`;
        }
      }
      if (twice || told.size !== replayed) return `${told.size} logs tell the fate of ${replayed} replayed releases`;
      isRewound ||= part.at(-1)?.kind === 'edge-opened';
    }
  }
  return undefined;
}

/** Copies what readers see of a state; its rows are replaced and never changed. */
function storedOf({ replica, sums }: VaultState): Pick<VaultState, 'replica' | 'sums'> {
  return { replica, sums: new Map(sums) };
}
