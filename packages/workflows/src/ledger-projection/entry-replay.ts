import {
  type Bytes32,
  ENTRY_BYTES,
  type Entry,
  type Keccak256,
  bytesToHex,
  bytesToUint,
  hexToBytes,
  tokenUnits,
} from '@surety/domain';
import { foldError } from '../following/fold-errors.js';
import { type ReplicaFact, generationOf } from '../following/replica-fact.js';
import { readKnownEntry } from '../intake/entry-bytes.js';
import type { EntryLookup, LineKey } from './collateral-changes.js';
import type { CoverageBook } from './coverage-book.js';
import type {
  AppliedFact,
  LedgerFact,
  OrphanFact,
  ParkedFact,
  RefundUnmatchedFact,
  RefundedFact,
  RefusedFact,
} from './ledger-fact.js';

/** The reason for a credit of a batch, with the number of the entry, of the release, or of the batch's last entry. */
export interface CreditCause {
  readonly kind: 'locked' | 'fees' | 'refunded';
  readonly source: number;
  readonly index: bigint;
}

/** The books that replayed entries change. */
export interface ReplayBooks {
  readonly keccak256: Keccak256;
  readonly coverages: CoverageBook;
  readonly assetIdOf: (source: number, vaultAsset: number) => number | undefined;
  readonly credit: (key: LineKey, amount: bigint, cause: CreditCause) => void;
  /** Holds an entry whose orphan came again, and records that. */
  readonly come: (fact: OrphanFact, packed: Uint8Array) => void;
  /** Records that a release was credited back. */
  readonly refund: (source: number, entry: Entry, fact: RefundedFact) => void;
}

/** The replica that a batch advances. */
type BatchReplica = Pick<ReplicaFact, 'source' | 'generation'>;

/** An entry of a batch, and the units of it that its account already has. */
interface ReplayedEntry {
  readonly source: number;
  readonly index: bigint;
  readonly entry: Entry | undefined;
  readonly had: bigint;
}

/** Applies each entry of a batch with the help of its transaction's logs, like LedgerReplay.sol. */
export class EntryReplay {
  readonly #books: ReplayBooks;

  constructor(books: ReplayBooks) {
    this.#books = books;
  }

  /** Replays a batch of a source. @throws FACT_GAP, ENTRIES_MISSING. */
  apply(replica: BatchReplica, fact: AppliedFact, told: ToldOfEntries, entries: EntryLookup): void {
    const { assetIdOf, credit } = this.#books;
    const { source } = replica;
    const batch = { source, generation: generationOf(replica), feeTo: fact.feeTo };
    const fees = new BatchFees();
    for (const one of entriesOf(fact, entries)) this.#replay(this.#lessened(source, one, told), told, fees);
    for (const { assetId, sum } of fees.credited(batch, told.parked, (vaultAsset) => assetIdOf(source, vaultAsset)))
      credit({ account: fact.feeTo, assetId }, sum, { kind: 'fees', source, index: fact.to });
  }

  /**
   * Determines the units of an entry that its account already has: all of an orphan that came again, otherwise those
   * found.
   */
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
    // The fee of a taken-back entry was already paid, even if no log marks this entry as spent.
    const fee = entry === undefined || told.came.has(key) ? 0n : entry.fee;
    if (told.settled.has(key)) {
      const left = entry && { ...entry, amount: tokenUnits(entry.amount - had), fee: tokenUnits(fee) };
      const isPaid = requireOwnCredit(told.parked, { source, index, entry: left });
      const assetId = entry && this.#books.assetIdOf(source, entry.asset);
      if (isPaid && assetId !== undefined) fees.add(assetId, fee, index);
      return;
    }
    if (entry?.kind === 'SHORTFALL') return coverages.report({ source, index, entry });
    // The appointment of an operator credits nothing.
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
    credit({ account: entry.account, assetId }, entry.amount - had - fee, { kind: 'locked', source, index });
    fees.add(assetId, fee, index);
  }

  #refund(replayed: ReplayedEntry & { readonly entry: Entry }, told: ToldOfEntries): void {
    const { source, entry, had } = replayed;
    const assetId = this.#books.assetIdOf(source, entry.asset);
    const refund = refundOf({ ...replayed, ...told, assetId });
    if (refund === undefined) return;
    const { fact, isParked } = refund;
    if (!isParked) this.#books.credit(fact, fact.amount - had, { kind: 'refunded', source, index: fact.seq });
    this.#books.refund(source, entry, fact);
  }

  #hashOf(packed: Uint8Array): Bytes32 {
    return bytesToHex(this.#books.keccak256(packed)) as Bytes32;
  }
}

