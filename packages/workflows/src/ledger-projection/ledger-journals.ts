import { type Bytes32, type Keccak256, appendHead } from '@surety/domain';
import { ChangingRows } from '../following/changing-rows.js';
import { foldError } from '../following/fold-errors.js';
import type { JournalFact } from './collateral-rows.js';
import type { JournaledFact, ReleasedFact } from './ledger-fact.js';
import { packAppended } from './pack-appended.js';

/** The ledger's own journals, one toward each vault, extended by its logs. */
export class LedgerJournals extends ChangingRows<Bytes32, JournalFact> {
  readonly #keccak256: Keccak256;

  constructor(journals: readonly JournalFact[], keccak256: Keccak256) {
    super(({ edge }) => edge, journals);
    this.#keccak256 = keccak256;
  }

  /** Returns the journal toward a source's vault. */
  ofSource(source: number): JournalFact | undefined {
    return this.all.find((journal) => journal.source === source);
  }

  /** Adds the journal of a newly listed source. */
  open(journal: Pick<JournalFact, 'edge' | 'source'>): void {
    this.put({ ...journal, count: 0n, head: journal.edge });
  }

  /** Appends one entry. @throws FACT_GAP unless its index follows. */
  append(fact: ReleasedFact | JournaledFact): void {
    const { edge, location } = fact;
    const journal = this.byKey.get(edge);
    if (journal === undefined || location.index !== journal.count + 1n) {
      throw foldError(
        'FACT_GAP',
        `entry ${location.index} of ${edge} follows entry ${journal?.count ?? 'of no listed source'}; read the missing logs`,
      );
    }
    const head = appendHead(journal.head, packAppended(fact), this.#keccak256);
    this.put({ ...journal, count: location.index, head });
  }
}
