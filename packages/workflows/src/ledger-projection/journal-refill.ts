import { type Bytes32, ENTRY_BYTES, type JournalPosition, type Keccak256, foldJournal } from '@surety/domain';
import { findAnchor } from '../following/find-anchor.js';
import { followError } from '../following/fold-errors.js';
import type { JournalEntrySource } from '../following/journal-entry-source.js';
import { type KeepLookingOptions, keepLooking } from '../following/keep-looking.js';
import type { EdgeBook } from '../intake/edge-book.js';
import type { IntakeStore } from '../intake/intake-store.js';
import type { Intake } from '../intake/intake.js';
import type { Observer } from '../ports/observer.js';
import type { LocatedEntries } from '../ports/origin-chain.js';
import type { LedgerFollower } from './ledger-follower.js';

/** Ports of {@link JournalRefill}. */
export interface JournalRefillPorts {
  readonly follower: Pick<LedgerFollower, 'books'>;
  /** Reads the ledger's own journals from its chain, proven. */
  readonly entries: JournalEntrySource;
  readonly intake: Intake;
  readonly intakeStore: Pick<IntakeStore, 'loadEntries'>;
  readonly observer: Observer;
  readonly keccak256: Keccak256;
}

/**
 * Reads again what the books of the ledger's journals lack. A vault that is not configured has no book, so releases toward it
 * are folded without one; once it is configured, no block brings them again.
 *
 * Invariant: a book gains only entries that fold from its position to the head of the journal as it is folded and proven.
 */
export class JournalRefill {
  readonly #ports: JournalRefillPorts;
  readonly #told = new Set<Bytes32>();

  constructor(ports: JournalRefillPorts) {
    this.#ports = ports;
  }

  /**
   * Fills every book that ends before its folded journal. Reads nothing if there is none.
   * @throws RELEASES_MISSING (retryable) if the ledger's chain does not give what one lacks; the others are filled.
   */
  async advance(signal?: AbortSignal): Promise<void> {
    const { intake, entries } = this.#ports;
    const lacking: string[] = [];
    for (const book of intake.books) {
      const journal = this.#longerJournalOf(book);
      if (journal === undefined) continue;
      const { known, position } = book;
      this.#tellLacking(book, journal);
      if (await this.#fill(book, journal, signal)) continue;
      lacking.push(`entries ${position.count + 1n} to ${journal.count} of ${known.edgeId}`);
    }
    if (lacking.length > 0) {
      throw followError(
        'RELEASES_MISSING',
        `${lacking.join(', ')} were folded without a book, and the ledger's chain does not prove them now; relayers get no releases of such a vault here: check the providers, or rebuild (runbook 14)`,
      );
    }
    if (this.#told.size > 0) entries.release();
    this.#told.clear();
  }

  /** Returns the folded journal toward a vault if its book ends before it. A fold fills the book before it moves the journal. */
  #longerJournalOf({ known, position }: EdgeBook): JournalPosition | undefined {
    if (known.direction !== 'to-vault') return undefined;
    const journal = this.#ports.follower.books.journalOf(known.source);
    return journal?.edge === known.edgeId && journal.count > position.count ? journal : undefined;
  }

  #tellLacking({ known, position }: EdgeBook, { count }: JournalPosition): void {
    if (this.#told.has(known.edgeId)) return;
    this.#told.add(known.edgeId);
    const fields = { edge: known.edgeId, from: position.count, count };
    this.#ports.observer.observe({ name: 'releases-lacking', level: 'warn', fields });
  }

  /** Returns false if the chain does not give entries that lead to the journal's head. */
  async #fill(
    { known, position }: EdgeBook,
    { count, head }: JournalPosition,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { entries, intake, intakeStore, observer, keccak256 } = this.#ports;
    const { edgeId: edge } = known;
    const anchor = await findAnchor(intakeStore, edge, position.count);
    const read = await entries.readEntriesAfter({ known, position, to: count, anchor }, signal);
    const run = read && within(read, { from: position.count, to: count });
    if (run === undefined) return false;
    const end = foldJournal(position, run.packed, keccak256);
    if (end.count !== count || end.head !== head) return false;
    await intake.adoptJournal(edge, { entries: run, position: end, atMs: undefined });
    if ((intake.book(edge)?.position.count ?? 0n) < count) return false;
    observer.observe({ name: 'releases-refilled', level: 'info', fields: { edge, from: position.count, count } });
    return true;
  }
}

/** Returns entries `from` < n ≤ `to` of a run that begins at or before the first of them. */
function within(
  { packed, locations }: LocatedEntries,
  { from, to }: { readonly from: bigint; readonly to: bigint },
): LocatedEntries | undefined {
  const start = locations.findIndex(({ index }) => index === from + 1n);
  if (start < 0) return undefined;
  const end = start + Number(to - from);
  return {
    packed: packed.subarray(start * ENTRY_BYTES, end * ENTRY_BYTES),
    locations: locations.slice(start, end),
  };
}

/** Keeps the books of the ledger's journals without holes until the signal aborts. */
export async function keepJournalsFilled(
  options: KeepLookingOptions & { readonly refill: JournalRefill },
  signal: AbortSignal,
): Promise<void> {
  await keepLooking({ ...options, lookOnce: () => options.refill.advance(signal) }, signal);
}
