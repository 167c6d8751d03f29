import { AppError, type Bytes32, type JournalPosition, blockHash, concatBytes } from '@surety/domain';
import { crashPoint } from '../crash-point.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { FinalBlock } from '../ports/origin-chain.js';
import type { CollateralStore, FoldCursor, LineFact } from './collateral-rows.js';
import { CollateralState } from './collateral-state.js';
import type { BlockName, IntakeStore, MilestoneFact } from './fact-store.js';
import type { Intake } from './intake.js';
import type { KnownEdge } from './known-edge.js';
import type { AppliedFact, SourceListedFact } from './ledger-fact.js';
import { ACCOUNTS_TOLD_MAX, BLOCKS_PER_STEP, ENTRIES_PER_ANCHOR, LINES_HELD_MAX } from './limits.js';
import type { MarginBook } from './margin-book.js';
import type {
  AssetTerms,
  EntriesWanted,
  EntrySource,
  FactRange,
  FactTransaction,
  NewestReplicas,
  SettlementReader,
} from './settlement-reader.js';

/** What the ledger's listing says of a source and its edge. */
export type ListedSource = Pick<SourceListedFact, 'source' | 'edge' | 'originChainId' | 'vault'>;

/** Names no block: nothing was folded yet. */
const NO_BLOCK = blockHash(`0x${'0'.repeat(64)}`);

/** What the follower stands on. */
export interface LedgerFollowerPorts {
  readonly reader: SettlementReader;
  readonly entries: EntrySource;
  readonly store: CollateralStore;
  readonly intakeStore: IntakeStore;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly observer: Observer;
  /** Height of the ledger's deployment; nothing is asked below it. */
  readonly fromBlock: bigint;
  /** Names the edge of a listed source; undefined if its name is not what its parts hash to. */
  readonly edgeOf: (source: ListedSource) => KnownEdge | undefined;
}

/**
 * Follows the ledger at final blocks and folds its facts into lines, replicas and parked credits.
 *
 * Invariant: what is stored is the state of exactly the cursor's block. After each step the replicas of the fold are
 * compared with those that the chain proves, so that a missing or invented log stops the fold, never bends it.
 */
export class LedgerFollower {
  readonly #ports: LedgerFollowerPorts;
  #state = new CollateralState();
  #cursor: FoldCursor | undefined;
  #book: MarginBook | undefined;
  #terms = new Map<number, AssetTerms>();
  #termsDirty = true;
  #epochsDirty = true;
  #changed: readonly Bytes32[] = [];
  #newest: BlockName | undefined;

  constructor(ports: LedgerFollowerPorts) {
    this.#ports = ports;
  }

