import { AppError, type Keccak256, sequenceNumber } from '@surety/domain';
import { crashPoint } from '../crash-point.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { FinalBlock } from '../ports/origin-chain.js';
import type { FoldCursor, ReplicaFact } from './collateral-rows.js';
import { EntrySupply, followError } from './entry-supply.js';
import type { IntakeStore } from './fact-store.js';
import type { Intake } from './intake.js';
import { digestOf, findBatchGap } from './judge-facts.js';
import { NO_BLOCK } from './ledger-follower.js';
import { BLOCKS_PER_STEP, LIVE_BLOCKS_MAX, PAYMENTS_HELD_MAX, PAYMENTS_TOLD_MAX } from './limits.js';
import { type PaymentLane, paymentLane } from './payment-lane.js';
import type { PaymentStore } from './payment-rows.js';
import type { JournalEntrySource } from './settlement-reader.js';
import type { ReleaseStage } from './stage-name.js';
import type { PaymentRow, VaultTransaction } from './vault-fact.js';
import { VaultGlance } from './vault-glance.js';
import type { VaultFactRange, VaultReader } from './vault-reader.js';
import { type VaultStart, VaultState, fatesOf, isFate } from './vault-state.js';

/** What a vault's follower stands on. */
export interface VaultFollowerPorts {
  readonly reader: VaultReader;
  readonly entries: JournalEntrySource;
  readonly store: PaymentStore;
  readonly intakeStore: IntakeStore;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly keccak256: Keccak256;
  /** Height of the vault's deployment; nothing is asked below it. */
  readonly fromBlock: bigint;
}

/**
 * Follows one vault at final blocks and folds what it says of releases into payments.
 *
 * Invariant: what is stored is the state of exactly the cursor's block. Before a step is stored, the replica is compared with the
 * one that the chain proves, each replayed entry has exactly one fate, and what is owed and paid of each asset is compared with
 * what a quorum of providers answers.
 */
export class VaultFollower {
  readonly #ports: VaultFollowerPorts;
  readonly #supply: EntrySupply;
  readonly #glance: VaultGlance;
  #state: VaultState;
  #cursor: FoldCursor | undefined;
  #epochsDirty = true;
  /** What is in memory is not what is stored: a step failed, and the store could not be read since. */
  #isDoubtful = false;
  #rejected = new Set<string>();
  readonly #limits = new Map<number, bigint>();

  constructor(ports: VaultFollowerPorts) {
    this.#ports = ports;
    const { entries, intake, intakeStore } = ports;
    this.#supply = new EntrySupply({ entries, intake, store: intakeStore });
    this.#glance = new VaultGlance(ports);
    this.#state = this.#stateOf(this.#emptyReplica(), { sums: [], scalings: [] });
  }

