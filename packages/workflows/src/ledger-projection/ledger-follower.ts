import { AppError, type Bytes32, type Keccak256, LOCAL_SOURCE } from '@surety/domain';
import { crashPoint } from '../crash-point.js';
import { EntrySupply, batchesOf } from '../following/entry-supply.js';
import { EpochRefresh } from '../following/epoch-refresh.js';
import { type FoldCursor, NO_BLOCK } from '../following/fold-cursor.js';
import { followError } from '../following/fold-errors.js';
import type { JournalEntrySource } from '../following/journal-entry-source.js';
import { LIVE_BLOCKS_MAX } from '../following/limits.js';
import { generationOf } from '../following/replica-fact.js';
import type { EdgeOpenedFact } from '../following/replica-rewind.js';
import { splitTransactions } from '../following/split-transactions.js';
import { StepSpan } from '../following/step-span.js';
import type { EdgeBook } from '../intake/edge-book.js';
import type { FinalBatch, IntakeStore } from '../intake/intake-store.js';
import type { Intake } from '../intake/intake.js';
import type { KnownEdge } from '../intake/known-edge.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { FinalBlock } from '../ports/origin-chain.js';
import { type AccountChange, correctionOf } from './account-change.js';
import { ChangedAccounts } from './changed-accounts.js';
import { type CollateralChanges, NO_CHANGES } from './collateral-changes.js';
import type { CollateralStore, LineFact, OptInFact, SourceListing } from './collateral-rows.js';
import { CollateralState } from './collateral-state.js';
import { findBookMismatch } from './compare-ledger-books.js';
import type { ReleasedRun } from './judge-released.js';
import type { LedgerFact } from './ledger-fact.js';
import { LedgerBooks } from './ledger-books.js';
import { LedgerGlance } from './ledger-glance.js';
import { loadLedgerNeeds } from './ledger-needs.js';
import { LINES_HELD_MAX } from './limits.js';
import type { MarginSnapshot } from './margin-snapshot.js';
import { ParkedDatings } from './parked-datings.js';
import { proveLacking } from './prove-lacking.js';
import { ProvenFactReader, type ProvenFacts } from './proven-fact-reader.js';
import type { AssetTerms, FactTransaction, SettlementReader } from './settlement-reader.js';

/** True for kinds of facts that change rows of the state hash. */
const IS_HASHED: Readonly<Record<LedgerFact['kind'], boolean>> = {
  applied: true,
  unparked: true,
  released: true,
  transferred: true,
  unseasoned: true,
  'coverage-reported': true,
  covered: true,
  'edge-opened': true,
  orphaned: true,
  'missing-again': true,
  'report-unwound': true,
  'loss-settled': true,
  'loss-reopened': true,
  'taken-back': true,
  'written-off': true,
  'source-listed': false,
  'asset-listed': false,
  parked: false,
  postponed: false,
  'parked-released': false,
  'parked-voided': false,
  refused: false,
  enabled: false,
  journaled: false,
  refunded: false,
  'refund-unmatched': false,
  'refund-undone': false,
  'source-state': false,
  opted: false,
  gated: false,
  rewinding: false,
  unwound: false,
  'came-again': false,
  found: false,
};
/** Codes of facts that a missing listing may explain. */
const LISTING_GAPS: ReadonlySet<string> = new Set(['UNKNOWN_EDGE', 'FACT_GAP']);

/**
 * Gives false where no provider proves the state of the cursor's block any more, after a long absence: then the logs are blamed, as
 * nothing else would ever ask another provider. @throws any other failure.
 */
function requireUnproven(failure: unknown): false {
  if (failure instanceof AppError && failure.code === 'UNPROVEN') return false;
  throw failure;
}

/** Ports of {@link LedgerFollower}. */
export interface LedgerFollowerPorts {
  readonly reader: SettlementReader;
  readonly entries: JournalEntrySource;
  readonly store: CollateralStore;
  readonly intakeStore: IntakeStore;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly keccak256: Keccak256;
  /** Height of the ledger's deployment, below which nothing is read. */
  readonly fromBlock: bigint;
  /** Returns the two edges of a listed source; an edge whose name is not the hash of its parts is left out. */
  readonly edgesOf: (source: SourceListing) => readonly KnownEdge[];
}