  /** Loads where the fold stands. */
  async open(): Promise<void> {
    const { store, reader } = this.#ports;
    this.#cursor = await store.loadCursor(reader.chainId);
    this.#state = new CollateralState(await store.loadReplicas(), await store.loadAssets());
    await this.#openEdges(this.#state.replicas);
    for (const replica of this.#state.replicas) this.#ports.intake.book(replica.edge)?.noteApplied(replica.count);
  }

  get cursor(): FoldCursor | undefined {
    return this.#cursor;
  }

  /** What lines are weighed with at the cursor's block; undefined until it was read. */
  get book(): MarginBook | undefined {
    return this.#book;
  }

  get state(): CollateralState {
    return this.#state;
  }

  /** The newest block that was glanced at. */
  get newest(): BlockName | undefined {
    return this.#newest;
  }

  /** Gives the time in seconds of the last statement that a source's replica accepted, 0 if none is known. */
  asOfOf(source: number): bigint {
    for (const terms of this.#terms.values()) if (terms.sourceIndex === source) return terms.source.asOf;
    return 0n;
  }

  /** Notes what the newest block shows of the replicas. */
  async glance(newest: NewestReplicas): Promise<void> {
    this.#newest = newest.block;
    for (const [edge, count] of newest.counts) await this.#noteApplied(edge, count, newest.block);
  }

  /** Gives the accounts that the last steps changed, once, at most some. */
  takeChanged(): readonly Bytes32[] {
    const changed = this.#changed;
    this.#changed = [];
    return changed;
  }

  /**
   * Folds up to the newest final block and reads what lines are weighed with there. Gives true if the block is a new one.
   * @throws the reader's errors; ENTRIES_MISSING (retryable), FACT_GAP, FOLD_MISMATCH.
   */
  async advance(signal?: AbortSignal): Promise<boolean> {
    const { reader, intake, entries } = this.#ports;
    const tip = await reader.readFinalTip(signal);
    if (this.#cursor !== undefined && tip.height <= this.#cursor.height)
      return this.#completeBook(this.#cursor.height, signal);
    if (this.#epochsDirty) {
      intake.useEpochs(await reader.readEpochs(tip, signal));
      this.#epochsDirty = false;
    }
    while ((this.#cursor?.height ?? this.#ports.fromBlock - 1n) < tip.height) await this.#step(tip, signal);
    entries.release();
    await this.#readBook(tip, signal);
    return true;
  }

  /** Reads the book of a block that is folded already, if that failed before. */
  async #completeBook(height: bigint, signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#book?.block.height === height) return false;
    await this.#readBook(await this.#ports.reader.readFinalBlock(height, signal), signal);
    return true;
  }

  async #openEdges(sources: readonly ListedSource[]): Promise<void> {
    const known = sources.flatMap((source) => this.#ports.edgeOf(source) ?? []);
    await this.#ports.intake.open(known);
  }

  async #step(tip: FinalBlock, signal: AbortSignal | undefined): Promise<void> {
    const { reader, fromBlock, observer } = this.#ports;
    const from = (this.#cursor?.height ?? fromBlock - 1n) + 1n;
    const to = from + BLOCKS_PER_STEP - 1n < tip.height ? from + BLOCKS_PER_STEP - 1n : tip.height;
    const end = to === tip.height ? tip : await reader.readFinalBlock(to, signal);
    const range = await this.#readProvenFacts({ from, to }, end, signal);
    if (range.epochsChanged) {
      this.#ports.intake.useEpochs(await reader.readEpochs(tip, signal));
    }
    if (range.termsChanged) this.#termsDirty = true;
    crashPoint('aggregator.fold.facts-read');
    try {
      await this.#fold(range, end, signal);
    } catch (cause) {
      await this.open();
      throw cause;
    }
    const level = end.height - from > 1_000n ? 'info' : 'debug';
    observer.observe({ name: 'ledger-folded', level, fields: { chain_id: reader.chainId, height: end.height } });
  }

  async #fold(range: FactRange, end: FinalBlock, signal: AbortSignal | undefined): Promise<void> {
    const facts = range.transactions.flatMap((transaction) => transaction.facts);
    await this.#openEdges(facts.filter((fact) => fact.kind === 'source-listed'));
    await this.#ensureEntries(range, signal);
    crashPoint('aggregator.fold.entries-ensured');
    let changed = this.#cursor?.changed ?? { height: 0n, hash: NO_BLOCK };
    for (const [at, transaction] of range.transactions.entries()) {
      await this.#applyTransaction(transaction);
      const next = range.transactions[at + 1];
      if (
        this.#state.lineCount > LINES_HELD_MAX &&
        next !== undefined &&
        next.block.height > transaction.block.height
      ) {
        const block = await this.#ports.reader.readFinalBlock(transaction.block.height, signal);
        changed = { height: block.height, hash: block.hash };
        await this.#save(block, changed);
      }
    }
    const last = range.transactions.at(-1)?.block.height;
    if (last !== undefined) {
      // The state hash names this block: a log's word on its hash is one provider's, a final block's is the quorum's.
      const block = last === end.height ? end : await this.#ports.reader.readFinalBlock(last, signal);
      changed = { height: block.height, hash: block.hash };
    }
    await this.#save(end, changed);
    await this.#noteFolded(range);
  }

  /** Notes batches that no glance at the newest block has told of before. */
  async #noteFolded(range: FactRange): Promise<void> {
    const { intake, intakeStore } = this.#ports;
    const milestones: MilestoneFact[] = [];
    for (const { block, facts } of range.transactions) {
      for (const fact of facts) {
        const book = fact.kind === 'applied' ? intake.book(fact.edge) : undefined;
        if (fact.kind !== 'applied' || book === undefined || book.appliedCount >= fact.to) continue;
        book.noteApplied(fact.to);
        milestones.push({ edge: fact.edge, stage: 'applied', count: fact.to, block });
      }
    }
    if (milestones.length > 0) await intakeStore.saveMilestones(milestones);
    crashPoint('aggregator.fold.noted');
  }

  async #applyTransaction({ facts }: FactTransaction): Promise<void> {
    const { store } = this.#ports;
    const packed = new Map<string, Uint8Array>();
    for (const fact of facts)
      if (fact.kind === 'applied') packed.set(`${fact.edge}:${fact.from}`, await this.#loadPacked(fact));
    const lookup = (edge: Bytes32, from: bigint): Uint8Array => packed.get(`${edge}:${from}`) ?? new Uint8Array();
    const missing = this.#state.keysOf(facts, lookup).filter((key) => !this.#state.has(key));
    if (missing.length > 0) this.#state.hold(await store.loadLines(missing));
    this.#state.apply(facts, lookup);
  }

  /** Notes the heads that the ledger applied, and reads the entries that nobody handed in from their origin chain. */
  async #ensureEntries(range: FactRange, signal: AbortSignal | undefined): Promise<void> {
    const { intake, entries } = this.#ports;
    const lacking = new Map<Bytes32, bigint>();
    for (const fact of range.transactions.flatMap((transaction) => transaction.facts)) {
      if (fact.kind !== 'applied') continue;
      await intake.adoptAppliedHead(fact.edge, { count: fact.to, head: fact.head });
      if ((intake.book(fact.edge)?.position.count ?? 0n) < fact.to) lacking.set(fact.edge, fact.to);
      else lacking.delete(fact.edge);
    }
    for (const [edge, to] of lacking) {
      const book = intake.book(edge);
      if (book === undefined) continue;
      const { known, position } = book;
      const anchor = await this.#anchorOf(edge, position.count);
      const located = await entries.readEntriesAfter({ known, position, to, anchor }, signal);
      if (located !== undefined) await intake.adoptEntries(edge, located);
    }
  }

  /** Gives the newest held position that ends a block, so that a walk need not begin at the journal's first block. */
  async #anchorOf(edge: Bytes32, count: bigint): Promise<EntriesWanted['anchor']> {
    const from = count > ENTRIES_PER_ANCHOR ? count - ENTRIES_PER_ANCHOR : 0n;
    const request = { edge, from, to: count, limit: Number(ENTRIES_PER_ANCHOR) };
    const held = await this.#ports.intakeStore.loadEntries(request);
    for (let at = held.length - 1; at > 0; at--) {
      const [entry, next] = [held[at - 1], held[at]];
      const block = entry?.location?.blockHeight;
      if (entry === undefined || block === undefined || next?.location === undefined) return undefined;
      if (block < next.location.blockHeight) return { position: { count: entry.index, head: entry.head }, block };
    }
    return undefined;
  }

