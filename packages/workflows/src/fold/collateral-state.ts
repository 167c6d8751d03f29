import type { Bytes32, Entry } from '@surety/domain';
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
import { foldError } from './fold-errors.js';
import { LedgerJournals } from './ledger-journals.js';
import { LineBook, keyOf } from './line-book.js';
import { refundOf } from './refund-of.js';
import { ParkedBook, type ParkedTaken } from './parked-book.js';
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
  SourceStateFact,
  UnparkedFact,
} from './ledger-fact.js';
import { AssetScalings, catchUpParked } from './scaling.js';

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
  readonly #replicas = new Map<Bytes32, ReplicaFact>();
  readonly #assets = new Map<number, AssetFact>();
  readonly #assetIds = new Map<string, number>();
  readonly #journals: LedgerJournals;
  readonly #sums: AssetSums;
  readonly #scalings: AssetScalings;
  readonly #chainId: number;
  #dirtyReplicas = new Set<Bytes32>();
  #dirtyAssets = new Set<number>();
  #refunds: RefundFact[] = [];
  #opted = new Map<string, OptedFact>();

  constructor(start: CollateralStart) {
    const { chainId, keccak256, replicas = [], assets = [], journals = [], sums = [], scalings = [] } = start;
    this.#chainId = chainId;
    this.#journals = new LedgerJournals(journals, keccak256);
    this.#sums = new AssetSums(sums);
    this.#scalings = new AssetScalings(scalings);
    this.#lines = new LineBook(this.#scalings);
    for (const replica of replicas) this.#replicas.set(replica.edge, replica);
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
    return [...this.#replicas.values()];
  }

  get assets(): ReadonlyMap<number, AssetFact> {
    return this.#assets;
  }

  /** The ledger's own journals, one toward each vault. */
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
      else if (fact.kind === 'enabled' || fact.kind === 'released' || fact.kind === 'unseasoned')
        add(fact.account, fact.assetId);
      else if (fact.kind === 'transferred') {
        add(fact.from, fact.assetId);
        add(fact.to, fact.assetId);
      } else if (fact.kind === 'unparked') {
        add(fact.account, fact.assetId);
        add(fact.feeTo, fact.assetId);
      } else if (fact.kind === 'applied') {
        const { source } = this.#requireReplica(fact.edge);
        for (const { entry } of entriesOf(fact, entries)) {
          if (entry === undefined) continue;
          const assetId = this.assetIdOf(source, entry.asset);
          add(entry.account, assetId);
          if (entry.fee > 0n) add(fact.feeTo, assetId);
        }
      }
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
      else if (fact.kind === 'source-state') this.#judgeSource(fact);
      else if (fact.kind === 'transferred') this.#lines.transfer(fact);
      else if (fact.kind === 'opted') this.#opted.set(`${fact.account}:${fact.protocol}`, fact);
      else if (fact.kind === 'applied') this.#applyBatch(fact, told, entries);
    }
  }

  /** Gives what changed since the last call. */
  takeChanges(): CollateralChanges {
    const changes = {
      lines: this.#lines.takeChanges(),
      ...this.#parked.takeChanges(),
      replicas: [...this.#dirtyReplicas].flatMap((edge) => this.#replicas.get(edge) ?? []),
      assets: [...this.#dirtyAssets].flatMap((assetId) => this.#assets.get(assetId) ?? []),
      journals: this.#journals.takeChanges(),
      sums: this.#sums.takeChanges(),
      ...optingOf([...this.#opted.values()]),
      refunds: this.#refunds,
      scalings: this.#scalings.takeChanges(),
    };
    this.#dirtyReplicas = new Set();
    this.#dirtyAssets = new Set();
    this.#refunds = [];
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
    const replica = this.#requireReplica(fact.edge);
    if (fact.from !== replica.count) {
      throw foldError(
        'FACT_GAP',
        `a batch of ${fact.edge} begins at ${fact.from}, the replica stands at ${replica.count}; read the missing logs`,
      );
    }
    const { source } = replica;
    const fees = new Map<number, { sum: bigint; last: bigint }>();
    for (const { index, entry } of entriesOf(fact, entries)) {
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
      if (!isParked) this.#credit({ account: fact.feeTo, assetId }, sum);
    }
    this.#replicas.set(fact.edge, { ...replica, count: fact.to, head: fact.head });
    this.#dirtyReplicas.add(fact.edge);
  }

  #credit(key: LineKey, amount: bigint): void {
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

  #judgeSource({ source, state, until, cause }: SourceStateFact): void {
    const replica = this.replicas.find((one) => one.source === source);
    if (replica === undefined) return;
    this.#replicas.set(replica.edge, { ...replica, condition: { state, until, cause } });
    this.#dirtyReplicas.add(replica.edge);
  }

  #scale(fact: AssetScaledFact): void {
    const { assetId, rhoWad } = fact;
    const source = this.#assets.get(assetId)?.source;
    this.#scalings.add(fact, this.replicas.find((one) => one.source === source)?.count ?? 0n);
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
    if (assetId !== undefined && held?.isSummed) this.#sums.add(assetId, { parked: -fact.amount });
    return assetId;
  }

  #listSource({ source, edge, outboundEdge, originChainId, vault }: SourceListedFact): void {
    if (this.#replicas.has(edge)) return;
    this.#replicas.set(edge, { chainId: this.#chainId, edge, source, originChainId, vault, count: 0n, head: edge });
    this.#dirtyReplicas.add(edge);
    this.#journals.open({ edge: outboundEdge, source });
  }

  #listAsset(asset: AssetFact): void {
    this.#keepAsset(asset);
    this.#dirtyAssets.add(asset.assetId);
  }

  #keepAsset({ assetId, source, vaultAsset, underlying, ownPrice, decimals }: AssetFact): void {
    this.#assets.set(assetId, { assetId, source, vaultAsset, underlying, ownPrice, decimals });
    this.#assetIds.set(`${source}:${vaultAsset}`, assetId);
  }

  #requireReplica(edge: Bytes32): ReplicaFact {
    const replica = this.#replicas.get(edge);
    if (replica === undefined) {
      throw foldError('UNKNOWN_EDGE', `edge ${edge} has a batch but no log lists its source; read the missing logs`);
    }
    return replica;
  }
}
