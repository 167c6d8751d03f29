import type {
  LedgerFact,
  OrphanFact,
  ParkedFact,
  RefundUnmatchedFact,
  RefundedFact,
  RefusedFact,
} from './ledger-fact.js';

/** What the logs of one transaction tell of the entries that it replayed, by source and number. */
export interface ToldOfEntries {
  /** Entries that were parked or refused, and those refused. */
  readonly settled: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
  readonly parked: readonly ParkedFact[];
  /** What became of each REFUND, in the order of the entries. */
  readonly refunds: RefundFate[];
  /** Entries of orphans that came: all of one came again, or what was spent of it was found. */
  readonly came: ReadonlyMap<string, OrphanFact>;
}

/** What became of a REFUND that was not refused. */
export type RefundFate = RefundedFact | RefundUnmatchedFact;

/** Gathers what the logs of one transaction tell of the entries that it replayed. */
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
