import {
  type Address,
  type BlockHash,
  type BlockHeight,
  type Bytes32,
  type Hex,
  type JournalHead,
  type TxHash,
} from '@surety/domain';
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

/** Skips validation: rows hold only checked values, and a rebuild converts hundreds of thousands of them. */
function hexOf(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`;
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.slice(2), 'hex'));
}

/** Converts an entry to its row. */
export function entryRow(entry: EntryFact): EntryRow {
  const { edge, index, packed, head, account } = entry;
  return { edge, index, packed: hexOf(packed), head, account, ...locationColumns(entry.location) };
}

/** Converts a row to its entry without validation: rows hold only checked values. */
export function entryFactOf(row: EntryRow): EntryFact {
  const location = locationOf(row.index, row);
  return {
    edge: row.edge as Bytes32,
    index: row.index,
    packed: bytesOf(row.packed),
    head: row.head as Bytes32,
    account: row.account as Bytes32,
    ...(location === undefined ? {} : { location }),
  };
}

/** Converts a candidate to its row. */
export function candidateRow(candidate: CandidateFact): CandidateRow {
  const { edge, poster, index, packed, stage } = candidate;
  const account = accountOfEntry(packed);
  return { edge, poster, index, packed: hexOf(packed), account, stage, ...locationColumns(candidate.location) };
}

/** Converts a row to its candidate. */
export function candidateFact(row: CandidateRow): CandidateFact {
  const location = locationOf(row.index, row);
  return {
    edge: row.edge as Bytes32,
    poster: row.poster as Address,
    index: row.index,
    packed: bytesOf(row.packed),
    stage: row.stage === 'final' ? 'final' : 'seen',
    ...(location === undefined ? {} : { location }),
  };
}

/** Converts a row to its statement. */
export function statementOf(row: StatementColumns): JournalHead {
  return {
    edge: row.edge as Bytes32,
    count: row.count,
    tip: row.tip,
    head: row.head as Bytes32,
    blockNumber: row.blockNumber,
    blockHash: row.blockHash as Hex as BlockHash,
    asOf: row.asOf,
    epoch: row.epoch,
  };
}

/** Converts a row to its signed statement. */
export function signedHeadOf(row: SignedHeadRow): SignedStatement {
  return { statement: statementOf(row), signer: row.signer as Address, signature: row.signature as Hex };
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

function locationOf(index: bigint, row: LocationColumns): EntryLocation | undefined {
  const { blockHeight, blockHash, txHash, logIndex } = row;
  if (blockHeight === null || blockHash === null || txHash === null || logIndex === null) return undefined;
  // SQLite took any index before readers refused those that no block has: such a place was made up.
  if (logIndex >= PLACES) return undefined;
  return {
    index,
    blockHeight: blockHeight as BlockHeight,
    blockHash: blockHash as Hex as BlockHash,
    txHash: txHash as Hex as TxHash,
    logIndex,
  };
}
