import { type Bytes32, ENTRY_KINDS, type Entry, sequenceNumber } from '@surety/domain';
import { AssetBook } from './asset-book.js';
import { AssetSums } from './asset-sums.js';
import {
  type CollateralChanges,
  type CollateralStart,
  type EntryLookup,
  type LineKey,
  optingOf,
} from './collateral-changes.js';
import type {
  AssetFact,
  AssetSumsFact,
  CoverageFact,
  JournalFact,
  LineFact,
  ParkedCreditFact,
  RefundFact,
  ReplicaFact,
} from './collateral-rows.js';
import { entriesOf } from './batch-entries.js';
import { CoverageBook } from './coverage-book.js';
import { generationOf } from './edge-crossing.js';
import { foldError } from './fold-errors.js';
import { LedgerJournals } from './ledger-journals.js';
import { LedgerReplicas } from './ledger-replicas.js';
import { LineBook, keyOf } from './line-book.js';
import { refundOf } from './refund-of.js';
import { ParkedBook } from './parked-book.js';
import { RepaidUnits } from './repaid-units.js';
import { requireOwnCredit } from './require-own-credit.js';
import type {
  AppliedFact,
  JournaledFact,
  LedgerFact,
  OptedFact,
  ParkedFact,
  ParkedReleasedFact,
  RefundedFact,
  ReleasedFact,
  SourceListedFact,
  TakenBackFact,
  UnparkedFact,
} from './ledger-fact.js';
import { type ToldOfEntries, toldOf } from './told-of-entries.js';
import { touchedLines } from './touched-lines.js';

/**
 * The ledger's lines, parked credits and replicas, folded from its facts exactly as CollateralLedger.sol keeps them.
 *
 *   applied    every LOCK of the batch that was neither parked, refused nor empty raises its account's line by
 *              amount − fee; the fees of the batch raise `feeTo`'s line per asset, once, unless they were parked FEE;
 *              a REFUND raises its account's line by what its log says; other kinds change no line
 *   parked     the credit waits under its number       unparked   it reaches its line
 *   enabled    a line begins or ceases to count        refused    the entry has no effect
 *   unseasoned what of a line has not seasoned is this, until then; nothing else changes it, its end neither
 *   released   a line is debited, the fee included     opted      a protocol may require margin, or no longer does
 *   SHORTFALL  of a batch, `covered` and `coverage-cleared` change an asset's coverage and no line: all amounts are units
 *
 * Invariant: facts applied in any split into batches of whole transactions give the same state. Holds only what it was
 * given: a caller with a store loads the lines that `keysOf` names, and the credits that are unparked, before it applies.
 */
export class CollateralState {
  readonly #lines = new LineBook();
  readonly #parked: ParkedBook;
  readonly #replicas: LedgerReplicas;
  readonly #assets: AssetBook;
  readonly #journals: LedgerJournals;
  readonly #sums: AssetSums;
  readonly #coverages: CoverageBook;
  readonly #repaid = new RepaidUnits();
  #refunds: RefundFact[] = [];
  #undone: Omit<RefundFact, 'amount'>[] = [];
  #opted = new Map<string, OptedFact>();

  constructor(start: CollateralStart) {
    const { chainId, keccak256, replicas = [], assets = [], journals = [], sums = [], coverages = [] } = start;
    this.#replicas = new LedgerReplicas(chainId, replicas);
    this.#journals = new LedgerJournals(journals, keccak256);
    this.#sums = new AssetSums(sums);
    this.#coverages = new CoverageBook(coverages);
    this.#assets = new AssetBook(assets);
    this.#parked = new ParkedBook(this.#assets, this.#sums);
  }

  /** Lines held, in no order. */
  get lines(): readonly LineFact[] {
    return this.#lines.all;
  }

  /** Number of lines held. */
  get lineCount(): number {
    return this.#lines.size;
  }

  get replicas(): readonly ReplicaFact[] {
    return this.#replicas.all;
  }

