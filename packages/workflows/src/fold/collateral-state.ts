import { type Bytes32, ENTRY_BYTES, type Entry, type Keccak256, appendHead, sequenceNumber } from '@surety/domain';
import { AssetSums } from './asset-sums.js';
import type { CollateralChanges, CollateralStart, EntryLookup, LineKey } from './collateral-changes.js';
import type {
  AssetFact,
  AssetSumsFact,
  JournalFact,
  LineFact,
  OptInFact,
  ParkedCreditFact,
  ReplicaFact,
} from './collateral-rows.js';
import { packRelease, readKnownEntry } from './entry-bytes.js';
import { foldError } from './fold-errors.js';
import { requireOwnCredit } from './require-own-credit.js';
import type {
  AppliedFact,
  LedgerFact,
  OptedFact,
  ParkedFact,
  ReleasedFact,
  SourceListedFact,
  UnparkedFact,
} from './ledger-fact.js';

/**
 * The ledger's lines, parked credits and replicas, folded from its facts exactly as CollateralLedger.sol keeps them.
 *
 *   applied    every entry of the batch that was neither parked, refused nor empty raises its account's line by
 *              amount − fee; the fees of the batch raise `feeTo`'s line per asset, once, unless they were parked FEE
 *   parked     the credit waits under its number       unparked   it reaches its line
 *   enabled    a line begins or ceases to count        refused    the entry has no effect
 *   released   a line is debited, the fee included     opted      a protocol may require margin, or no longer does
 *
 * Invariant: facts applied in any split into batches of whole transactions give the same state. Holds only what it was
 * given: a caller with a store loads the lines that `keysOf` names, and the credits that are unparked, before it applies.
 */
export class CollateralState {
  readonly #lines = new Map<string, LineFact>();
  readonly #parked = new Map<string, ParkedCreditFact>();
  readonly #replicas = new Map<Bytes32, ReplicaFact>();
  readonly #assets = new Map<number, AssetFact>();
  readonly #assetIds = new Map<string, number>();
  readonly #journals = new Map<Bytes32, JournalFact>();
  readonly #sums: AssetSums;
  readonly #chainId: number;
  readonly #keccak256: Keccak256;
  #dirtyLines = new Set<string>();
  #dirtyParked = new Set<string>();
  #unparked: { source: number; index: bigint }[] = [];
  #dirtyReplicas = new Set<Bytes32>();
  #dirtyAssets = new Set<number>();
  #dirtyJournals = new Set<Bytes32>();
  #opted = new Map<string, OptedFact>();

  constructor({ chainId, keccak256, replicas = [], assets = [], journals = [], sums = [] }: CollateralStart) {
    this.#chainId = chainId;
    this.#keccak256 = keccak256;
    this.#sums = new AssetSums(sums);
    for (const replica of replicas) this.#replicas.set(replica.edge, replica);
    for (const asset of assets) this.#keepAsset(asset);
    for (const journal of journals) this.#journals.set(journal.edge, journal);
  }