/** The logs of one transaction about its replayed entries, by source and index. */
export interface ToldOfEntries {
  /** Entries that were parked or refused, and those refused. */
  readonly settled: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
  readonly parked: readonly ParkedFact[];
  /** The outcome of each REFUND, in the order of the entries. */
  readonly refunds: RefundFate[];
  /** Entries of orphans that came again, or whose spent units were found. */
  readonly came: ReadonlyMap<string, OrphanFact>;
}

/** The outcome of a REFUND that was not refused. */
export type RefundFate = RefundedFact | RefundUnmatchedFact;

/** Collects the logs of one transaction about its replayed entries. */
export function toldOf(facts: readonly LedgerFact[]): ToldOfEntries {
  const parked = facts.filter((fact): fact is ParkedFact => fact.kind === 'parked');
  const refunds = facts.filter(
    (fact): fact is RefundFate => fact.kind === 'refunded' || fact.kind === 'refund-unmatched',
  );
  const numbers = (of: readonly (ParkedFact | RefusedFact)[]): string[] =>
    of.map(({ source, index }) => `${source}:${index}`);
  const refused = new Set(numbers(facts.filter((fact): fact is RefusedFact => fact.kind === 'refused')));
  const settled = new Set([...refused, ...numbers(parked.filter(({ reason }) => reason !== 'FEE'))]);
  const came = new Map<string, OrphanFact>();
  for (const fact of facts)
    if (fact.kind === 'came-again' || fact.kind === 'found') came.set(`${fact.source}:${fact.seq}`, fact);
  return { settled, refused, parked, refunds, came };
}

/** One entry of a replayed batch. */
export interface BatchEntry {
  readonly index: bigint;
  /** Undefined for an unknown kind. */
  readonly entry: Entry | undefined;
  readonly packed: Uint8Array;
}

/** Yields the entries of a replayed batch with their indices. @throws ENTRIES_MISSING. */
export function* entriesOf(fact: AppliedFact, entries: EntryLookup): Generator<BatchEntry> {
  const packed = entries(fact.edge, fact.from, fact.to);
  if (packed.length !== Number(fact.to - fact.from) * ENTRY_BYTES) {
    throw foldError(
      'ENTRIES_MISSING',
      `entries ${fact.from + 1n} to ${fact.to} of ${fact.edge} are not held; hand them in, or read them from the origin chain`,
    );
  }
  for (let at = 0; at < packed.length; at += ENTRY_BYTES) {
    const one = packed.subarray(at, at + ENTRY_BYTES);
    yield { index: fact.from + BigInt(at / ENTRY_BYTES) + 1n, entry: readKnownEntry(one), packed: one };
  }
}

/** Parked fees have this + generation · 2^64 + the last paying entry's index as their number. @source LedgerStorage.sol */
const PARKED_FEES = 1n << 95n;

/**
 * The fees of one batch by asset. Each asset's fees are credited once, unless they were parked under the last entry
 * that contributed to them.
 */
class BatchFees {
  readonly #fees = new Map<number, { readonly sum: bigint; readonly last: bigint }>();

  /** Adds the fee of an entry. */
  add(assetId: number, fee: bigint, index: bigint): void {
    if (fee > 0n) this.#fees.set(assetId, { sum: (this.#fees.get(assetId)?.sum ?? 0n) + fee, last: index });
  }

  /** Returns the fees that are credited to a line. @throws FACT_GAP if a log parks others than the batch has. */
  credited(
    { source, generation, feeTo }: { readonly source: number; readonly generation: number; readonly feeTo: Bytes32 },
    parked: readonly ParkedFact[],
    assetIdOf: (vaultAsset: number) => number | undefined,
  ): readonly { readonly assetId: number; readonly sum: bigint }[] {
    return [...this.#fees].flatMap(([assetId, { sum, last }]) => {
      const index = PARKED_FEES | (BigInt(generation) << 64n) | last;
      const logs = parked.filter(
        (one) =>
          one.reason === 'FEE' &&
          one.source === source &&
          BigInt.asUintN(64, one.index) === last &&
          assetIdOf(one.vaultAsset) === assetId,
      );
      const [first] = logs;
      if (first === undefined) return [{ assetId, sum }];
      const isOwn = (one: ParkedFact): boolean =>
        one.index === index && one.account === feeTo && one.amount === sum && one.fee === 0n;
      if (logs.some(isOwn)) return [];
      throw foldError(
        'FACT_GAP',
        `fees of source ${source} are parked as ${first.index} with ${first.amount} for ${first.account} and fee ${first.fee}; expected ${sum} for ${feeTo} as ${index} without a fee; another provider is asked next`,
      );
    });
  }
}

