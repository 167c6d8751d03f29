import { type Bytes32, type Entry, sequenceNumber } from '@surety/domain';
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
  JournalFact,
  LineFact,
  ParkedCreditFact,
  RefundFact,
  ReplicaFact,
} from './collateral-rows.js';
import { entriesOf } from './batch-entries.js';
import { generationOf, isCrossing } from './edge-crossing.js';
import { foldError } from './fold-errors.js';
import { LedgerJournals } from './ledger-journals.js';
import { LedgerReplicas } from './ledger-replicas.js';
import { LineBook, keyOf } from './line-book.js';
import { refundOf } from './refund-of.js';
import { ParkedBook, type ParkedTaken } from './parked-book.js';
import { RepaidUnits } from './repaid-units.js';
import { requireOwnCredit } from './require-own-credit.js';
import type {
  AppliedFact,
  AssetScaledFact,
  LedgerFact,
  OptedFact,
  ParkedFact,
  ParkedReleasedFact,
  PostponedFact,
  RefundedFact,
  RefusedFact,
  ReleasedFact,
  SourceListedFact,
  TakenBackFact,
  UnparkedFact,
} from './ledger-fact.js';
import { AssetScalings, catchUpParked } from './scaling.js';
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
 *   scaled     every line and parked credit of the asset keeps a part, rounded down, when it is touched or read
 *
 * Invariant: facts applied in any split into batches of whole transactions give the same state. Holds only what it was
 * given: a caller with a store loads the lines that `keysOf` names, and the credits that are unparked, before it applies.
 */
export class CollateralState {
  readonly #lines: LineBook;
  readonly #parked = new ParkedBook();
  readonly #replicas: LedgerReplicas;
  readonly #assets = new Map<number, AssetFact>();
  readonly #assetIds = new Map<string, number>();
  readonly #journals: LedgerJournals;
  readonly #sums: AssetSums;
  readonly #scalings: AssetScalings;
  readonly #repaid = new RepaidUnits();
  #dirtyAssets = new Set<number>();
  #refunds: RefundFact[] = [];
  #undone: Omit<RefundFact, 'amount'>[] = [];
  #opted = new Map<string, OptedFact>();

  constructor(start: CollateralStart) {
    const { chainId, keccak256, replicas = [], assets = [], journals = [], sums = [], scalings = [] } = start;
    this.#replicas = new LedgerReplicas(chainId, replicas);
    this.#journals = new LedgerJournals(journals, keccak256);
    this.#sums = new AssetSums(sums);
    this.#scalings = new AssetScalings(scalings);
    this.#lines = new LineBook(this.#scalings);
    for (const asset of assets) this.#keepAsset(asset);
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
    return this.#assets;
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

  /** Parked credits held, in no order. */
  get parked(): readonly ParkedCreditFact[] {
    return this.#parked.all;
  }

  /** Gives the ledger's index of a vault's asset, if it is listed. */
  assetIdOf(source: number, vaultAsset: number): number | undefined {
    return this.#assetIds.get(`${source}:${vaultAsset}`);
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
      else if (fact.kind === 'asset-listed') this.#keepAsset(fact);
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
    const parked = facts.filter((fact): fact is ParkedFact => fact.kind === 'parked');
    const refunds = facts.filter((fact): fact is RefundedFact => fact.kind === 'refunded');
    const numbers = (of: readonly (ParkedFact | RefusedFact)[]): string[] =>
      of.map(({ source, index }) => `${source}:${index}`);
    const refused = new Set(numbers(facts.filter((fact): fact is RefusedFact => fact.kind === 'refused')));
    const settled = new Set([...refused, ...numbers(parked.filter(({ reason }) => reason !== 'FEE'))]);
    const told = { settled, refused, parked, refunds };
    for (const fact of facts) {
      if (fact.kind === 'source-listed') this.#listSource(fact);
      else if (fact.kind === 'asset-listed') this.#listAsset(fact);
      else if (fact.kind === 'parked') this.#park(fact);
      else if (fact.kind === 'postponed') this.#postpone(fact);
      else if (fact.kind === 'unparked') this.#unpark(fact);
      else if (fact.kind === 'parked-released') this.#releaseParked(fact);
      else if (fact.kind === 'enabled') this.#lines.change(fact, (line) => ({ ...line, enabled: fact.on }));
      else if (fact.kind === 'unseasoned') this.#lines.season(fact);
      else if (fact.kind === 'released') this.#debit(fact);
      else if (fact.kind === 'journaled') this.#journals.append(fact);
      else if (fact.kind === 'asset-scaled') this.#scale(fact);
      else if (fact.kind === 'source-state') this.#replicas.judge(fact);
      else if (fact.kind === 'transferred') this.#lines.transfer(fact);
      else if (fact.kind === 'opted') this.#opted.set(`${fact.account}:${fact.protocol}`, fact);
      else if (fact.kind === 'applied') this.#applyBatch(fact, told, entries);
      else this.#changeGeneration(fact);
    }
    this.#repaid.requireNone();
  }

  /** Gives what changed since the last call. */
  takeChanges(): CollateralChanges {
    const changes = {
      lines: this.#lines.takeChanges(),
      ...this.#parked.takeChanges(),
      replicas: this.#replicas.takeChanges(),
      assets: [...this.#dirtyAssets].flatMap((assetId) => this.#assets.get(assetId) ?? []),
      journals: this.#journals.takeChanges(),
      sums: this.#sums.takeChanges(),
      ...optingOf([...this.#opted.values()]),
      refunds: this.#refunds,
      undone: this.#undone,
      scalings: this.#scalings.takeChanges(),
    };
    this.#dirtyAssets = new Set();
    this.#refunds = [];
    this.#undone = [];
    this.#opted = new Map();
    return changes;
  }

  #applyBatch(
    fact: AppliedFact,
    told: {
      /** Numbers of entries that were parked or refused, and of those refused. */
      readonly settled: ReadonlySet<string>;
      readonly refused: ReadonlySet<string>;
      readonly parked: readonly ParkedFact[];
      readonly refunds: readonly RefundedFact[];
    },
    entries: EntryLookup,
  ): void {
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
      // What a vault says of a shortfall or an operator is no credit.
      if (entry?.kind === 'SHORTFALL' || entry?.kind === 'APPOINT') continue;
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

  /** Takes what a change of generation says. */
  #changeGeneration(fact: LedgerFact): void {
    if (fact.kind === 'taken-back') this.#takeBack(fact);
    else if (fact.kind === 'generation-opened') this.#journals.openNext(fact);
    else if (fact.kind === 'repaid') this.#repaid.add(fact, fact.units);
    else if (fact.kind === 'refund-undone') this.#undone.push({ source: fact.source, seq: fact.seq });
    else if (fact.kind === 'parked-voided') {
      this.#replicas.undo(fact.source, fact.index, true);
      this.#takeParked(fact);
    } else if (isCrossing(fact)) this.#replicas.cross(fact);
  }

  #takeBack({ source, index, account, assetId, taken }: TakenBackFact): void {
    this.#replicas.undo(source, index);
    if (taken === 0n) return;
    this.#lines.lower({ account, assetId }, taken, `entry ${index} of source ${source}, which is undone,`);
    this.#sums.add(assetId, { lines: -taken });
  }

  #scale(fact: AssetScaledFact): void {
    const { assetId, rhoWad } = fact;
    const source = this.#assets.get(assetId)?.source;
    const replica = source === undefined ? undefined : this.#replicas.ofSource(source);
    this.#scalings.add(fact, replica === undefined ? 0n : sequenceNumber(generationOf(replica), replica.count));
    this.#lines.scale(assetId);
    this.#sums.scale(assetId, rhoWad);
  }

  #park({ source, index, account, vaultAsset, amount, fee, reason }: ParkedFact): void {
    const assetId = this.assetIdOf(source, vaultAsset);
    const isSummed = reason !== 'UNLISTED' && assetId !== undefined;
    this.#parked.put({ source, index, account, vaultAsset, amount, fee, reason, isSummed });
    if (isSummed) this.#sums.add(assetId, { parked: amount });
  }

