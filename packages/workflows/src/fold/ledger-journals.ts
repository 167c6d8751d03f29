import { type Bytes32, type Keccak256, appendHead } from '@surety/domain';
import type { JournalFact } from './collateral-rows.js';
import { packAppended } from './entry-bytes.js';
import { generationOf } from './edge-crossing.js';
import { foldError } from './fold-errors.js';
import type { GenerationOpenedFact, JournaledFact, ReleasedFact } from './ledger-fact.js';
import { newestOf } from './ledger-replicas.js';

/** The ledger's own journals, one toward each vault, grown by what its logs say. */
export class LedgerJournals {
  readonly #journals = new Map<Bytes32, JournalFact>();
  readonly #keccak256: Keccak256;
  #dirty = new Set<Bytes32>();

  constructor(journals: readonly JournalFact[], keccak256: Keccak256) {
    for (const journal of journals) this.#journals.set(journal.edge, journal);
    this.#keccak256 = keccak256;
  }

  /** All journals, in no order. */
  get all(): readonly JournalFact[] {
    return [...this.#journals.values()];
  }

  /** Gives the journal toward a source's vault in its generation of now. */
  ofSource(source: number): JournalFact | undefined {
    return newestOf(this.all, source);
  }

  /** Opens a journal that was just listed. */
  open(journal: Pick<JournalFact, 'edge' | 'source'>): void {
    this.#journals.set(journal.edge, { ...journal, count: 0n, head: journal.edge });
    this.#dirty.add(journal.edge);
  }

  /** Opens the next generation of a journal. @throws FACT_GAP unless it takes the place of the one of now, at a count that this has. */
  openNext({ source, edge, previous, count }: GenerationOpenedFact): void {
    const journal = this.ofSource(source);
    if (journal?.edge !== previous || count > journal.count) {
      throw foldError(
        'FACT_GAP',
        `journal ${edge} takes the place of ${previous} at ${count}; source ${source} has ${journal?.edge ?? 'none'} at ${journal?.count ?? 0n}; read the missing logs`,
      );
    }
    this.#journals.set(edge, { edge, source, count: 0n, head: edge, generation: generationOf(journal) + 1 });
    this.#dirty.add(edge);
  }

  /** Appends one entry. @throws FACT_GAP unless it follows the last one. */
  append(fact: ReleasedFact | JournaledFact): void {
    const { edge, location } = fact;
    const journal = this.#journals.get(edge);
    if (journal === undefined || location.index !== journal.count + 1n) {
      throw foldError(
        'FACT_GAP',
        `entry ${location.index} of ${edge} follows entry ${journal?.count ?? 'of no listed source'}; read the missing logs`,
      );
    }
    const head = appendHead(journal.head, packAppended(fact), this.#keccak256);
    this.#journals.set(edge, { ...journal, count: location.index, head });
    this.#dirty.add(edge);
  }

  /** Gives the journals that changed since the last call. */
  takeChanges(): JournalFact[] {
    const changed = [...this.#dirty].flatMap((edge) => this.#journals.get(edge) ?? []);
    this.#dirty = new Set();
    return changed;
  }
}