/**
 * Requires that a log that parks an entry's credit matches the entry, less the units that its account already has.
 * Returns whether the fee was paid first; the rest is then parked without a fee.
 * @throws FACT_GAP.
 */
function requireOwnCredit(
  parked: readonly ParkedFact[],
  { source, index, entry }: { source: number; index: bigint; entry: Entry | undefined },
): boolean {
  const fact = parked.find((one) => one.source === source && one.index === index && one.reason !== 'FEE');
  if (fact === undefined) return false;
  const isPaid = entry !== undefined && entry.fee > 0n && fact.fee === 0n;
  const isOwn =
    entry !== undefined &&
    fact.account === entry.account &&
    fact.amount === entry.amount - (isPaid ? entry.fee : 0n) &&
    (isPaid || fact.fee === entry.fee) &&
    fact.vaultAsset === entry.asset;
  if (isOwn) return isPaid;
  throw foldError(
    'FACT_GAP',
    `credit ${index} of source ${source} is parked with ${fact.amount} for ${fact.account}; its entry says ${entry?.amount} for ${entry?.account}; another provider is asked next`,
  );
}

/** A replayed REFUND, with its transaction's logs. */
interface ReplayedRefund {
  readonly source: number;
  /** Index of the REFUND itself. */
  readonly index: bigint;
  readonly entry: Entry;
  /** Units of it that its account already has. */
  readonly had: bigint;
  /** The ledger's index of the asset; undefined if it is not listed. */
  readonly assetId: number | undefined;
  /** Outcomes logged in this transaction, in entry order; the one that matches is removed. */
  readonly refunds: RefundFate[];
  readonly parked: readonly ParkedFact[];
}

/**
 * Returns a REFUND's log, and whether its amount was parked; undefined if it matched no release.
 * @throws FACT_GAP if the logs do not show its outcome.
 */
function refundOf(replayed: ReplayedRefund): { readonly fact: RefundedFact; readonly isParked: boolean } | undefined {
  const { source, index, entry, had, assetId, refunds, parked } = replayed;
  const seq = bytesToUint(hexToBytes(entry.party, 32));
  // Several REFUNDs may name one release: the first log belongs to this one.
  const at = refunds.findIndex((one) => one.source === source && one.seq === seq);
  const [fact] = at < 0 ? [] : refunds.splice(at, 1);
  if (fact === undefined || !isOf(fact, entry, assetId)) {
    throw foldError(
      'FACT_GAP',
      `entry ${index} of source ${source} refunds release ${seq} with ${entry.amount}; the logs say ${fact?.amount ?? 'nothing'}; read the missing logs`,
    );
  }
  if (fact.kind === 'refund-unmatched') return undefined;
  const credited = fact.amount - had;
  const waiting = parked.find((one) => one.source === source && one.index === index && one.reason !== 'FEE');
  if (waiting === undefined && (assetId !== undefined || credited === 0n)) return { fact, isParked: false };
  if (waiting?.account !== fact.account || waiting.amount !== credited || waiting.vaultAsset !== entry.asset) {
    throw foldError(
      'FACT_GAP',
      `refund ${index} of source ${source} is parked with ${waiting?.amount ?? 'nothing'}; ${credited} came back; another provider is asked next`,
    );
  }
  return { fact, isParked: true };
}

/** True if a log and an entry name the same asset and account. For an unlisted asset the ledger's index is 0. */
function isOf(
  fact: RefundFate,
  entry: { readonly asset: number; readonly amount: bigint; readonly account: Bytes32 },
  assetId: number | undefined,
): boolean {
  if (fact.account !== entry.account || fact.amount !== entry.amount) return false;
  return fact.kind === 'refunded' ? fact.assetId === (assetId ?? 0) : fact.vaultAsset === entry.asset;
}