  get assets(): ReadonlyMap<number, AssetFact> {
    return this.#assets.all;
  }

  /** Gives the journal toward a source's vault in its generation of now. */
  journalOf(source: number): JournalFact | undefined {
    return this.#journals.ofSource(source);
  }

  /** The ledger's own journals, one toward each vault in each generation. */
  get journals(): readonly JournalFact[] {
    return this.#journals.all;
  }

  /** What lines and parked credits sum to, by asset. */
  get sums(): ReadonlyMap<number, AssetSumsFact> {
    return this.#sums.all;
  }

  /** What was ever reported of the coverage of assets, in no order. */
  get coverages(): readonly CoverageFact[] {
    return this.#coverages.all;
  }

  /** Gives the coverage of an asset of a vault; all of it before any report. */
  coverageOf(asset: Pick<CoverageFact, 'source' | 'vaultAsset'>): CoverageFact {
    return this.#coverages.of(asset);
  }

  /** Coverages in force below 1, by the ledger's index of the asset. */
  get coveragesInForce(): ReadonlyMap<number, bigint> {
    return this.#coverages.inForce(this.#assets);
  }

  /** Parked credits held, in no order. */
  get parked(): readonly ParkedCreditFact[] {
    return this.#parked.all;
  }

  /** Gives the ledger's index of a vault's asset, if it is listed. */
  assetIdOf(source: number, vaultAsset: number): number | undefined {
    return this.#assets.idOf(source, vaultAsset);
  }

  /** Says whether a line is held, so that it need not be loaded. */
  has(key: LineKey): boolean {
    return this.#lines.has(key);
  }

  /** Takes in lines as the store holds them. */
  hold(lines: readonly LineFact[]): void {
    this.#lines.hold(lines);
  }

  /** Says whether a parked credit is held, so that it need not be loaded. */
  hasParked(source: number, index: bigint): boolean {
    return this.#parked.of(source, index) !== undefined;
  }

  /** Takes in a parked credit as the store holds it. */
  holdParked(credit: ParkedCreditFact): void {
    this.#parked.hold(credit);
  }

  /** Forgets all lines and parked credits that are held; what was changed must have been taken before. */
  release(): void {
    this.#lines.release();
    this.#parked.release();
  }

  /** Gives the lines that the facts of one transaction touch, sources and assets that they list included. */
  keysOf(facts: readonly LedgerFact[], entries: EntryLookup): LineKey[] {
    const keys = new Map<string, LineKey>();
    const add = (account: Bytes32, assetId: number | undefined): void => {
      if (assetId !== undefined) keys.set(keyOf({ account, assetId }), { account, assetId });
    };
    for (const fact of facts) {
      if (fact.kind === 'source-listed') this.#listSource(fact);
      else if (fact.kind === 'asset-listed') this.#assets.keep(fact);
      else if (fact.kind === 'applied') {
        const replica = this.#replicas.requireWith(fact.edge, facts);
        const { source } = replica;
        for (const { entry } of entriesOf(fact, entries, generationOf(replica))) {
          if (entry === undefined) continue;
          const assetId = this.assetIdOf(source, entry.asset);
          add(entry.account, assetId);
          if (entry.fee > 0n) add(fact.feeTo, assetId);
        }
      } else for (const { account, assetId } of touchedLines(fact)) add(account, assetId);
    }
    return [...keys.values()];
  }

  /** Applies the facts of one transaction, in order. @throws FACT_GAP, ENTRIES_MISSING, UNKNOWN_EDGE; the state is then half changed. */
  apply(facts: readonly LedgerFact[], entries: EntryLookup): void {
    const told = toldOf(facts);
    for (const fact of facts) this.#applyFact(fact, told, entries);
    this.#repaid.requireNone();
    this.#coverages.requireNone();
  }

