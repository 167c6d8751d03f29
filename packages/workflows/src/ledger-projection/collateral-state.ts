import { type AccountChangeKind, type Bytes32, paddedAddress } from '@surety/domain';
import type { ReplicaFact } from '../following/replica-fact.js';
import { splitAtOpenings } from '../following/replica-rewind.js';
import type { ChangePlace } from './account-change.js';
import { AssetBook } from './asset-book.js';
import { AssetSums } from './asset-sums.js';
import {
  type CollateralChanges,
  type CollateralStart,
  type EntryLookup,
  type LineKey,
  NOTHING_UNWOUND,
  type UnwindLookup,
  optingOf,
} from './collateral-changes.js';
import type {
  AssetFact,
  AssetSumsFact,
  CoverageFact,
  JournalFact,
  LineFact,
  OrphanRow,
  ParkedCreditFact,
  RefundFact,
} from './collateral-rows.js';
import { CoverageBook } from './coverage-book.js';
import { type CreditCause, EntryReplay, entriesOf, toldOf } from './entry-replay.js';
import { HistoryBook } from './history-book.js';
import type {
  AppliedFact,
  EnabledFact,
  LedgerFact,
  OptedFact,
  OrphanFact,
  ParkedFact,
  ParkedReleasedFact,
  ParkedVoidedFact,
  RefundUndoneFact,
  ReleasedFact,
  SourceListedFact,
  TakenBackFact,
  TransferredFact,
  UnparkedFact,
} from './ledger-fact.js';
import { LedgerJournals } from './ledger-journals.js';
import { LedgerReplicas } from './ledger-replicas.js';
import { LineBook, keyOf } from './line-book.js';
import { OrphanBook, type OrphanKey } from './orphan-book.js';
import { ParkedBook } from './parked-book.js';
import { RefundBook } from './refund-book.js';

/**
 * The ledger's lines, parked credits and replicas, folded from its facts exactly as in CollateralLedger.sol.
 *
 *   applied    every LOCK of the batch that was neither parked, refused nor empty raises its account's line by
 *              amount − fee; the fees of the batch raise `feeTo`'s line, once per asset, unless they were parked FEE;
 *              a REFUND raises its account's line by the amount in its log, or changes nothing; other kinds change no line
 *   parked     the credit waits under its index        unparked   it reaches its line
 *   enabled    a line starts or stops to count         refused    the entry has no effect
 *   unseasoned sets the unseasoned part of a line and its end; nothing else changes them, not even the end itself
 *   released   a line is debited, fee included         opted      a protocol may require margin, or no longer does
 *   SHORTFALL  of a batch, and `covered`, change an asset's coverage and no line, since all amounts are units
 *
 * A rewind starts with `rewinding`, unwinds entries from the last one backwards, and ends with `edge-opened`. It changes no
 * line:
 *
 *   orphaned   a credit is an orphan       came-again  its entry has no other effect      found  its credit is reduced
 *   taken-back the line of an orphan's account falls; units it no longer had are missing until the vault is informed
 *              (`written-off`)
 *
 * Invariant: however facts are split into batches of whole transactions, the state is the same. Before applying, a caller
 * with a store loads the lines that `keysOf` returns, and the credits that are unparked.
 */
export class CollateralState {
  readonly #lines = new LineBook();
  readonly #parked: ParkedBook;
  readonly #replicas: LedgerReplicas;
  readonly #assets: AssetBook;
  readonly #journals: LedgerJournals;
  readonly #sums: AssetSums;
  readonly #coverages: CoverageBook;
  readonly #orphans: OrphanBook;
  readonly #refunds = new RefundBook();
  readonly #history = new HistoryBook();
  readonly #replay: EntryReplay;
  #opted = new Map<string, OptedFact>();