/**
 * Follows the ledger at final blocks and folds its facts into lines, replicas, parked credits and its own journals.
 *
 * Invariant: the store contains the state of exactly the cursor's block. Before a step is stored, replicas and journals
 * are compared with their storage proofs, and sums and coverages of assets with a quorum of providers, so that a
 * missing or invented log stops the fold instead of corrupting it.
 */
export class LedgerFollower {
  /** Accounts changed by steps, until cleared. */
  readonly changed = new ChangedAccounts();
  /** Blocks in which dates of parked credits last changed. */
  readonly datings = new ParkedDatings();
  readonly #ports: LedgerFollowerPorts;
  readonly #supply: EntrySupply;
  readonly #facts: ProvenFactReader;
  readonly #glance: LedgerGlance;
  readonly #epochs: EpochRefresh;
  readonly #span = new StepSpan();
  #state: CollateralState;
  #books: LedgerBooks;
  #cursor: FoldCursor | undefined;
  #snapshot: MarginSnapshot | undefined;
  #terms = new Map<number, AssetTerms>();
  #termsDirty = true;
  /** True while memory may differ from the store: a step failed, and the store has not been reloaded since. */
  #isDoubtful = false;
  #version = 0;

  constructor(ports: LedgerFollowerPorts) {
    this.#ports = ports;
    const { entries, intake, intakeStore, reader, keccak256 } = ports;
    const readBatchInput: SettlementReader['readBatchInput'] = (txHash, signal) =>
      reader.readBatchInput(txHash, signal);
    this.#supply = new EntrySupply({ entries, intake, store: intakeStore, keccak256, readBatchInput });
    this.#facts = new ProvenFactReader(reader, keccak256, ports.edgesOf);
    this.#glance = new LedgerGlance(ports);
    this.#epochs = new EpochRefresh({ ...ports, verifier: reader.verifier });
    this.#state = new CollateralState({ chainId: reader.chainId, keccak256 });
    this.#books = new LedgerBooks(this.#state);
  }

