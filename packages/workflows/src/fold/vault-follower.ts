import { AppError, type Bytes32, type Keccak256, ZERO_WORD, sequenceNumber } from '@surety/domain';
import { crashPoint } from '../crash-point.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { FinalBlock } from '../ports/origin-chain.js';
import { hasSuspensionEnded } from './attester-epochs.js';
import type { FoldCursor, ReplicaFact } from './collateral-rows.js';
import { generationOf, isCrossing } from './edge-crossing.js';
import { EntrySupply, followError } from './entry-supply.js';
import type { IntakeStore } from './fact-store.js';
import type { Intake } from './intake.js';
import { type NamedPosition, digestOf, findBatchGap } from './judge-facts.js';
import { NO_BLOCK } from './ledger-follower.js';
import { BLOCKS_PER_STEP, LIVE_BLOCKS_MAX, PAYMENTS_HELD_MAX, PAYMENTS_TOLD_MAX } from './limits.js';
import { type PaymentLane, paymentLane } from './payment-lane.js';
import type { PaymentStore } from './payment-rows.js';
import { fatesOf, generationsOf, isFate } from './replay-fates.js';
import type { JournalEntrySource } from './settlement-reader.js';
import type { ReleaseStage } from './stage-name.js';
import type { PaymentRow, VaultFact, VaultTransaction } from './vault-fact.js';
import { VaultGlance } from './vault-glance.js';
import type { VaultFactRange, VaultReader } from './vault-reader.js';
import { type VaultStart, VaultState } from './vault-state.js';

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
  /** Replicas of earlier generations, as they stand. */
  #earlier: ReadonlyMap<Bytes32, ReplicaFact> = new Map();
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
    this.#state = this.#stateOf(this.#emptyReplica(), []);
  }

  /** Loads where the fold stands. */
  async open(): Promise<void> {
    const { store, reader, intake } = this.#ports;
    this.#cursor = await store.loadCursor(reader.chainId);
    const held = (await store.loadReplicas(reader.chainId)).filter((one) => one.vault === this.#emptyReplica().vault);
    const [newest] = held.toSorted((left, right) => generationOf(right) - generationOf(left));
    const replica = newest ?? this.#emptyReplica();
    this.#state = this.#stateOf(replica, await store.loadVaultSums(replica.edge));
    this.#earlier = new Map(held.map((one) => [one.edge, one]));
    await intake.open(reader.generations);
    for (const { edge, count } of held) intake.book(edge)?.noteApplied(count);
    this.#isDoubtful = false;
  }

  get cursor(): FoldCursor | undefined {
    return this.#cursor;
  }

  /** The vault's replica of the ledger's journal, as folded. */
  get replica(): ReplicaFact {
    return this.#state.replica;
  }

  /** The replica of one generation, as folded; empty if that is still to come. */
  replicaOf(edge: Bytes32): ReplicaFact {
    const { replica } = this.#state;
    const known = replica.edge === edge ? replica : this.#earlier.get(edge);
    return known ?? { ...this.#emptyReplica(), edge, head: edge };
  }

  /** The replicas of all generations that were opened, as folded. */
  get replicas(): readonly ReplicaFact[] {
    return [...new Map([...this.#earlier, [this.replica.edge, this.replica]]).values()];
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
    if (this.#epochsDirty || hasSuspensionEnded(intake.epochsOf(reader.known.domain), tip.timestamp)) {
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
    const folded = this.replicaOf(this.#ports.reader.known.edgeId).count;
    return this.#glance.look(folded, this.#cursor?.height, signal);
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
    const known = this.#positionsToCome();
    const edges = known.map(({ edge }) => edge);
    const raw = await reader.readPositions(edges, end, signal);
    const proven = raw.map(({ count, head }, at) => ({ count, head: count === 0n ? (edges[at] ?? head) : head }));
    const refuse = (transactions: readonly VaultTransaction[]): string | undefined => {
      const facts = transactions.flatMap((one) => one.facts);
      const isRejected = this.#rejected.size > 0 && this.#rejected.has(digestOf([from, transactions], keccak256));
      if (isRejected) return 'the logs are those that led to other sums than the vault has';
      const astray = edges.slice(1).find((edge, at) => opens(facts, edge) !== (raw[at + 1]?.head !== ZERO_WORD));
      if (astray !== undefined) return `the logs and the proof differ on whether generation ${astray} was opened`;
      return findBatchGap(facts, known, proven) ?? findMissingFate(transactions, this.#state.replica);
    };
    const range = await reader.readFacts({ from, to: end.height, refuse }, signal);
    await this.#requireOpened(range, { end, edges }, signal);
    return range;
  }

  /** A generation that no configuration names is opened by one provider's word alone: the chain must show it. @throws FOLD_MISMATCH. */
  async #requireOpened(
    range: VaultFactRange,
    { end, edges }: { readonly end: FinalBlock; readonly edges: readonly Bytes32[] },
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const facts = range.transactions.flatMap((one) => one.facts);
    const opened = facts.flatMap((fact) =>
      fact.kind === 'edge-opened' && !edges.includes(fact.edge) ? [fact.edge] : [],
    );
    if (opened.length === 0) return;
    const proven = await this.#ports.reader.readPositions(opened, end, signal);
    const invented = opened.find((_, at) => proven[at]?.head === ZERO_WORD);
    if (invented === undefined) return;
    this.#reject(range);
    throw followError(
      'FOLD_MISMATCH',
      `the logs open generation ${invented}, its proof shows none; another provider is asked next`,
    );
  }

  /** Where the replica stands, and where the generations begin that are known and still to come. */
  #positionsToCome(): readonly NamedPosition[] {
    const { replica } = this.#state;
    const later = this.#ports.reader.generations.filter(({ edge }) => edge.generation > generationOf(replica));
    return [replica, ...later.map(({ edgeId: edge }) => ({ edge, count: 0n, head: edge }))];
  }

  async #fold(range: VaultFactRange, end: FinalBlock, signal: AbortSignal | undefined): Promise<void> {
    const { transactions } = range;
    const { reader, store } = this.#ports;
    const facts = transactions.flatMap((one) => one.facts);
    const batches = facts.filter((fact) => fact.kind === 'applied');
    await this.#supply.ensure(batches, signal);
    for (const [at, transaction] of transactions.entries()) {
      const lacking = this.#state.lackingFor(transaction.facts);
      for (const [edge, seqs] of this.#byEdge(lacking)) this.#state.hold(await store.loadPayments(edge, seqs));
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
    // A change of the edge's state, a step to its next generation and a report change no row of the hash.
    const changing = transactions.findLast((one) =>
      one.facts.some((fact) => fact.kind !== 'edge-state' && fact.kind !== 'shortfall' && !isCrossing(fact)),
    );
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
    // A payment is told by its log alone, and so is a report: without one, only what the vault itself keeps shows that it is missing.
    const open = [...this.#state.sums.values()].filter(({ owed, shortSince }) => owed > 0n || shortSince > 0n);
    const assets = [...new Set([...this.#state.changedAssets, ...open.map(({ vaultAsset }) => vaultAsset)])];
    const theirs = assets.length === 0 ? [] : await reader.readSums(assets, block, signal);
    for (const read of theirs) {
      const { vaultAsset, owed, paid, coverageWad, limitUnits } = read;
      this.#limits.set(vaultAsset, limitUnits);
      const ours = this.#state.sums.get(vaultAsset);
      if (ours?.owed === owed && ours.paid === paid && ours.coverageWad === coverageWad) {
        this.#state.date(read);
        continue;
      }
      this.#reject(range);
      throw followError(
        'FOLD_MISMATCH',
        `the logs of vault ${this.replica.vault} give asset ${vaultAsset} ${ours?.owed} owed, ${ours?.paid} paid and coverage ${ours?.coverageWad} at block ${block.height}; the vault says ${owed}, ${paid} and ${coverageWad}; another provider is asked next`,
      );
    }
    const changes = this.#state.takeChanges();
    const { height, hash, timestamp, chainId } = block;
    const before = this.#cursor;
    const cursor = { chainId, height, hash, timestamp, changed: { height: changed.height, hash: changed.hash } };
    crashPoint('aggregator.vault.applied');
    await store.saveVaultStep({ cursor, replica: this.#state.replica, ...changes });
    crashPoint('aggregator.vault.saved');
    if (changes.earlier.length > 0)
      this.#earlier = new Map([...this.#earlier, ...changes.earlier.map((one) => [one.edge, one] as const)]);
    this.#state.release();
    this.#cursor = cursor;
    await this.#glance.noteFolded(this.#state.replica, block);
    await this.#tell(changes.payments, before, cursor);
  }

  /** Groups payments by the edge of their generation. */
  #byEdge(seqs: readonly bigint[]): ReadonlyMap<Bytes32, bigint[]> {
    const groups = new Map<Bytes32, bigint[]>();
    for (const seq of seqs) {
      const edge = this.#ports.reader.generations[Number(seq >> 64n)]?.edgeId ?? this.replica.edge;
      groups.set(edge, [...(groups.get(edge) ?? []), seq]);
    }
    return groups;
  }

  /** Tells which payments reached another stage just now; what was learnt later is told to nobody. */
  async #tell(payments: readonly PaymentRow[], before: FoldCursor | undefined, cursor: FoldCursor): Promise<void> {
    const told = new Map<bigint, ReleaseStage>();
    if (before !== undefined) {
      const times = { after: before.timestamp, upTo: cursor.timestamp };
      for (const { edge } of this.replicas) {
        const ready = await this.#ports.store.loadReadyPayments(edge, times, PAYMENTS_TOLD_MAX);
        for (const { seq, isLoss } of ready) if (!isLoss) told.set(seq, 'payable');
      }
    }
    for (const { seq, isLoss, state, readyAt, block } of payments) {
      // What is told are stages of releases.
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
    const { edgeId: edge, source } = this.#ports.reader.generations[0] ?? known;
    const { originChainId, replica: vault } = known.edge;
    return { chainId, edge, source, originChainId: Number(originChainId), vault, count: 0n, head: edge };
  }
}

/** Says which replayed entry has no fate, or more than one, among the logs of its own transaction. */
function findMissingFate(transactions: readonly VaultTransaction[], replica: ReplicaFact): string | undefined {
  const generations = generationsOf(
    transactions.flatMap(({ facts }) => facts),
    replica,
  );
  for (const { facts } of transactions) {
    const told = fatesOf(facts, generations);
    const twice = facts.filter(isFate).length > told.size;
    let replayed = 0;
    for (const fact of facts) {
      if (fact.kind !== 'applied') continue;
      for (let n = fact.from + 1n; n <= fact.to; n += 1n, replayed += 1)
        if (!told.has(sequenceNumber(generations.get(fact.edge) ?? 0, n)))
          return `no log says what became of release ${n} of ${fact.edge}`;
    }
    if (twice || told.size !== replayed) return `${told.size} logs tell the fate of ${replayed} replayed releases`;
  }
  return undefined;
}

function opens(facts: readonly VaultFact[], edge: Bytes32): boolean {
  return facts.some((fact) => fact.kind === 'edge-opened' && fact.edge === edge);
}