  #postpone({ source, index, reason }: PostponedFact): void {
    const held = this.#parked.of(source, index);
    const assetId = held && this.assetIdOf(source, held.vaultAsset);
    if (held === undefined || assetId === undefined) {
      const seen = `credit ${index} of source ${source} is postponed, not ${held === undefined ? 'parked' : 'listed'}`;
      throw foldError('FACT_GAP', `${seen}; read the missing logs`);
    }
    this.#parked.put({ ...held, reason, isSummed: true });
    // What was parked before its asset was listed enters the asset's sum now; it is in the sum once.
    if (!held.isSummed) this.#sums.add(assetId, { parked: catchUpParked(held, this.#scalings.of(assetId)).amount });
  }

  #unpark({ source, index, account, assetId, amount, fee, feeTo }: UnparkedFact): void {
    this.#takeParked({ source, index, account, amount, fee });
    this.#credit({ account, assetId }, amount - fee);
    this.#credit({ account: feeTo, assetId }, fee);
    this.#repaid.requireNone();
  }

  #releaseParked(fact: ParkedReleasedFact): void {
    const assetId = this.#takeParked(fact);
    if (assetId !== undefined) this.#sums.add(assetId, { released: fact.amount });
  }

  /** Takes a credit out of parking and gives its asset, if that is listed. */
  #takeParked(fact: ParkedTaken): number | undefined {
    const held = this.#parked.of(fact.source, fact.index);
    const assetId = held && this.assetIdOf(fact.source, held.vaultAsset);
    this.#parked.take(fact, assetId === undefined ? [] : this.#scalings.of(assetId));
    // Parts round down, so they sum to no more than the sum itself but by rounding.
    const parked = assetId === undefined ? 0n : (this.#sums.all.get(assetId)?.parked ?? 0n);
    const left = fact.amount < parked ? fact.amount : parked;
    if (assetId !== undefined && held?.isSummed) this.#sums.add(assetId, { parked: -left });
    return assetId;
  }

  #listSource(fact: SourceListedFact): void {
    if (this.#replicas.list(fact)) this.#journals.open({ edge: fact.outboundEdge, source: fact.source });
  }

  #listAsset(asset: AssetFact): void {
    this.#keepAsset(asset);
    this.#dirtyAssets.add(asset.assetId);
  }

  #keepAsset({ assetId, source, vaultAsset, underlying, ownPrice, decimals }: AssetFact): void {
    this.#assets.set(assetId, { assetId, source, vaultAsset, underlying, ownPrice, decimals });
    this.#assetIds.set(`${source}:${vaultAsset}`, assetId);
  }
}
