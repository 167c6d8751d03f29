import type { JournalHead } from '@surety/domain';
import {
  type CandidateFact,
  type ContradictionFact,
  type EntryFact,
  type EntryLocation,
  type SignedStatement,
  accountOfEntry,
} from '@surety/workflows';
import type { CandidateRow, ContradictionRow, EntryRow, SignedHeadRow, StatementRow } from './intake-rows.js';

/** Indices of a block's logs that an integer column of PostgreSQL and the API hold. */
const PLACES = 2 ** 31;

/** Columns of an entry's location. */
type LocationColumns = Pick<EntryRow, 'blockHeight' | 'blockHash' | 'txHash' | 'logIndex'>;

/** Columns of a statement. */
type StatementColumns = Omit<StatementRow, 'digest' | 'quorum' | 'complete'>;

/** Converts an entry to its row. */
export function entryRow(entry: EntryFact): EntryRow {
  const { edge, index, packed, head, account } = entry;
  return { edge, index, packed, head, account, ...locationColumns(entry.location) };
}

/** Converts a row to its entry. */
export function entryFactOf(row: EntryRow): EntryFact {
  const { edge, index, packed, head, account } = row;
  return { edge, index, packed, head, account, ...locationOf(row) };
}

/** Converts a candidate to its row. */
export function candidateRow(candidate: CandidateFact): CandidateRow {
  const { edge, poster, index, packed, stage } = candidate;
  const account = accountOfEntry(packed);
  return { edge, poster, index, packed, account, stage, ...locationColumns(candidate.location) };
}

/** Converts a row to its candidate. */
export function candidateFact(row: CandidateRow): CandidateFact {
  const { edge, poster, index, packed, stage } = row;
  return { edge, poster, index, packed, stage: stage === 'final' ? 'final' : 'seen', ...locationOf(row) };
}

/** Converts a row to its statement. */
export function statementOf(row: StatementColumns): JournalHead {
  const { edge, count, tip, head, blockNumber, blockHash, asOf, epoch } = row;
  return { edge, count, tip, head, blockNumber, blockHash, asOf, epoch };
}

/** Converts a row to its signed statement. */
export function signedHeadOf(row: SignedHeadRow): SignedStatement {
  return { statement: statementOf(row), signer: row.signer, signature: row.signature };
}

/** A signed statement in the evidence column: amounts as text. */
type KeptStatement = Omit<SignedStatement, 'statement'> & {
  readonly statement: Omit<StatementColumns, 'count' | 'tip' | 'blockNumber' | 'asOf'> &
    Readonly<Record<'count' | 'tip' | 'blockNumber' | 'asOf', string>>;
};

/** Converts a row to the two statements that contradict each other. */
export function contradictionOf({ evidence }: ContradictionRow): ContradictionFact {
  const { first, second } = JSON.parse(evidence) as { first: KeptStatement; second: KeptStatement };
  const signedOf = ({ statement, signer, signature }: KeptStatement): SignedStatement => {
    const { count, tip, blockNumber, asOf } = statement;
    const numbers = { count: BigInt(count), tip: BigInt(tip), blockNumber: BigInt(blockNumber), asOf: BigInt(asOf) };
    return { statement: statementOf({ ...statement, ...numbers }), signer, signature };
  };
  return { first: signedOf(first), second: signedOf(second) };
}

function locationColumns(location: EntryLocation | undefined): LocationColumns {
  return {
    blockHeight: location?.blockHeight ?? null,
    blockHash: location?.blockHash ?? null,
    txHash: location?.txHash ?? null,
    logIndex: location?.logIndex ?? null,
  };
}

function locationOf(row: LocationColumns & Pick<EntryRow, 'index'>): { readonly location?: EntryLocation } {
  const { index, blockHeight, blockHash, txHash, logIndex } = row;
  if (blockHeight === null || blockHash === null || txHash === null || logIndex === null) return {};
  // SQLite took any index before readers refused those that no block has: such a place was made up.
  if (logIndex >= PLACES) return {};
  return { location: { index, blockHeight, blockHash, txHash, logIndex } };
}
