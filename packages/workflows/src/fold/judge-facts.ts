import {
  type Bytes32,
  ENTRY_BYTES,
  type JournalPosition,
  type Keccak256,
  bytesToHex,
  foldJournal,
} from '@surety/domain';
import { packAppended } from './entry-bytes.js';
import type { LocatedEntries } from '../ports/origin-chain.js';
import type { JournaledFact, ReleasedFact } from './ledger-fact.js';

/** Where a journal or replica stands, with the name of its edge. */
export type NamedPosition = JournalPosition & { readonly edge: Bytes32 };

/** A batch as a log tells it. */
interface BatchFact {
  readonly kind: 'applied';
  readonly edge: Bytes32;
  readonly from: bigint;
  readonly to: bigint;
  readonly head: Bytes32;
}

/** Entries that one of the ledger's journals gained, and where they lead. */
export interface ReleasedRun {
  readonly edge: Bytes32;
  readonly entries: LocatedEntries;
  readonly position: JournalPosition;
}

/** Says where the batches of some edges do not lead from a position to the proven one; undefined if they all do. */
export function findBatchGap(
  facts: readonly { readonly kind: string }[],
  from: readonly NamedPosition[],
  proven: readonly JournalPosition[],
): string | undefined {
  const batches = facts.filter((fact): fact is BatchFact => fact.kind === 'applied');
  for (const [at, start] of from.entries()) {
    let position: JournalPosition = start;
    for (const fact of batches) {
      if (fact.edge !== start.edge) continue;
      if (fact.from !== position.count)
        return `a batch of ${start.edge} begins at ${fact.from}, the one before ended at ${position.count}`;
      position = { count: fact.to, head: fact.head };
    }
    const end = proven[at];
    if (end?.count === position.count && end.head === position.head) continue;
    return `the logs lead replica ${start.edge} to count ${position.count}, its proof says ${end?.count}`;
  }
  return undefined;
}

/** Rebuilds what some of the ledger's journals gained; a text if the logs do not follow each other or end elsewhere than proven. */
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

/** Gives one hash of some facts, to know them again. */
export function digestOf(facts: unknown, keccak256: Keccak256): string {
  const text = JSON.stringify(facts, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
  return bytesToHex(keccak256(new TextEncoder().encode(text)));
}