  /** Lines held, in no order. */
  get lines(): readonly LineFact[] {
    return [...this.#lines.values()];
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
    return [...this.#journals.values()];
  }

  /** What lines and parked credits sum to, by asset. */
  get sums(): ReadonlyMap<number, AssetSumsFact> {
    return this.#sums.all;
  }

  /** Parked credits held, in no order. */
  get parked(): readonly ParkedCreditFact[] {
    return [...this.#parked.values()];
  }

  /** Gives the ledger's index of a vault's asset, if it is listed. */
  assetIdOf(source: number, vaultAsset: number): number | undefined {
    return this.#assetIds.get(`${source}:${vaultAsset}`);
  }

  /** Says whether a line is held, so that it need not be loaded. */
  has(key: LineKey): boolean {
    return this.#lines.has(keyOf(key));
  }

  /** Takes in lines as the store holds them. */
  hold(lines: readonly LineFact[]): void {
    for (const line of lines) this.#lines.set(keyOf(line), line);
  }

  /** Says whether a parked credit is held, so that it need not be loaded. */
  hasParked(source: number, index: bigint): boolean {
    return this.#parked.has(`${source}:${index}`);
  }

  /** Takes in a parked credit as the store holds it. */
  holdParked(credit: ParkedCreditFact): void {
    this.#parked.set(`${credit.source}:${credit.index}`, credit);
  }

  /** Forgets all lines and parked credits that are held; what was changed must have been taken before. */
  release(): void {
    this.#lines.clear();
    this.#parked.clear();
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
      else if (fact.kind === 'enabled' || fact.kind === 'released') add(fact.account, fact.assetId);
      else if (fact.kind === 'unparked') {
        add(fact.account, fact.assetId);
        add(fact.feeTo, fact.assetId);
      } else if (fact.kind === 'applied') {
        const { source } = this.#requireReplica(fact.edge);
        for (const { entry } of this.#entriesOf(fact, entries)) {
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
    const settled = new Set(
      facts.flatMap((fact) => {
        const isEntry = fact.kind === 'refused' || (fact.kind === 'parked' && fact.reason !== 'FEE');
        return isEntry ? [`${fact.source}:${fact.index}`] : [];
      }),
    );
    for (const fact of facts) {
      if (fact.kind === 'source-listed') this.#listSource(fact);
      else if (fact.kind === 'asset-listed') this.#listAsset(fact);
      else if (fact.kind === 'parked') this.#park(fact);
      else if (fact.kind === 'unparked') this.#unpark(fact);
      else if (fact.kind === 'enabled') this.#change(fact, (line) => ({ ...line, enabled: fact.on }));
      else if (fact.kind === 'released') this.#debit(fact);
      else if (fact.kind === 'opted') this.#opted.set(`${fact.account}:${fact.protocol}`, fact);
      else if (fact.kind === 'applied') this.#applyBatch(fact, settled, parked, entries);
    }
  }

  /** Gives what changed since the last call. */
  takeChanges(): CollateralChanges {
    const changes = {
      lines: [...this.#dirtyLines].flatMap((key) => this.#lines.get(key) ?? []),
      parked: [...this.#dirtyParked].flatMap((key) => this.#parked.get(key) ?? []),
      unparked: this.#unparked,
      replicas: [...this.#dirtyReplicas].flatMap((edge) => this.#replicas.get(edge) ?? []),
      assets: [...this.#dirtyAssets].flatMap((assetId) => this.#assets.get(assetId) ?? []),
      journals: [...this.#dirtyJournals].flatMap((edge) => this.#journals.get(edge) ?? []),
      sums: this.#sums.takeChanges(),
      optIns: optedOf([...this.#opted.values()].filter((fact) => fact.in)),
      optOuts: optedOf([...this.#opted.values()].filter((fact) => !fact.in)),
    };
    this.#dirtyLines = new Set();
    this.#dirtyParked = new Set();
    this.#unparked = [];
    this.#dirtyReplicas = new Set();
    this.#dirtyAssets = new Set();
    this.#dirtyJournals = new Set();
    this.#opted = new Map();
    return changes;
  }

  #applyBatch(
    fact: AppliedFact,
    settled: ReadonlySet<string>,
    parked: readonly ParkedFact[],
    entries: EntryLookup,
  ): void {
    const replica = this.#requireReplica(fact.edge);
    if (fact.from !== replica.count) {
      throw foldError(
        'FACT_GAP',
        `a batch of ${fact.edge} begins at ${fact.from}, the replica stands at ${replica.count}; read the missing logs`,
      );
    }
    const { source } = replica;
    const fees = new Map<number, { sum: bigint; last: bigint }>();
    for (const { index, entry } of this.#entriesOf(fact, entries)) {
      if (settled.has(`${source}:${index}`)) {
        requireOwnCredit(parked, { source, index, entry });
        continue;
      }
      if (entry === undefined) {
        throw foldError(
          'FACT_GAP',
          `entry ${index} of source ${source} is of no known kind, and no log refuses it; read the missing logs`,
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

  *#entriesOf(fact: AppliedFact, entries: EntryLookup): Generator<{ index: bigint; entry: Entry | undefined }> {
    const packed = entries(fact.edge, fact.from, fact.to);
    if (packed.length !== Number(fact.to - fact.from) * ENTRY_BYTES) {
      throw foldError(
        'ENTRIES_MISSING',
        `entries ${fact.from + 1n} to ${fact.to} of ${fact.edge} are not held; hand them in, or read them from the origin chain`,
      );
    }
    for (let at = 0; at < packed.length; at += ENTRY_BYTES) {
      const n = fact.from + BigInt(at / ENTRY_BYTES) + 1n;
      yield { index: sequenceNumber(0, n), entry: readKnownEntry(packed.subarray(at, at + ENTRY_BYTES)) };
    }
  }

  #credit(key: LineKey, amount: bigint): void {
    if (amount === 0n) return;
    this.#change(key, (line) => ({ ...line, amount: line.amount + amount }));
    this.#sums.add(key.assetId, { lines: amount });
  }

  #debit(fact: ReleasedFact): void {
    const { account, assetId, amount, edge, location } = fact;
    const journal = this.#journals.get(edge);
    if (journal === undefined || location.index !== journal.count + 1n) {
      throw foldError(
        'FACT_GAP',
        `release ${location.index} of ${edge} follows entry ${journal?.count ?? 'of no listed source'}; read the missing logs`,
      );
    }
    const head = appendHead(journal.head, packRelease(fact), this.#keccak256);
    this.#journals.set(edge, { ...journal, count: location.index, head });
    this.#dirtyJournals.add(edge);
    this.#change({ account, assetId }, (line) => {
      if (line.amount < amount) {
        throw foldError(
          'FACT_GAP',
          `release ${location.index} of ${edge} takes ${amount} of asset ${assetId}, ${account} has ${line.amount}; read the missing logs`,
        );
      }
      return { ...line, amount: line.amount - amount };
    });
    this.#sums.add(assetId, { lines: -amount, released: amount });
  }

  #change({ account, assetId }: LineKey, change: (line: LineFact) => LineFact): void {
    const key = keyOf({ account, assetId });
    const held = this.#lines.get(key) ?? {
      account,
      assetId,
      amount: 0n,
      unseasoned: 0n,
      seasonEnd: 0n,
      enabled: false,
    };
    this.#lines.set(key, change(held));
    this.#dirtyLines.add(key);
  }

  #park({ source, index, account, vaultAsset, amount, fee, reason }: ParkedFact): void {
    const key = `${source}:${index}`;
    this.#parked.set(key, { source, index, account, vaultAsset, amount, fee, reason });
    this.#dirtyParked.add(key);
    const assetId = this.assetIdOf(source, vaultAsset);
    if (reason !== 'UNLISTED' && assetId !== undefined) this.#sums.add(assetId, { parked: amount });
  }

  #unpark({ source, index, account, assetId, amount, fee, feeTo }: UnparkedFact): void {
    const key = `${source}:${index}`;
    const parked = this.#parked.get(key);
    if (parked?.account !== account || parked.amount !== amount || parked.fee !== fee) {
      throw foldError(
        'FACT_GAP',
        `credit ${index} of source ${source} is unparked with ${amount} for ${account}; ${parked?.amount ?? 'nothing'} is parked; read the missing logs`,
      );
    }
    if (parked.reason !== 'UNLISTED') this.#sums.add(assetId, { parked: -amount });
    this.#parked.delete(key);
    this.#dirtyParked.delete(key);
    this.#unparked.push({ source, index });
    this.#credit({ account, assetId }, amount - fee);
    this.#credit({ account: feeTo, assetId }, fee);
  }

  #listSource({ source, edge, outboundEdge, originChainId, vault }: SourceListedFact): void {
    if (this.#replicas.has(edge)) return;
    this.#replicas.set(edge, { chainId: this.#chainId, edge, source, originChainId, vault, count: 0n, head: edge });
    this.#dirtyReplicas.add(edge);
    this.#journals.set(outboundEdge, { edge: outboundEdge, source, count: 0n, head: outboundEdge });
    this.#dirtyJournals.add(outboundEdge);
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

function optedOf(facts: readonly OptedFact[]): OptInFact[] {
  return facts.map(({ account, protocol }) => ({ account, protocol }));
}

function keyOf({ account, assetId }: LineKey): string {
  return `${account}:${assetId}`;
}