  /** Loads where the fold stands. */
  async open(): Promise<void> {
    const { store, reader, intake } = this.#ports;
    const { edgeId } = reader.known;
    this.#cursor = await store.loadCursor(reader.chainId);
    const held = (await store.loadReplicas(reader.chainId)).find((one) => one.edge === edgeId);
    const kept = { sums: await store.loadVaultSums(edgeId), scalings: await store.loadVaultScalings(edgeId) };
    this.#state = this.#stateOf(held ?? this.#emptyReplica(), kept);
    await intake.open([reader.known]);
    intake.book(edgeId)?.noteApplied(this.#state.replica.count);
    this.#isDoubtful = false;
  }

  get cursor(): FoldCursor | undefined {
    return this.#cursor;
  }

  /** The vault's replica of the ledger's journal, as folded. */
  get replica(): ReplicaFact {
    return this.#state.replica;
  }

  /** What the newest block showed when it was last looked at. */
  get glance(): VaultGlance {
    return this.#glance;
  }

  get reader(): VaultReader {
    return this.#ports.reader;
  }

  /** What the vault owes and has paid of each asset, as folded. */
  get sums(): VaultState['sums'] {
    return this.#state.sums;
  }

  /** Gives by which limiter the vault dates a payment of an amount, if its limit was read since this process began. */
  laneOf(vaultAsset: number, amount: bigint): PaymentLane | undefined {
    const limit = this.#limits.get(vaultAsset);
    return limit === undefined ? undefined : paymentLane(amount, limit);
  }

  /** Folds up to the newest final block. Gives true if it is a new one. @throws the reader's errors; ENTRIES_MISSING, FACT_GAP, FOLD_MISMATCH. */
  async advance(signal?: AbortSignal): Promise<boolean> {
    const { reader, intake, fromBlock, entries } = this.#ports;
    if (this.#isDoubtful) await this.open();
    const tip = await reader.readFinalTip(signal);
    if (this.#epochsDirty) {
      await intake.useEpochs(reader.known.domain, await reader.readEpochs(tip, signal));
      this.#epochsDirty = false;
    }
    if (this.#cursor !== undefined && tip.height <= this.#cursor.height) return false;
    while ((this.#cursor?.height ?? fromBlock - 1n) < tip.height) await this.#step(tip, signal);
    entries.release();
    return true;
  }

  /** Looks at the newest block of one provider. @throws the reader's errors. */
  look(signal?: AbortSignal): Promise<void> {
    return this.#glance.look(this.#state.replica.count, this.#cursor?.height, signal);
  }

  async #step(tip: FinalBlock, signal: AbortSignal | undefined): Promise<void> {
    const { reader, fromBlock, intake } = this.#ports;
    const from = (this.#cursor?.height ?? fromBlock - 1n) + 1n;
    const to = from + BLOCKS_PER_STEP - 1n < tip.height ? from + BLOCKS_PER_STEP - 1n : tip.height;
    const end = to === tip.height ? tip : await reader.readFinalBlock(to, signal);
    const range = await this.#readProven(from, end, signal);
    crashPoint('aggregator.vault.facts-read');
    if (range.epochsChanged) await intake.useEpochs(reader.known.domain, await reader.readEpochs(tip, signal));
    try {
      await this.#fold(range, end, signal);
    } catch (cause) {
      if (cause instanceof AppError && cause.code === 'FACT_GAP') this.#reject(range);
      this.#isDoubtful = true;
      await this.open();
      throw cause;
    }
  }

  /** Reads facts that lead the replica to where the chain proves it, with one fate for each replayed entry. */
  async #readProven(from: bigint, end: FinalBlock, signal: AbortSignal | undefined): Promise<VaultFactRange> {
    const { reader, keccak256 } = this.#ports;
    const proven = await reader.readPosition(end, signal);
    const { replica } = this.#state;
    const { generation } = reader.known.edge;
    const refuse = (transactions: readonly VaultTransaction[]): string | undefined => {
      const facts = transactions.flatMap((one) => one.facts);
      const isRejected = this.#rejected.size > 0 && this.#rejected.has(digestOf([from, transactions], keccak256));
      if (isRejected) return 'the logs are those that led to other sums than the vault has';
      return findBatchGap(facts, [replica], [proven]) ?? findMissingFate(transactions, generation);
    };
    return reader.readFacts({ from, to: end.height, refuse }, signal);
  }

  async #fold(range: VaultFactRange, end: FinalBlock, signal: AbortSignal | undefined): Promise<void> {
    const { transactions } = range;
    const { reader, store } = this.#ports;
    const facts = transactions.flatMap((one) => one.facts);
    const batches = facts.filter((fact) => fact.kind === 'applied');
    await this.#supply.ensure(batches, signal);
    for (const [at, transaction] of transactions.entries()) {
      const lacking = this.#state.lackingFor(transaction.facts);
      if (lacking.length > 0) this.#state.hold(await store.loadPayments(this.replica.edge, lacking));
      const packed = new Map<bigint, Uint8Array>();
      for (const fact of transaction.facts)
        if (fact.kind === 'applied') packed.set(fact.from, await this.#supply.load(fact));
      this.#state.apply(transaction, (batch) => packed.get(batch.from) ?? new Uint8Array());
      const next = transactions[at + 1];
      const isLast = next === undefined || next.block.height > transaction.block.height;
      if (this.#state.heldCount > PAYMENTS_HELD_MAX && isLast) {
        const block = await reader.readFinalBlock(transaction.block.height, signal);
        await this.#saveJudged(range, block, block, signal);
      }
    }
    // A change of the edge's state alone may be left out unnoticed: it changes no row of the state hash.
    const changing = transactions.findLast((one) => one.facts.some(({ kind }) => kind !== 'edge-state'));
    const last = changing?.block.height;
    const changed =
      last === undefined
        ? (this.#cursor?.changed ?? { height: 0n, hash: NO_BLOCK })
        : last === end.height
          ? end
          : await reader.readFinalBlock(last, signal);
    await this.#saveJudged(range, end, changed, signal);
  }

  /** Stores the state of a block, if the vault's own sums agree with it, and tells what was reached. */
  async #saveJudged(
    range: VaultFactRange,
    block: FinalBlock,
    changed: FoldCursor['changed'],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { reader, store } = this.#ports;
    const changes = this.#state.takeChanges();
    // A payment is told by its log alone: without one, only what the vault says it owes shows that it is missing.
    const owing = [...this.#state.sums.values()].filter(({ owed }) => owed > 0n);
    const assets = [...new Set([...changes.sums, ...owing].map((sum) => sum.vaultAsset))];
    const theirs = assets.length === 0 ? [] : await reader.readSums(assets, block, signal);
    for (const { vaultAsset, owed, paid: gone, writtenOff, limitUnits } of theirs) {
      this.#limits.set(vaultAsset, limitUnits);
      const ours = this.#state.sums.get(vaultAsset);
      // What a scaling wrote off left the vault's books too; what payments bore of a shortage was paid by them.
      const paid = gone - writtenOff + (ours?.borne ?? 0n);
      if (ours?.owed === owed && ours.paid === paid) continue;
      this.#reject(range);
      throw followError(
        'FOLD_MISMATCH',
        `the logs of vault ${this.replica.vault} give asset ${vaultAsset} ${ours?.owed} owed and ${ours?.paid} paid at block ${block.height}; the vault says ${owed} and ${paid}; another provider is asked next`,
      );
    }
    const { height, hash, timestamp, chainId } = block;
    const before = this.#cursor;
    const cursor = { chainId, height, hash, timestamp, changed: { height: changed.height, hash: changed.hash } };
    crashPoint('aggregator.vault.applied');
    await store.saveVaultStep({ cursor, replica: this.#state.replica, ...changes });
    crashPoint('aggregator.vault.saved');
    this.#state.release();
    this.#cursor = cursor;
    await this.#glance.noteFolded(this.#state.replica, block);
    await this.#tell(changes.payments, before, cursor);
  }

  /** Tells which payments reached another stage just now; what was learnt later is told to nobody. */
  async #tell(payments: readonly PaymentRow[], before: FoldCursor | undefined, cursor: FoldCursor): Promise<void> {
    const { edge } = this.replica;
    const told = new Map<bigint, ReleaseStage>();
    if (before !== undefined) {
      const times = { after: before.timestamp, upTo: cursor.timestamp };
      const ready = await this.#ports.store.loadReadyPayments(edge, times, PAYMENTS_TOLD_MAX);
      for (const payment of ready) told.set(payment.seq, 'payable');
    }
    for (const { seq, state, readyAt, block } of payments) {
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

  #stateOf(replica: ReplicaFact, kept: Pick<VaultStart, 'sums' | 'scalings'>): VaultState {
    const { reader, keccak256 } = this.#ports;
    return new VaultState({ replica, ...kept, generation: reader.known.edge.generation, keccak256 });
  }

  #emptyReplica(): ReplicaFact {
    const { chainId, known } = this.#ports.reader;
    const { edgeId: edge, source } = known;
    const { originChainId, replica: vault } = known.edge;
    return { chainId, edge, source, originChainId: Number(originChainId), vault, count: 0n, head: edge };
  }
}

/** Says which replayed entry has no fate, or more than one, among the logs of its own transaction. */
function findMissingFate(transactions: readonly VaultTransaction[], generation: number): string | undefined {
  for (const { facts } of transactions) {
    const told = fatesOf(facts, generation);
    const twice = facts.filter(isFate).length > told.size;
    let replayed = 0;
    for (const fact of facts) {
      if (fact.kind !== 'applied') continue;
      for (let n = fact.from + 1n; n <= fact.to; n += 1n, replayed += 1)
        if (!told.has(sequenceNumber(generation, n))) return `no log says what became of release ${n} of ${fact.edge}`;
    }
    if (twice || told.size !== replayed) return `${told.size} logs tell the fate of ${replayed} replayed releases`;
  }
  return undefined;
}
