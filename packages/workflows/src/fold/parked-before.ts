import type { Bytes32 } from '@surety/domain';
import type { LedgerFact } from './ledger-fact.js';

/** Where a credit is parked. */
interface ParkedPlace {
  readonly source: number;
  readonly index: bigint;
}

/**
 * Gives the credits of one transaction that were parked before it: those that reach their lines, and those that are parked
 * again for another reason. Beside the batch that replays its own entry a credit is parked for the first time.
 */
export function parkedBefore(
  facts: readonly LedgerFact[],
  sourceOf: (edge: Bytes32) => number | undefined,
): readonly ParkedPlace[] {
  const batches = facts.filter((fact) => fact.kind === 'applied');
  const isReplayed = ({ source, index }: ParkedPlace): boolean => {
    const n = BigInt.asUintN(64, index);
    return batches.some(({ edge, from, to }) => sourceOf(edge) === source && n > from && n <= to);
  };
  return facts.filter(
    (fact) => fact.kind === 'unparked' || (fact.kind === 'parked' && !isReplayed(fact)),
  ) as readonly (LedgerFact & ParkedPlace)[];
}