  /** Gives what changed since the last call. */
  takeChanges(): CollateralChanges {
    const changes = {
      lines: this.#lines.takeChanges(),
      ...this.#parked.takeChanges(),
      replicas: this.#replicas.takeChanges(),
      assets: this.#assets.takeChanges(),
      journals: this.#journals.takeChanges(),
      sums: this.#sums.takeChanges(),
      ...optingOf([...this.#opted.values()]),
      refunds: this.#refunds,
      undone: this.#undone,
      coverages: this.#coverages.takeChanges(),
    };
    this.#refunds = [];
    this.#undone = [];
    this.#opted = new Map();
    return changes;
  }

  #applyFact(fact: LedgerFact, told: ToldOfEntries, entries: EntryLookup): void {
    switch (fact.kind) {
      case 'source-listed':
        return this.#listSource(fact);
      case 'asset-listed':
        return this.#assets.list(fact);
      case 'parked':
        return this.#parked.park(fact);
      case 'postponed':
        return this.#parked.postpone(fact);
      case 'unparked':
        return this.#unpark(fact);
      case 'parked-released':
        return this.#releaseParked(fact);
      case 'enabled':
        return this.#lines.change(fact, (line) => ({ ...line, enabled: fact.on }));
      case 'unseasoned':
        return this.#lines.season(fact);
      case 'released':
        return this.#debit(fact);
      case 'journaled':
        return this.#journal(fact);
      case 'coverage-reported':
        return this.#coverages.hear(fact);
      case 'covered':
        return this.#coverages.cover(fact);
      case 'coverage-cleared':
        return this.#coverages.clear(fact);
      case 'loss-settled':
      case 'loss-reopened':
        return this.#coverages.settle(fact);
      case 'source-state':
        return this.#replicas.judge(fact);
      case 'transferred':
        return this.#lines.transfer(fact);
      case 'opted':
        this.#opted.set(`${fact.account}:${fact.protocol}`, fact);
        return;
      case 'applied':
        return this.#applyBatch(fact, told, entries);
      case 'refunded':
      case 'refused':
      case 'gated':
        // What the first two say is in `told`; the last one changes no row.
        return;
      case 'edge-closing':
      case 'edge-undone':
      case 'edge-opened':
        return this.#replicas.cross(fact);
      case 'taken-back':
        return this.#takeBack(fact);
      case 'parked-voided':
        this.#replicas.undo(fact.source, fact.index);
        this.#parked.take(fact);
        return;
      case 'refund-undone':
        this.#undone.push({ source: fact.source, seq: fact.seq });
        return;
      case 'repaid':
        return this.#repaid.add(fact, fact.units);
      case 'generation-opened':
        return this.#journals.openNext(fact);
      default:
        return fact satisfies never;
    }
  }

  #applyBatch(fact: AppliedFact, told: ToldOfEntries, entries: EntryLookup): void {
    const { settled, parked } = told;
    const replica = this.#replicas.requireAt(fact.edge, fact.from);
    const { source } = replica;
    const fees = new Map<number, { sum: bigint; last: bigint }>();
    for (const { index, entry } of entriesOf(fact, entries, generationOf(replica))) {
      if (entry?.kind === 'REFUND' && !told.refused.has(`${source}:${index}`)) {
        this.#refund({ source, index, entry }, told);
        continue;
      }
      if (settled.has(`${source}:${index}`)) {
        requireOwnCredit(parked, { source, index, entry });
        continue;
      }
      if (entry?.kind === 'SHORTFALL') {
        this.#coverages.report({ source, index, entry });
        continue;
      }
      // What a vault says of an operator is no credit.
      if (entry?.kind === 'APPOINT') continue;
      if (entry?.kind !== 'LOCK') {
        throw foldError(
          'FACT_GAP',
          `entry ${index} of source ${source} is ${entry?.kind ?? 'of no known kind'}, and no log refuses it; read the missing logs`,
        );
      }
      if (entry.amount === 0n) continue;
      const assetId = this.assetIdOf(source, entry.asset);
      if (assetId === undefined) {
        throw foldError(
          'FACT_GAP',
          `entry ${index} of source ${source} credits asset ${entry.asset}, which no log lists; read the missing logs`,
        );
      }
      this.#credit({ account: entry.account, assetId }, entry.amount - entry.fee);
      if (entry.fee > 0n) fees.set(assetId, { sum: (fees.get(assetId)?.sum ?? 0n) + entry.fee, last: index });
    }
    for (const [assetId, { sum, last }] of fees) {
      const isParked = parked.some(
        (one) =>
          one.reason === 'FEE' &&
          one.source === source &&
          one.index === last &&
          this.assetIdOf(source, one.vaultAsset) === assetId,
      );
      const left = this.#repaid.leaveOf({ assetId }, sum);
      if (!isParked) this.#credit({ account: fact.feeTo, assetId }, left);
    }
    this.#repaid.requireNone();
    this.#replicas.advance(replica, { count: fact.to, head: fact.head });
  }