  async #loadPacked(fact: AppliedFact): Promise<Uint8Array> {
    const { edge, from, to } = fact;
    const facts = await this.#ports.intakeStore.loadEntries({ edge, from, to, limit: Number(to - from) });
    const last = facts.at(-1);
    if (last !== undefined && last.index === to && last.head !== fact.head) {
      throw followError(
        'FOLD_MISMATCH',
        `the entries held of ${edge} fold to ${last.head} at ${to}, the ledger applied ${fact.head}`,
      );
    }
    return concatBytes(...facts.map((entry) => entry.packed));
  }

  /** Reads facts that lead every replica from where the fold stands to where the chain proves it at the last block. */
  async #readProvenFacts(
    blocks: { from: bigint; to: bigint },
    end: FinalBlock,
    signal: AbortSignal | undefined,
  ): Promise<FactRange> {
    const { reader } = this.#ports;
    const known = this.#state.replicas;
    const proven = await reader.readPositions(
      known.map((one) => one.edge),
      end,
      signal,
    );
    const range = await reader.readFacts(
      { ...blocks, termsToo: !this.#termsDirty, refuse: (transactions) => findGap(transactions, known, proven) },
      signal,
    );
    const listed = listedEdges(range.transactions).filter((edge) => known.every((one) => one.edge !== edge));
    const fresh = listed.map((edge) => ({ edge, count: 0n, head: edge }));
    const gap =
      fresh.length === 0
        ? undefined
        : findGap(range.transactions, fresh, await reader.readPositions(listed, end, signal));
    if (gap !== undefined) throw followError('FOLD_MISMATCH', `${gap}; another provider is asked next`);
    return range;
  }

  async #save(block: FinalBlock, changed: FoldCursor['changed']): Promise<void> {
    const { height, hash, timestamp, chainId } = block;
    const cursor = { chainId, height, hash, timestamp, changed };
    const changes = this.#state.takeChanges();
    crashPoint('aggregator.fold.applied');
    await this.#ports.store.saveStep({ cursor, ...changes });
    crashPoint('aggregator.fold.saved');
    this.#state.release();
    this.#cursor = cursor;
    this.#noteChanged(changes.lines);
  }

  /** Notes how far a replica is; the stage of its entries follows. */
  async #noteApplied(edge: Bytes32, count: bigint, block: BlockName): Promise<void> {
    const { intake, intakeStore, clock, observer } = this.#ports;
    const book = intake.book(edge);
    const folded = this.#state.replicas.find((one) => one.edge === edge)?.count ?? 0n;
    if (book === undefined || book.appliedCount === count || count < folded) return;
    const grew = count > book.appliedCount;
    book.noteApplied(count);
    if (!grew) return;
    crashPoint('aggregator.glance.grown');
    await intakeStore.saveMilestones([{ edge, stage: 'applied', count, atMs: clock.nowMs(), block }]);
    observer.observe({ name: 'stage-reached', level: 'info', fields: { edge, stage: 'applied', count } });
  }

  async #readBook(block: FinalBlock, signal: AbortSignal | undefined): Promise<void> {
    if (this.#termsDirty) {
      const terms = await this.#ports.reader.readTerms([...this.#state.assets.values()], block, signal);
      this.#terms = new Map(terms.map((one) => [one.assetId, one]));
      this.#termsDirty = false;
    }
    crashPoint('aggregator.fold.book-read');
    this.#book = { block, terms: this.#terms };
  }

  #noteChanged(lines: readonly LineFact[]): void {
    const accounts = new Set([...this.#changed, ...lines.map((line) => line.account)]);
    this.#changed = [...accounts].slice(-ACCOUNTS_TOLD_MAX);
  }
}

