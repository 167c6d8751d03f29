import type { Bytes32 } from '@surety/domain';
import type { EdgeBook } from './edge-book.js';
import type { IntakeStore, JudgedStatement } from './fact-store.js';
import { OPEN_STATEMENTS_MAX } from './limits.js';
import { type Refusal, refuse } from './statement-judge.js';

/** Refuses statements of a member that has too many others waiting for signatures on the same edge. */
export async function boundOpen(
  judged: readonly (Refusal | JudgedStatement)[],
  books: ReadonlyMap<Bytes32, EdgeBook>,
  store: Pick<IntakeStore, 'countOpenStatements'>,
): Promise<readonly (Refusal | JudgedStatement)[]> {
  const bounded: (Refusal | JudgedStatement)[] = [];
  for (const verdict of judged) {
    const book = 'kind' in verdict ? undefined : books.get(verdict.edge);
    if ('kind' in verdict || book === undefined) {
      bounded.push(verdict);
      continue;
    }
    const { signer } = verdict;
    if (book.openStatements(signer) >= OPEN_STATEMENTS_MAX)
      book.setOpenStatements(signer, await store.countOpenStatements(book.name, signer));
    if (book.openStatements(signer) < OPEN_STATEMENTS_MAX) {
      book.setOpenStatements(signer, book.openStatements(signer) + 1);
      bounded.push(verdict);
      continue;
    }
    const detail = `${OPEN_STATEMENTS_MAX} statements of ${signer} wait for other members on ${book.known.edgeId}; hand this one in once they are complete`;
    bounded.push(refuse('TOO_MANY', detail));
  }
  return bounded;
}