  #credit(key: LineKey, units: bigint): void {
    const amount = this.#repaid.leaveOf(key, units);
    if (amount === 0n) return;
    this.#lines.change(key, (line) => ({ ...line, amount: line.amount + amount }));
    this.#sums.add(key.assetId, { lines: amount });
  }

  #debit(fact: ReleasedFact): void {
    const { account, assetId, amount, edge, location } = fact;
    this.#journals.append(fact);
    this.#lines.lower({ account, assetId }, amount, `release ${location.index} of ${edge}`);
    this.#sums.add(assetId, { lines: -amount, released: amount });
  }

  #refund(
    replayed: { readonly source: number; readonly index: bigint; readonly entry: Entry },
    told: { readonly parked: readonly ParkedFact[]; readonly refunds: readonly RefundedFact[] },
  ): void {
    const { source, entry } = replayed;
    const { fact, isParked } = refundOf({ ...replayed, ...told, assetId: this.assetIdOf(source, entry.asset) });
    const { seq, account, assetId, amount } = fact;
    if (!isParked) this.#credit({ account, assetId }, amount);
    // Of an asset that is not listed there are no sums.
    if (assetId !== 0) this.#sums.add(assetId, { refunded: amount });
    this.#refunds.push({ source, seq, amount });
  }

  #takeBack({ source, index, account, assetId, taken }: TakenBackFact): void {
    this.#replicas.undo(source, index);
    if (taken === 0n) return;
    this.#lines.lower({ account, assetId }, taken, `entry ${index} of source ${source}, which is undone,`);
    this.#sums.add(assetId, { lines: -taken });
  }

  /** Notes an entry that debits no line. A LOST waits for its vault's answer: the asset is not settled before. */
  #journal(fact: JournaledFact): void {
    this.#journals.append(fact);
    const journal = this.#journals.all.find(({ edge }) => edge === fact.edge);
    if (fact.entryKind !== ENTRY_KINDS.LOST || journal === undefined) return;
    const { source } = journal;
    const seq = sequenceNumber(generationOf(journal), fact.location.index);
    this.#coverages.lose({ source, vaultAsset: fact.vaultAsset }, seq, fact.before);
  }

  #unpark({ source, index, account, assetId, amount, fee, feeTo }: UnparkedFact): void {
    this.#parked.take({ source, index, account, amount, fee });
    this.#credit({ account, assetId }, amount - fee);
    this.#credit({ account: feeTo, assetId }, fee);
    this.#repaid.requireNone();
  }

  #releaseParked(fact: ParkedReleasedFact): void {
    const assetId = this.#parked.take(fact);
    if (assetId !== undefined) this.#sums.add(assetId, { released: fact.amount });
  }

  #listSource(fact: SourceListedFact): void {
    if (this.#replicas.list(fact)) this.#journals.open({ edge: fact.outboundEdge, source: fact.source });
  }
}
