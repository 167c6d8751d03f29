import type { Bytes32, StatementDomain } from '@surety/domain';
import type { AttesterEpoch } from '../ports/epochs.js';
import type { Observer } from '../ports/observer.js';
import { EdgeBook } from './edge-book.js';
import type { IntakeStore } from './fact-store.js';

/**
 * Takes the signatures of suspended members away from every edge that a verifier judges: it refuses a whole batch for one
 * of them. An edge that lost some is opened anew, since what was complete may be complete no more.
 */
export async function dropSuspended(
  ports: { readonly store: IntakeStore; readonly observer: Observer },
  books: Map<Bytes32, EdgeBook>,
  verifier: StatementDomain,
  epochs: readonly AttesterEpoch[],
): Promise<void> {
  const { store, observer } = ports;
  for (const [edge, book] of books) {
    const { domain } = book.known;
    if (domain.chainId !== verifier.chainId || domain.verifyingContract !== verifier.verifyingContract) continue;
    let dropped = 0;
    for (const { epoch, suspended } of epochs)
      if (suspended.length > 0) dropped += await store.dropSignatures({ edge: book.name, epoch, signers: suspended });
    if (dropped === 0) continue;
    const fresh = new EdgeBook(book.known, await store.loadEdge(edge));
    fresh.noteApplied(book.appliedCount);
    books.set(edge, fresh);
    observer.observe({ name: 'signatures-dropped', level: 'warn', fields: { edge, dropped } });
  }
}