  constructor(start: CollateralStart) {
    const { chainId, keccak256, replicas = [], assets = [], journals = [], sums = [], coverages = [] } = start;
    this.#replicas = new LedgerReplicas(chainId, replicas);
    this.#journals = new LedgerJournals(journals, keccak256);
    this.#orphans = new OrphanBook(keccak256);
    this.#sums = new AssetSums(sums);
    this.#coverages = new CoverageBook(coverages);
    this.#assets = new AssetBook(assets);
    this.#parked = new ParkedBook(this.#assets, this.#sums);
    this.#replay = new EntryReplay({
      keccak256,
      coverages: this.#coverages,
      assetIdOf: (source, vaultAsset) => this.assetIdOf(source, vaultAsset),
      credit: (key, amount, cause) => this.#credit(key, amount, cause),
      come: (fact, packed) => this.#noteOrphan(fact, packed),
      refund: (source, { asset: vaultAsset }, { seq, assetId, amount }) => {
        this.#refunds.note({ source, seq, vaultAsset, amount });
        // Assets that are not listed have no sums.
        if (assetId !== 0) this.#sums.add(assetId, { refunded: amount });
      },
    });
  }

  /** Lines held in memory, in no order. */
  get lines(): readonly LineFact[] {
    return this.#lines.all;
  }

  /** Number of lines held in memory. */
  get lineCount(): number {
    return this.#lines.byKey.size;
  }

  get replicas(): readonly ReplicaFact[] {
    return this.#replicas.all;
  }

  get assets(): ReadonlyMap<number, AssetFact> {
    return this.#assets.all;
  }

  /** Returns the journal toward a source's vault. */
  journalOf(source: number): JournalFact | undefined {
    return this.#journals.ofSource(source);
  }

  /** The ledger's own journals, one toward each vault. */
  get journals(): readonly JournalFact[] {
    return this.#journals.all;
  }

  /** Sums of lines and parked credits, by asset. */
  get sums(): ReadonlyMap<number, AssetSumsFact> {
    return this.#sums.byKey;
  }

  /** All coverages ever reported, in no order. */
  get coverages(): readonly CoverageFact[] {
    return this.#coverages.all;
  }

  /** Returns the coverage of a vault's asset; full coverage before any report. */
  coverageOf(asset: Pick<CoverageFact, 'source' | 'vaultAsset'>): CoverageFact {
    return this.#coverages.of(asset);
  }

  /** Coverages in force below 1, by the ledger's index of the asset. */
  get coveragesInForce(): ReadonlyMap<number, bigint> {
    return this.#coverages.inForce(this.#assets);
  }

  /** Parked credits held in memory, in no order. */
  get parked(): readonly ParkedCreditFact[] {
    return this.#parked.all;
  }

  /** Returns the ledger's index of a vault's asset; undefined if it is not listed. */
  assetIdOf(source: number, vaultAsset: number): number | undefined {
    return this.#assets.idOf(source, vaultAsset);
  }

  /** True if a line is in memory and need not be loaded. */
  has(key: LineKey): boolean {
    return this.#lines.has(key);
  }

  /** Adds lines as stored. */
  hold(lines: readonly LineFact[]): void {
    this.#lines.hold(lines);
  }

  /** True if a parked credit is in memory and need not be loaded. */
  hasParked(source: number, index: bigint): boolean {
    return this.#parked.of(source, index) !== undefined;
  }

  /** Adds a parked credit as stored. */
  holdParked(credit: ParkedCreditFact): void {
    this.#parked.hold([credit]);
  }

  /** True if a row of orphans is in memory and need not be loaded. */
  hasOrphans(key: OrphanKey): boolean {
    return this.#orphans.has(key);
  }

  /** Adds stored orphans, and stored refunds that are about to be undone. */
  holdRewound({
    orphans,
    refunds,
  }: {
    readonly orphans: readonly OrphanRow[];
    readonly refunds: readonly RefundFact[];
  }): void {
    this.#orphans.hold(orphans);
    this.#refunds.hold(refunds);
  }

  /** Drops all rows that are loaded on demand; their changes must have been taken before. */
  release(): void {
    this.#lines.release();
    this.#parked.release();
    this.#orphans.release();
    this.#refunds.release();
  }

  /** Returns the lines that the facts of one transaction touch, including sources and assets that they list. */
  keysOf(facts: readonly LedgerFact[], entries: EntryLookup): LineKey[] {
    const keys = new Map<string, LineKey>();
    for (const fact of facts) {
      if (fact.kind === 'source-listed') this.#listSource(fact);
      else if (fact.kind === 'asset-listed') this.#assets.keep(fact);
      for (const key of this.#touchedBy(fact, facts, entries)) keys.set(keyOf(key), key);
    }
    return [...keys.values()];
  }

  /**
   * Applies the facts of one transaction, in order. Changes of accounts are written down if its place is named.
   * @throws FACT_GAP, ENTRIES_MISSING, UNKNOWN_EDGE; the state is then partly changed and must be discarded.
   */
  apply(
    facts: readonly LedgerFact[],
    entries: EntryLookup,
    unwound: UnwindLookup = NOTHING_UNWOUND,
    place?: ChangePlace,
  ): void {
    this.#history.moveTo(place);
    for (const part of splitAtOpenings(facts)) {
      const told = toldOf(part);
      for (const fact of part) this.#applyFact(fact, { told, entries, unwound });
    }
    this.#coverages.requireNone();
  }

  /** Returns the changes since the last call. */
  takeChanges(): CollateralChanges {
    const changes = {
      lines: this.#lines.takeChanges(),
      ...this.#parked.takeChanges(),
      replicas: this.#replicas.takeChanges(),
      assets: this.#assets.takeChanges(),
      journals: this.#journals.takeChanges(),
      sums: this.#sums.takeChanges(),
      ...optingOf([...this.#opted.values()]),
      ...this.#refunds.takeChanges(),
      coverages: this.#coverages.takeChanges(),
      orphans: this.#orphans.takeChanges(),
      history: this.#history.takeChanges(),
    };
    this.#opted = new Map();
    return changes;
  }

  /** Returns the lines that one fact touches: those it names, or those of a batch's entries. */
  #touchedBy(fact: LedgerFact, facts: readonly LedgerFact[], entries: EntryLookup): readonly LineKey[] {
    switch (fact.kind) {
      case 'enabled':
      case 'released':
      case 'unseasoned':
        return [{ account: fact.account, assetId: fact.assetId }];
      case 'transferred':
        return [fact.from, fact.to].map((account) => ({ account, assetId: fact.assetId }));
      case 'unparked':
        return [fact.account, fact.feeTo].map((account) => ({ account, assetId: fact.assetId }));
      case 'taken-back':
        return lineOf(fact.account, this.assetIdOf(fact.source, fact.vaultAsset));
      case 'applied':
        return this.#touchedByBatch(fact, this.#replicas.sourceOf(fact.edge, facts), entries);
      case 'source-listed':
      case 'asset-listed':
      case 'parked':
      case 'postponed':
      case 'parked-released':
      case 'parked-voided':
      case 'refused':
      case 'journaled':
      case 'refunded':
      case 'refund-unmatched':
      case 'refund-undone':
      case 'coverage-reported':
      case 'covered':
      case 'report-unwound':
      case 'loss-settled':
      case 'loss-reopened':
      case 'source-state':
      case 'opted':
      case 'gated':
      case 'rewinding':
      case 'unwound':
      case 'edge-opened':
      case 'orphaned':
      case 'came-again':
      case 'found':
      case 'missing-again':
      case 'written-off':
        return [];
      default:
        return fact satisfies never;
    }
  }

  #touchedByBatch(fact: AppliedFact, source: number, entries: EntryLookup): readonly LineKey[] {
    return [...entriesOf(fact, entries)].flatMap(({ entry }) => {
      if (entry === undefined) return [];
      const assetId = this.assetIdOf(source, entry.asset);
      const own = lineOf(entry.account, assetId);
      return entry.fee > 0n ? [...own, ...lineOf(fact.feeTo, assetId)] : own;
    });
  }

  #applyFact(fact: LedgerFact, context: ApplyContext): void {
    switch (fact.kind) {
      case 'source-listed':
        return this.#listSource(fact);
      case 'asset-listed':
        return this.#assets.list(fact);
      case 'parked':
        return this.#park(fact);
      case 'postponed':
        return this.#parked.postpone(fact);
      case 'unparked':
        return this.#unpark(fact);
      case 'parked-released':
        return this.#releaseParked(fact);
      case 'enabled':
        return this.#enable(fact);
      case 'unseasoned':
        return this.#lines.season(fact);
      case 'released':
        return this.#debit(fact);
      case 'journaled':
        return this.#journals.append(fact);
      case 'coverage-reported':
        return this.#coverages.hear(fact);
      case 'covered':
        return this.#coverages.cover(fact);
      case 'report-unwound':
        return this.#coverages.unwind(fact, context.unwound.atS);
      case 'loss-settled':
      case 'loss-reopened':
        return this.#coverages.settle(fact);
      case 'source-state':
        return this.#replicas.judge(fact);
      case 'transferred':
        return this.#transfer(fact);
      case 'opted':
        return this.#opt(fact);
      case 'applied':
        return this.#applyBatch(fact, context);
      case 'refunded':
      case 'refund-unmatched':
      case 'refused':
      case 'came-again':
      case 'found':
      case 'gated':
        // The first five only inform `told`; the last one changes no row.
        return;
      case 'rewinding':
      case 'unwound':
      case 'edge-opened':
        return this.#replicas.stepBack(fact);
      case 'orphaned':
        this.#replicas.unwind(fact.source, fact.seq);
        return this.#noteOrphan(fact, context.unwound.entryAt(fact.source, fact.seq));
      case 'missing-again':
        return this.#noteOrphan(fact, context.unwound.entryAt(fact.source, fact.seq));
      case 'taken-back':
        return this.#takeBack(fact);
      case 'written-off':
        return this.#coverages.writeOff(fact);
      case 'parked-voided':
        return this.#voidParked(fact);
      case 'refund-undone':
        return this.#undoRefund(fact);
      default:
        return fact satisfies never;
    }
  }

  #applyBatch(fact: AppliedFact, { told, entries }: ApplyContext): void {
    const replica = this.#replicas.requireAt(fact.edge, fact.from);
    this.#replay.apply(replica, fact, told, entries);
    this.#replicas.advance(replica, { count: fact.to, head: fact.head });
  }

  #credit(key: LineKey, amount: bigint, cause: { readonly kind: AccountChangeKind } & CreditPlace): void {
    if (amount === 0n) return;
    this.#lines.change(key, (line) => ({ ...line, amount: line.amount + amount }));
    this.#sums.add(key.assetId, { lines: amount });
    this.#noteLine(key, amount, cause);
  }

  /** Writes a change of a line down, after it. */
  #noteLine(
    { account, assetId }: LineKey,
    delta: bigint,
    told: { readonly kind: AccountChangeKind; readonly party?: Bytes32 } & Partial<CreditPlace>,
  ): void {
    this.#history.note({ account, assetId, delta, amount: this.#lines.amountOf({ account, assetId }), ...told });
  }

  #enable(fact: EnabledFact): void {
    this.#lines.change(fact, (line) => ({ ...line, enabled: fact.on }));
    this.#noteLine(fact, 0n, { kind: fact.on ? 'enabled' : 'disabled' });
  }

  #transfer(fact: TransferredFact): void {
    this.#lines.transfer(fact);
    const { from, to, assetId, amount, isSeized } = fact;
    const kind = isSeized ? 'seized' : 'transferred';
    this.#noteLine({ account: from, assetId }, -amount, { kind, party: to });
    this.#noteLine({ account: to, assetId }, amount, { kind, party: from });
  }

  #opt(fact: OptedFact): void {
    const { account, protocol } = fact;
    this.#opted.set(`${account}:${protocol}`, fact);
    this.#history.note({ account, kind: fact.in ? 'opted-in' : 'opted-out', party: paddedAddress(protocol) });
  }

  #park(fact: ParkedFact): void {
    this.#parked.park(fact);
    const { account, source, vaultAsset, index, amount, reason } = fact;
    const assetId = this.assetIdOf(source, vaultAsset) ?? null;
    this.#history.note({ account, kind: 'parked', assetId, units: amount, source, index, reason });
  }

  #voidParked(fact: ParkedVoidedFact): void {
    const { account, source, index, amount } = fact;
    this.#replicas.unwind(source, index);
    const assetId = this.#parked.take(fact) ?? null;
    this.#history.note({ account, kind: 'parked-voided', assetId, units: amount, source, index });
  }

  #debit(fact: ReleasedFact): void {
    const { account, assetId, amount, edge, location, recipient } = fact;
    this.#journals.append(fact);
    this.#lines.lower({ account, assetId }, amount, `release ${location.index} of ${edge}`);
    this.#sums.add(assetId, { lines: -amount, released: amount });
    const source = this.assets.get(assetId)?.source;
    const place = source === undefined ? {} : { source, index: location.index };
    this.#noteLine({ account, assetId }, -amount, { kind: 'released', party: recipient, ...place });
  }

  #undoRefund(fact: RefundUndoneFact): void {
    const { source, vaultAsset, amount } = this.#refunds.undo(fact);
    const assetId = this.assetIdOf(source, vaultAsset);
    if (assetId !== undefined) this.#sums.add(assetId, { refunded: -amount });
  }

  #noteOrphan(fact: OrphanFact, packed: Uint8Array | undefined): void {
    this.#orphans.note(fact, packed);
    this.#coverages.note(fact);
  }

  #takeBack(fact: TakenBackFact): void {
    const { source, entryHash, account, vaultAsset, taken } = fact;
    this.#orphans.takeBack(fact);
    this.#coverages.takeBack(fact);
    const assetId = this.assetIdOf(source, vaultAsset);
    if (taken === 0n || assetId === undefined) return;
    this.#lines.lower({ account, assetId }, taken, `entry ${entryHash} of source ${source}, which is taken back,`);
    this.#sums.add(assetId, { lines: -taken });
    this.#noteLine({ account, assetId }, -taken, { kind: 'taken-back', source });
  }

  #unpark({ source, index, account, assetId, amount, fee, feeTo }: UnparkedFact): void {
    this.#parked.take({ source, index, account, amount, fee });
    this.#credit({ account, assetId }, amount - fee, { kind: 'unparked', source, index });
    this.#credit({ account: feeTo, assetId }, fee, { kind: 'fees', source, index });
  }

  #releaseParked(fact: ParkedReleasedFact): void {
    const { account, source, index, amount } = fact;
    const assetId = this.#parked.take(fact);
    if (assetId !== undefined) this.#sums.add(assetId, { released: amount });
    this.#history.note({ account, kind: 'parked-released', assetId: assetId ?? null, units: amount, source, index });
  }

  #listSource(fact: SourceListedFact): void {
    if (this.#replicas.list(fact)) this.#journals.open({ edge: fact.outboundEdge, source: fact.source });
  }
}

/** Source and number of the entry or release behind a change. */
type CreditPlace = Pick<CreditCause, 'source' | 'index'>;

/** Context for applying a fact. */
interface ApplyContext {
  readonly told: ReturnType<typeof toldOf>;
  readonly entries: EntryLookup;
  readonly unwound: UnwindLookup;
}

/** Returns the line of an account; none if its asset is not listed. */
function lineOf(account: Bytes32, assetId: number | undefined): readonly LineKey[] {
  return assetId === undefined ? [] : [{ account, assetId }];
}
