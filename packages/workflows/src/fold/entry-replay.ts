import { type Bytes32, type Entry, type Keccak256, bytesToHex, tokenUnits } from '@surety/domain';
import { type BatchEntry, entriesOf } from './batch-entries.js';
import { BatchFees } from './batch-fees.js';
import type { EntryLookup, LineKey } from './collateral-changes.js';
import type { CoverageBook } from './coverage-book.js';
import { foldError } from './fold-errors.js';
import type { AppliedFact, OrphanFact, RefundedFact } from './ledger-fact.js';
import { refundOf } from './refund-of.js';
import { requireOwnCredit } from './require-own-credit.js';
import type { ToldOfEntries } from './told-of-entries.js';

/** Where replayed entries have their effects. */
export interface ReplayBooks {
  readonly keccak256: Keccak256;
  readonly coverages: CoverageBook;
  readonly assetIdOf: (source: number, vaultAsset: number) => number | undefined;
  readonly credit: (key: LineKey, amount: bigint) => void;
  /** Notes an entry of an orphan that came, and holds it. */
  readonly come: (fact: OrphanFact, packed: Uint8Array) => void;
  /** Notes that a release came back. */
  readonly refund: (source: number, entry: Entry, fact: RefundedFact) => void;
}

/** An entry of a batch, and units of it that its account has had. */
interface ReplayedEntry {
  readonly source: number;
  readonly index: bigint;
  readonly entry: Entry | undefined;
  readonly had: bigint;
}

/** Gives each entry of a batch its effect, by what the logs of its transaction tell, as LedgerReplay.sol does. */
export class EntryReplay {
  readonly #books: ReplayBooks;

  constructor(books: ReplayBooks) {
    this.#books = books;
  }

  /** Replays a batch of a source. @throws FACT_GAP, ENTRIES_MISSING. */
  apply(source: number, fact: AppliedFact, told: ToldOfEntries, entries: EntryLookup): void {
    const { assetIdOf, credit } = this.#books;
    const fees = new BatchFees();
    for (const one of entriesOf(fact, entries)) this.#replay(this.#lessened(source, one, told), told, fees);
    for (const { assetId, sum } of fees.credited(source, told.parked, (vaultAsset) => assetIdOf(source, vaultAsset)))
      credit({ account: fact.feeTo, assetId }, sum);
  }

  /** Notes what of an entry its account has had: all of an orphan that came again, of another one what is found. */
  #lessened(source: number, { index, entry, packed }: BatchEntry, { came }: ToldOfEntries): ReplayedEntry {
    const fact = came.get(`${source}:${index}`);
    if (fact === undefined) return { source, index, entry, had: 0n };
    const { entryHash, vaultAsset, units, kind } = fact;
    const isOwn = entryHash === this.#hashOf(packed) && vaultAsset === entry?.asset;
    const isRight = isOwn && units <= entry.amount && (kind === 'found' || units === entry.amount);
    if (!isRight) {
      throw foldError(
        'FACT_GAP',
        `entry ${index} of source ${source} is told as ${kind} with ${units} of ${entryHash}; it is ${entry?.kind} of ${entry?.amount}; another provider is asked next`,
      );
    }
    this.#books.come(fact, packed);
    return { source, index, entry, had: units };
  }

  #replay({ source, index, entry, had }: ReplayedEntry, told: ToldOfEntries, fees: BatchFees): void {
    const { coverages, credit } = this.#books;
    const key = `${source}:${index}`;
    if (told.came.get(key)?.kind === 'came-again') return;
    if (entry?.kind === 'REFUND' && !told.refused.has(key)) return this.#refund({ source, index, entry, had }, told);
    // The fee of what was taken back was paid already, also where nothing of this very entry is told as spent.
    const fee = entry === undefined || told.came.has(key) ? 0n : entry.fee;
    if (told.settled.has(key)) {
      const left = entry && { ...entry, amount: tokenUnits(entry.amount - had), fee: tokenUnits(fee) };
      const isPaid = requireOwnCredit(told.parked, { source, index, entry: left });
      const assetId = entry && this.#books.assetIdOf(source, entry.asset);
      if (isPaid && assetId !== undefined) fees.add(assetId, fee, index);
      return;
    }
    if (entry?.kind === 'SHORTFALL') return coverages.report({ source, index, entry });
    // What a vault says of an operator is no credit.
    if (entry?.kind === 'APPOINT') return;
    if (entry?.kind !== 'LOCK') {
      throw foldError(
        'FACT_GAP',
        `entry ${index} of source ${source} is ${entry?.kind ?? 'of no known kind'}, and no log refuses it; read the missing logs`,
      );
    }
    if (entry.amount === had) return;
    const assetId = this.#books.assetIdOf(source, entry.asset);
    if (assetId === undefined) {
      throw foldError(
        'FACT_GAP',
        `entry ${index} of source ${source} credits asset ${entry.asset}, which no log lists; read the missing logs`,
      );
    }
    credit({ account: entry.account, assetId }, entry.amount - had - fee);
    fees.add(assetId, fee, index);
  }

  #refund(replayed: ReplayedEntry & { readonly entry: Entry }, told: ToldOfEntries): void {
    const { source, entry, had } = replayed;
    const assetId = this.#books.assetIdOf(source, entry.asset);
    const refund = refundOf({ ...replayed, ...told, assetId });
    if (refund === undefined) return;
    const { fact, isParked } = refund;
    if (!isParked) this.#books.credit(fact, fact.amount - had);
    this.#books.refund(source, entry, fact);
  }

  #hashOf(packed: Uint8Array): Bytes32 {
    return bytesToHex(this.#books.keccak256(packed)) as Bytes32;
  }
}
