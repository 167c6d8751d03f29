import type { LedgerFact, ParkedFact, RefundedFact, RefusedFact } from './ledger-fact.js';

/** What the logs of one transaction tell of the entries that it replayed, by source and number. */
export interface ToldOfEntries {
  /** Entries that were parked or refused, and those refused. */
  readonly settled: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
  readonly parked: readonly ParkedFact[];
  readonly refunds: readonly RefundedFact[];
}

/** Gathers what the logs of one transaction tell of the entries that it replayed. */
export function toldOf(facts: readonly LedgerFact[]): ToldOfEntries {
  const parked = facts.filter((fact): fact is ParkedFact => fact.kind === 'parked');
  const refunds = facts.filter((fact): fact is RefundedFact => fact.kind === 'refunded');
  const numbers = (of: readonly (ParkedFact | RefusedFact)[]): string[] =>
    of.map(({ source, index }) => `${source}:${index}`);
  const refused = new Set(numbers(facts.filter((fact): fact is RefusedFact => fact.kind === 'refused')));
  const settled = new Set([...refused, ...numbers(parked.filter(({ reason }) => reason !== 'FEE'))]);
  return { settled, refused, parked, refunds };
}
