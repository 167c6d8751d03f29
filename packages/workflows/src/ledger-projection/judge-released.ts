import { type Bytes32, ENTRY_BYTES, type JournalPosition, type Keccak256, foldJournal } from '@surety/domain';
import type { LocatedEntries } from '../ports/origin-chain.js';
import type { JournaledFact, ReleasedFact } from './ledger-fact.js';
import { packAppended } from './pack-appended.js';

/** A journal's position, with the first name of its edge. */
export type NamedPosition = JournalPosition & { readonly edge: Bytes32 };

/** New entries of one of the ledger's journals, and the position they lead to. */
export interface ReleasedRun {
  readonly edge: Bytes32;
  readonly entries: LocatedEntries;
  readonly position: JournalPosition;
}

/**
 * Rebuilds the new entries of some of the ledger's journals. Returns a text that says what is wrong if the logs do not
 * follow each other or do not end at the proven position.
 */
export function judgeReleased(
  facts: readonly { readonly kind: string }[],
  from: readonly NamedPosition[],
  proven: readonly JournalPosition[],
  keccak256: Keccak256,
): string | ReleasedRun[] {
  const appended = facts.filter(
    (fact): fact is ReleasedFact | JournaledFact => fact.kind === 'released' || fact.kind === 'journaled',
  );
  const runs: ReleasedRun[] = [];
  for (const [at, start] of from.entries()) {
    const own = appended.filter((fact) => fact.edge === start.edge);
    const stray = own.findIndex(({ location }, n) => location.index !== start.count + BigInt(n + 1));
    if (stray >= 0)
      return `entry ${own[stray]?.location.index} of ${start.edge} is told where ${start.count + BigInt(stray + 1)} follows`;
    const packed = new Uint8Array(own.length * ENTRY_BYTES);
    own.forEach((fact, n) => packed.set(packAppended(fact), n * ENTRY_BYTES));
    const position = foldJournal(start, packed, keccak256);
    const end = proven[at];
    if (end?.count !== position.count || end.head !== position.head)
      return `the logs lead journal ${start.edge} to count ${position.count}, its proof says ${end?.count}`;
    if (own.length > 0)
      runs.push({ edge: start.edge, entries: { packed, locations: own.map((fact) => fact.location) }, position });
  }
  return runs;
}