  /** Loads the cursor and the state. */
  async open(): Promise<void> {
    const { store, reader, intake } = this.#ports;
    const { chainId } = reader;
    this.#cursor = await store.loadCursor(chainId);
    const journals = await store.loadJournals();
    const isOwn = new Set(journals.map(({ edge }) => edge));
    this.#state = new CollateralState({
      chainId,
      keccak256: this.#ports.keccak256,
      // The replica of a ledger's journal is that of a vault beside the ledger, which folds it.
      replicas: (await store.loadReplicas(chainId)).filter(({ edge }) => !isOwn.has(edge)),
      assets: await store.loadAssets(),
      journals,
      sums: await store.loadSums(),
      coverages: await store.loadCoverages(),
    });
    this.#books = new LedgerBooks(this.#state);
    const outbound = new Map(this.#state.journals.map(({ source, edge }) => [source, edge]));
    await this.#openEdges(
      this.#state.replicas.map((one) => ({ ...one, outboundEdge: outbound.get(one.source) ?? one.edge })),
    );
    for (const replica of this.#state.replicas) {
      const book = intake.book(replica.edge);
      // After a failed step the intake may be ahead by a rewind that will be folded again.
      if (book?.generation === generationOf(replica)) book.noteApplied(replica.count);
    }
    this.#noteReplicas();
    this.#isDoubtful = false;
  }

  get cursor(): FoldCursor | undefined {
    return this.#cursor;
  }

  /** Weights and prices at the cursor's block; undefined before they were read. */
  get snapshot(): MarginSnapshot | undefined {
    return this.#snapshot;
  }

  /** Changes with each stored step, so that readers can cache what they loaded under one value. */
  get version(): number {
    return this.#version;
  }

  /** The books as they were last stored. */
  get books(): LedgerBooks {
    return this.#books;
  }

  /** The last poll of the newest block. */
  get glance(): LedgerGlance {
    return this.#glance;
  }

  /** Returns the time in seconds of the last statement that a source's replica accepted, 0 if unknown. */
  asOfOf(source: number): bigint {
    for (const terms of this.#terms.values()) if (terms.sourceIndex === source) return terms.source.asOf;
    return 0n;
  }

  /** Polls the newest block of one provider. @throws the reader's errors. */
  look(signal?: AbortSignal): Promise<void> {
    return this.#glance.look(this.#state.replicas, this.#cursor?.height, signal);
  }

  /**
   * Folds up to the newest final block and reads weights and prices there. Returns true if the block is new.
   * @throws the reader's errors; ENTRIES_MISSING (retryable), FACT_GAP, FOLD_MISMATCH.
   */
  async advance(signal?: AbortSignal): Promise<boolean> {
    const { reader, entries } = this.#ports;
    if (this.#isDoubtful) await this.open();
    const tip = await reader.readFinalTip(signal);
    // Also where no block is new: nothing that attesters post is taken before the sets are read.
    await this.#epochs.refresh(tip, signal);
    if (this.#cursor !== undefined && tip.height <= this.#cursor.height)
      return this.#completeSnapshot(this.#cursor.height, signal);
    while ((this.#cursor?.height ?? this.#ports.fromBlock - 1n) < tip.height) await this.#step(tip, signal);
    entries.release();
    return true;
  }

  /**
   * Replaces the lines, their enabled flags and the protocols of some accounts by what a quorum of providers returns at
   * the fold's own block, after one provider's `Enabled`, `OptedIn`, `OptedOut` or `Transferred` event proved wrong.
   */
  async heal(accounts: readonly Bytes32[], block: FinalBlock, signal?: AbortSignal): Promise<void> {
    const { store, observer } = this.#ports;
    const cursor = this.#cursor;
    if (cursor === undefined || cursor.height !== block.height) return;
    const { lines, optIns, optOuts, history } = await planHealing(this.#ports, { accounts, block }, signal);
    if (lines.length + optIns.length + optOuts.length === 0 || this.#cursor !== cursor) return;
    await store.saveStep({ cursor, ...NO_CHANGES, lines, optIns, optOuts, history });
    this.#noteChanged({ lines });
    const fields = { height: block.height, lines: lines.length, protocols: optIns.length + optOuts.length };
    observer.observe({ name: 'accounts-healed', level: 'warn', fields });
  }

  /** Reads the snapshot of a block that an earlier process folded. */
  async #completeSnapshot(height: bigint, signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#snapshot?.block.height === height) return false;
    this.#snapshot = await this.#readSnapshot(await this.#ports.reader.readFinalBlock(height, signal), signal);
    return true;
  }

  async #openEdges(sources: readonly SourceListing[]): Promise<void> {
    await this.#ports.intake.open(sources.flatMap((source) => this.#ports.edgesOf(source)));
  }

  async #step(tip: FinalBlock, signal: AbortSignal | undefined): Promise<void> {
    const { reader, fromBlock, observer } = this.#ports;
    const from = (this.#cursor?.height ?? fromBlock - 1n) + 1n;
    const to = this.#span.endOf(from, tip.height);
    const end = to === tip.height ? tip : await reader.readFinalBlock(to, signal);
    const configured = this.#ports.intake.books.map((book) => book.known);
    const asked = { from, end, termsToo: !this.#termsDirty, state: this.#state, configured };
    const range = await this.#span.fit({ from, to }, () => this.#facts.read(asked, signal));
    if (range === undefined) return;
    crashPoint('aggregator.fold.facts-read');
    if (range.epochsChanged) await this.#epochs.read(tip, signal);
    if (range.termsChanged) this.#termsDirty = true;
    try {
      await this.#fold(range, { end, isTip: end === tip }, signal);
    } catch (cause) {
      this.#isDoubtful = true;
      await this.open();
      const isGap = cause instanceof AppError && LISTING_GAPS.has(cause.code);
      if (isGap && !(await this.#addListings(signal).catch(requireUnproven))) this.#facts.reject(range);
      throw cause;
    }
    const level = end.height - from > 1_000n ? 'info' : 'debug';
    observer.observe({ name: 'ledger-folded', level, fields: { chain_id: reader.chainId, height: end.height } });
  }

  /** Adds what the ledger lists at the cursor's block and no log has shown. Returns true if there was anything. */
  async #addListings(signal: AbortSignal | undefined): Promise<boolean> {
    const { reader, store, intake } = this.#ports;
    const cursor = this.#cursor;
    if (cursor === undefined) return false;
    const block = await reader.readFinalBlock(cursor.height, signal);
    const lacking = (sources: readonly number[]): Promise<readonly LedgerFact[]> =>
      proveLacking({ state: this.#state, reader, sources }, block, signal);
    let listings = await lacking(intake.books.map(({ known }) => known.source));
    if (listings.length === 0) listings = await lacking(await this.#readSources(cursor, signal));
    if (listings.length === 0) return false;
    await this.#openEdges(listings.filter((fact) => fact.kind === 'source-listed'));
    // Until they are stored: later steps take listings in memory for stored ones, and a restart would lose them.
    this.#isDoubtful = true;
    this.#state.apply(listings, () => new Uint8Array());
    this.#termsDirty = true;
    await store.saveStep({ cursor, ...this.#state.takeChanges() });
    this.#isDoubtful = false;
    this.#books = new LedgerBooks(this.#state);
    this.#state.release();
    return true;
  }

  /**
   * Reads again which sources were listed in folded blocks. One that is not configured and has no asset is known by its
   * log alone. Another omission only causes a delay, since the next pass reads again.
   */
  async #readSources(cursor: FoldCursor, signal: AbortSignal | undefined): Promise<readonly number[]> {
    const { reader, fromBlock } = this.#ports;
    const told: number[] = [];
    const span = new StepSpan();
    for (let from = fromBlock; from <= cursor.height;) {
      const blocks = { from, to: span.endOf(from, cursor.height), termsToo: false, refuse: () => undefined };
      const read = await span.fit(blocks, () => reader.readFacts(blocks, signal));
      if (read === undefined) continue;
      from = blocks.to + 1n;
      for (const fact of read.transactions.flatMap(({ facts }) => facts))
        if (fact.kind === 'source-listed') told.push(fact.source);
    }
    return told;
  }

  async #fold(
    range: ProvenFacts,
    { end, isTip }: { readonly end: FinalBlock; readonly isTip: boolean },
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { transactions } = range;
    const facts = transactions.flatMap((transaction) => transaction.facts);
    await this.#openEdges(facts.filter((fact) => fact.kind === 'source-listed'));
    await this.#adoptReleased(range.released, end);
    crashPoint('aggregator.fold.entries-ensured');
    const parts = splitTransactions(transactions);
    for (const [at, part] of parts.entries()) {
      if (part.batches !== undefined) await this.#supply.ensure(batchesOf(part.batches, this.#state.replicas), signal);
      await this.#applyTransaction(part.transaction, signal);
      const { height } = part.transaction.block;
      const next = parts[at + 1]?.transaction.block.height;
      if (this.#state.lineCount > LINES_HELD_MAX && next !== undefined && next > height) {
        const block = await this.#ports.reader.readFinalBlock(height, signal);
        const folded = transactions.filter((one) => one.block.height <= height);
        await this.#saveJudged(
          range,
          { block, changed: await this.#lastChange(folded, block, signal), folded },
          signal,
        );
      }
    }
    const changed = await this.#lastChange(transactions, end, signal);
    const snapshot = isTip ? await this.#readSnapshot(end, signal) : undefined;
    await this.#saveJudged(range, { block: end, changed, folded: transactions, snapshot }, signal);
  }

  /**
   * Returns the block of the last fact that changed a row of the state hash. The hash names this block, so it is read
   * by quorum: a log's block is only one provider's word.
   */
  async #lastChange(
    transactions: ProvenFacts['transactions'],
    end: FinalBlock,
    signal: AbortSignal | undefined,
  ): Promise<FoldCursor['changed']> {
    const last = transactions.findLast(({ facts }) => facts.some(({ kind }) => IS_HASHED[kind]))?.block.height;
    if (last === undefined) return this.#cursor?.changed ?? { height: 0n, hash: NO_BLOCK };
    const { height, hash } = last === end.height ? end : await this.#ports.reader.readFinalBlock(last, signal);
    return { height, hash };
  }

  /** The growth of the ledger's journals is final and proven, so their entries need no attester. */
  async #adoptReleased(runs: readonly ReleasedRun[], end: FinalBlock): Promise<void> {
    const { intake, clock } = this.#ports;
    for (const { edge, entries, position } of runs) {
      const first = entries.locations[0]?.blockHeight ?? end.height;
      const atMs = end.height - first < LIVE_BLOCKS_MAX ? clock.nowMs() : undefined;
      await intake.adoptJournal(edge, { entries, position, atMs });
    }
  }

  /** Stores the state of a block if the ledger's own sums agree. */
  async #saveJudged(
    range: ProvenFacts,
    at: {
      readonly block: FinalBlock;
      readonly changed: FoldCursor['changed'];
      readonly folded: readonly FactTransaction[];
      readonly snapshot?: MarginSnapshot | undefined;
    },
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { reader, store } = this.#ports;
    const { block, changed, folded, snapshot = this.#snapshot } = at;
    const changes = this.#state.takeChanges();
    const mismatch = await findBookMismatch({ state: this.#state, changes, reader, block }, signal);
    if (mismatch !== undefined) {
      this.#facts.reject(range);
      throw followError('FOLD_MISMATCH', mismatch);
    }
    const { height, hash, timestamp, chainId } = block;
    const cursor = { chainId, height, hash, timestamp, changed };
    crashPoint('aggregator.fold.applied');
    // Before the cursor, past which nothing is read again.
    await this.#noteFolded(folded);
    crashPoint('aggregator.fold.noted');
    await store.saveStep({ cursor, ...changes });
    crashPoint('aggregator.fold.saved');
    this.#noteReplicas();
    this.#state.release();
    // Set together, so that readers of lines find books and snapshot of the same block.
    this.#books = new LedgerBooks(this.#state);
    this.#cursor = cursor;
    this.#snapshot = snapshot;
    this.#noteChanged(changes);
  }

  /** Tells the intake what the stored replicas hold: entries that they applied stand, whoever signed them. */
  #noteReplicas(): void {
    for (const replica of this.#state.replicas) {
      const book = this.#ports.intake.book(replica.edge);
      const { count, head } = replica;
      if (book?.generation === generationOf(replica)) book.noteFolded({ count, head });
    }
  }

  /** Records the blocks of batches, also of those that the newest block had before. */
  async #noteFolded(transactions: readonly FactTransaction[]): Promise<void> {
    const { intake, intakeStore } = this.#ports;
    const batches: FinalBatch[] = [];
    const reached = new Map<EdgeBook, bigint>();
    for (const { block, facts } of transactions) {
      for (const fact of facts) {
        if (fact.kind !== 'applied') continue;
        const book = intake.books.find(({ name }) => name === fact.edge);
        if (book === undefined) continue;
        reached.set(book, fact.to);
        batches.push({ edge: book.known.edgeId, from: fact.from, to: fact.to, block });
      }
    }
    if (batches.length > 0) await intakeStore.saveAppliedBatches(batches);
    // The books last: a row that was not written is written when the step is repeated.
    for (const [book, count] of reached) if (book.appliedCount < count) book.noteApplied(count);
  }

  async #applyTransaction(transaction: FactTransaction, signal: AbortSignal | undefined): Promise<void> {
    const { store, reader, keccak256 } = this.#ports;
    const ports = { state: this.#state, store, supply: this.#supply, reader, keccak256 };
    const { entries, unwound } = await loadLedgerNeeds(transaction, ports, signal);
    const { height, hash } = transaction.block;
    const place = { height, hash, txHash: transaction.txHash ?? null };
    this.#state.apply(transaction.facts, entries, unwound, place);
    this.datings.note(transaction.facts, height);
    for (const fact of transaction.facts) {
      if (fact.kind === 'opted' || fact.kind === 'gated') this.changed.note([fact.account]);
      if (fact.kind === 'edge-opened') await this.#noteRewound(fact);
    }
  }

  /** The chain proves the rewind: later signatures and entries belong to the next name. */
  async #noteRewound({ source, edge: name, generation }: EdgeOpenedFact & { readonly source: number }): Promise<void> {
    const replica = this.#state.replicas.find((one) => one.source === source);
    if (replica === undefined) return;
    const { count, head } = replica;
    await this.#ports.intake.rewind(replica.edge, { generation, name, point: { count, head } });
  }

  async #readSnapshot(block: FinalBlock, signal: AbortSignal | undefined): Promise<MarginSnapshot> {
    if (this.#termsDirty) {
      const terms = await this.#ports.reader.readTerms([...this.#state.assets.values()], block, signal);
      this.#terms = new Map(terms.map((one) => [one.assetId, one]));
      // Such a weight falls with time alone, so it is read again at each block.
      this.#termsDirty = terms.some((one) => one.isStanding);
    }
    crashPoint('aggregator.fold.book-read');
    return { block, terms: freshLocally(this.#terms, block.timestamp), coverages: this.#state.coveragesInForce };
  }

  #noteChanged(step: Pick<CollateralChanges, 'lines'>): void {
    this.#version += 1;
    this.changed.noteStep(step);
  }
}

/** The ledger reads source 0 in each call, so its knowledge is of the block's own time, without a log. @source LedgerStorage */
function freshLocally(terms: ReadonlyMap<number, AssetTerms>, asOf: bigint): ReadonlyMap<number, AssetTerms> {
  const fresh = ({ source, ...one }: AssetTerms): AssetTerms => ({ ...one, source: { ...source, asOf } });
  return new Map([...terms].map(([id, one]) => [id, one.sourceIndex === LOCAL_SOURCE ? fresh(one) : one]));
}

/** Corrections of some accounts after a comparison with a quorum. */
interface Healing {
  readonly lines: readonly LineFact[];
  readonly optIns: readonly OptInFact[];
  readonly optOuts: readonly OptInFact[];
  readonly history: readonly AccountChange[];
}

/** Compares the lines and protocols of some accounts with a quorum of providers at the fold's own block. */
async function planHealing(
  { reader, store }: { readonly reader: SettlementReader; readonly store: CollateralStore },
  { accounts, block }: { readonly accounts: readonly Bytes32[]; readonly block: FinalBlock },
  signal?: AbortSignal,
): Promise<Healing> {
  const lines: LineFact[] = [];
  const optIns: OptInFact[] = [];
  const optOuts: OptInFact[] = [];
  const history: AccountChange[] = [];
  const correct = (line: LineFact, before: bigint): void => {
    lines.push(line);
    if (line.amount !== before)
      history.push(correctionOf(line, line.amount - before, { block, ordinal: history.length }));
  };
  for (const account of accounts) {
    const membership = await reader.readMembership(account, block, signal);
    const enabled = new Set(membership.enabled);
    const held = await store.loadProtocolsOf(account);
    for (const protocol of membership.protocols) if (!held.includes(protocol)) optIns.push({ account, protocol });
    for (const protocol of held) if (!membership.protocols.includes(protocol)) optOuts.push({ account, protocol });
    const own = await store.loadLinesOf(account);
    for (const line of own) {
      const read = await reader.readLine(line, block, signal);
      const counts = enabled.has(line.assetId);
      const isSame =
        line.amount === read.amount && line.unseasoned === read.unseasoned && line.seasonEnd === read.seasonEnd;
      if (line.enabled !== counts || !isSame) correct({ ...line, enabled: counts, ...read }, line.amount);
    }
    for (const assetId of enabled) {
      if (own.some((line) => line.assetId === assetId)) continue;
      const read = await reader.readLine({ account, assetId }, block, signal);
      correct({ account, assetId, ...read, enabled: true }, 0n);
    }
  }
  return { lines, optIns, optOuts, history };
}
