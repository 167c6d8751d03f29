import type { LedgerFact } from './ledger-fact.js';

/** Where a credit is parked. */
interface ParkedPlace {
  readonly source: number;
  readonly index: bigint;
}

/**
 * Gives the credits of one transaction that were parked before it: those that reach their lines, those that go back to
 * their vault, those that are deleted, and those that wait on for another reason.
 */
export function parkedBefore(facts: readonly LedgerFact[]): readonly ParkedPlace[] {
  return facts.filter(
    (fact) =>
      fact.kind === 'unparked' ||
      fact.kind === 'parked-released' ||
      fact.kind === 'parked-voided' ||
      fact.kind === 'postponed',
  );
}
