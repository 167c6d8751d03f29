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
  type EntryFact,
  type EntryLocation,
  type SignedStatement,
  accountOfEntry,
} from '@surety/workflows';
import type { CandidateRow, EntryRow, SignedHeadRow, StatementRow } from './intake-rows.js';

/** Columns of an entry's location. */
type LocationColumns = Pick<EntryRow, 'blockHeight' | 'blockHash' | 'txHash' | 'logIndex'>;

/** The columns in which rows keep a statement. */
type StatementColumns = Omit<StatementRow, 'digest' | 'quorum' | 'complete'>;

/** Rows hold only what was checked before, and a rebuild writes and reads them by the hundred thousand. */
function hexOf(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`;
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.slice(2), 'hex'));
}

/** Writes an entry as its row. */
export function entryRow(entry: EntryFact): EntryRow {
  const { edge, index, packed, head, account } = entry;
  return { edge, index, packed: hexOf(packed), head, account, ...locationColumns(entry.location) };
}

/** Reads an entry from its row; rows hold only what was checked before. */
export function entryFact(row: EntryRow): EntryFact {
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

/** Writes a candidate as its row. */
export function candidateRow(candidate: CandidateFact): CandidateRow {
  const { edge, poster, index, packed, stage } = candidate;
  const account = accountOfEntry(packed);
  return { edge, poster, index, packed: hexOf(packed), account, stage, ...locationColumns(candidate.location) };
}

/** Reads a candidate from its row. */
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

/** Reads the statement of a row. */
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

/** Reads the signed statement of a row. */
export function signedHeadOf(row: SignedHeadRow): SignedStatement {
  return { statement: statementOf(row), signer: row.signer as Address, signature: row.signature as Hex };
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
  return {
    index,
    blockHeight: blockHeight as BlockHeight,
    blockHash: blockHash as Hex as BlockHash,
    txHash: txHash as Hex as TxHash,
    logIndex,
  };
}