function listedEdges(transactions: readonly FactTransaction[]): Bytes32[] {
  return transactions.flatMap(({ facts }) =>
    facts.flatMap((fact) => (fact.kind === 'source-listed' ? [fact.edge] : [])),
  );
}

/** Says where the batches of some edges do not lead from a position to the proven one; undefined if they all do. */
function findGap(
  transactions: readonly FactTransaction[],
  from: readonly (JournalPosition & { readonly edge: Bytes32 })[],
  proven: readonly JournalPosition[],
): string | undefined {
  for (const [at, start] of from.entries()) {
    let position: JournalPosition = start;
    for (const fact of transactions.flatMap((transaction) => transaction.facts)) {
      if (fact.kind !== 'applied' || fact.edge !== start.edge) continue;
      if (fact.from !== position.count)
        return `a batch of ${start.edge} begins at ${fact.from}, the one before ended at ${position.count}`;
      position = { count: fact.to, head: fact.head };
    }
    const end = proven[at];
    if (end?.count === position.count && end.head === position.head) continue;
    return `the logs lead replica ${start.edge} to count ${position.count}, its proof says ${end?.count}`;
  }
  return undefined;
}

/** Codes of following the ledger. */
export type FollowErrorCode = 'FOLD_MISMATCH';

function followError(code: FollowErrorCode, message: string): AppError<FollowErrorCode> {
  return new AppError({ code, message, retryable: true });
}
