import {
  type Bytes32,
  ENTRY_BYTES,
  address,
  blockHash,
  blockHeight,
  bytes32,
  bytesToHex,
  concatBytes,
  hexToBytes,
  txHash,
} from '@surety/domain';
import { ForeignFileError, NewerFileError, openSqliteFile } from '@surety/sqlite';
import {
  type AttestationLog,
  type AttestationStep,
  type EntryLocation,
  type JournalCursor,
  type LocatedEntries,
  type QueuedStatement,
  type SignedStatement,
  attestError,
  crashPoint,
} from '@surety/workflows';
import Database from 'better-sqlite3';

/** A watcher's log on disk; the caller closes it. */
export interface SqliteAttestationLog extends AttestationLog {
  close(): void;
}

/** Age difference after which an older statement for a count is dropped: two days in seconds. */
const STATEMENT_KEPT_S = 172_800n;

/** Indices of a block's logs that aggregators take. */
const PLACES = 2n ** 31n;

const FORMAT = {
  applicationId: 0x53_75_4c_6f,
  version: 2,
  // Version 1 stored one name per edge.
  upgrade: {
    from: 1,
    statements: `
      ALTER TABLE journals ADD COLUMN name BLOB NOT NULL DEFAULT x'';
      ALTER TABLE journals ADD COLUMN signing_height INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE journals ADD COLUMN signing_timestamp INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE statements ADD COLUMN name BLOB NOT NULL DEFAULT x'';
      UPDATE journals SET name = edge;
      UPDATE statements SET name = edge;
    `,
  },
  synchronous: 'NORMAL',
  schema: `
    CREATE TABLE journals (edge BLOB NOT NULL PRIMARY KEY, count INTEGER NOT NULL, head BLOB NOT NULL,
      height INTEGER NOT NULL, timestamp INTEGER NOT NULL, name BLOB NOT NULL, signing_height INTEGER NOT NULL,
      signing_timestamp INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE entries (edge BLOB NOT NULL, n INTEGER NOT NULL, packed BLOB NOT NULL, block_height INTEGER NOT NULL,
      block_hash BLOB NOT NULL, tx_hash BLOB NOT NULL, log_index INTEGER NOT NULL, PRIMARY KEY (edge, n)) WITHOUT ROWID;
    CREATE TABLE cuts (edge BLOB NOT NULL, count INTEGER NOT NULL, head BLOB NOT NULL,
      PRIMARY KEY (edge, count)) WITHOUT ROWID;
    CREATE TABLE statements (sequence INTEGER PRIMARY KEY AUTOINCREMENT, edge BLOB NOT NULL, count INTEGER NOT NULL,
      tip INTEGER NOT NULL, head BLOB NOT NULL, block_number INTEGER NOT NULL, block_hash BLOB NOT NULL,
      as_of INTEGER NOT NULL, epoch INTEGER NOT NULL, signer BLOB NOT NULL, signature BLOB NOT NULL, name BLOB NOT NULL,
      UNIQUE (edge, count, block_number, epoch));
    CREATE INDEX statements_in_order ON statements (edge, sequence);
    CREATE TABLE delivered (edge BLOB NOT NULL, aggregator TEXT NOT NULL, entry_count INTEGER NOT NULL,
      sequence INTEGER NOT NULL, PRIMARY KEY (edge, aggregator)) WITHOUT ROWID;
  `,
} as const;

/**
 * Opens a watcher's log of what it has verified and signed, from which it resumes and delivers. Unlike the signing
 * history, it may be deleted at any time; the watcher then reads the journals from their start.
 * @throws LOG_UNAVAILABLE, STATE_NEWER.
 */
export function openAttestationLog(options: { readonly file: string }): SqliteAttestationLog {
  const { file } = options;
  const database = attempt(file, () => openSqliteFile(file, FORMAT));
  const run = async <Result>(act: () => Result): Promise<Result> => attempt(file, act);
  return {
    begin: (cursor) => run(() => database.transaction(() => begin(database, cursor)).immediate()),
    loadCursor: (edge) => run(() => loadCursor(database, edge)),
    commit: (step) => run(() => database.transaction(() => commit(database, step)).immediate()),
    loadEntries: (edge, from, limit) => run(() => loadEntries(database, { edge, from, limit })),
    loadStatements: (edge, afterSequence, limit) => run(() => loadStatements(database, { edge, afterSequence, limit })),
    loadSequenceBelow: (edge, count) => run(() => loadSequenceBelow(database, edge, count)),
    loadCuts: (edge, limit) => run(() => loadCuts(database, edge, limit)),
    loadCutsAbove: (edge, count, limit) => run(() => loadCutsAbove(database, edge, { count, limit })),
    loadDelivered: (edge, aggregator) => run(() => loadDelivered(database, edge, aggregator)),
    saveDelivered: (edge, aggregator, mark) =>
      run(() => {
        const upsert = database.prepare('INSERT OR REPLACE INTO delivered VALUES (?, ?, ?, ?)');
        upsert.run(hexToBytes(edge), aggregator, mark.entryCount, mark.sequence);
      }),
    close: () => database.close(),
  };
}

function begin(database: Database.Database, cursor: JournalCursor): void {
  const edge = hexToBytes(cursor.edge, 32);
  for (const table of ['entries', 'cuts', 'statements', 'delivered']) {
    database.prepare(`DELETE FROM ${table} WHERE edge = ?`).run(edge);
  }
  saveCursor(database, cursor);
}

interface CursorRow {
  count: bigint;
  head: Uint8Array;
  height: bigint;
  timestamp: bigint;
  name: Uint8Array;
  signing_height: bigint;
  signing_timestamp: bigint;
}

function loadCursor(database: Database.Database, edge: Bytes32): JournalCursor | undefined {
  const row = database.prepare('SELECT * FROM journals WHERE edge = ?').get(hexToBytes(edge)) as CursorRow | undefined;
  if (row === undefined) return undefined;
  return {
    edge,
    signing: { name: wordOf(row.name), height: row.signing_height, timestamp: row.signing_timestamp },
    position: { count: row.count, head: wordOf(row.head) },
    height: blockHeight(row.height),
    timestamp: row.timestamp,
  };
}

function commit(database: Database.Database, step: AttestationStep): void {
  const { cursor, entries, from } = step;
  const edge = hexToBytes(cursor.edge, 32);
  const insertEntry = database.prepare('INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)');
  entries.locations.forEach((location, at) => {
    insertEntry.run(
      edge,
      from + BigInt(at) + 1n,
      entries.packed.subarray(at * ENTRY_BYTES, (at + 1) * ENTRY_BYTES),
      location.blockHeight,
      hexToBytes(location.blockHash),
      hexToBytes(location.txHash),
      location.logIndex,
    );
  });
  const insertCut = database.prepare('INSERT OR REPLACE INTO cuts VALUES (?, ?, ?)');
  for (const cut of step.cuts) insertCut.run(edge, cut.count, hexToBytes(cut.head));
  for (const signed of step.signed) queue(database, edge, signed);
  crashPoint('attester.log.half-written');
  saveCursor(database, cursor);
}

function saveCursor(database: Database.Database, { edge, signing, position, height, timestamp }: JournalCursor): void {
  database
    .prepare(
      `INSERT OR REPLACE INTO journals (edge, count, head, height, timestamp, name, signing_height, signing_timestamp)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      hexToBytes(edge, 32),
      position.count,
      hexToBytes(position.head, 32),
      height,
      timestamp,
      hexToBytes(signing.name, 32),
      signing.height,
      signing.timestamp,
    );
}

function queue(database: Database.Database, edge: Uint8Array, { statement, signer, signature }: SignedStatement): void {
  database
    .prepare(
      `INSERT OR IGNORE INTO statements
         (edge, count, tip, head, block_number, block_hash, as_of, epoch, signer, signature, name)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      edge,
      statement.count,
      statement.tip,
      hexToBytes(statement.head),
      statement.blockNumber,
      hexToBytes(statement.blockHash),
      statement.asOf,
      statement.epoch,
      hexToBytes(signer),
      hexToBytes(signature),
      hexToBytes(statement.edge, 32),
    );
  database
    .prepare('DELETE FROM statements WHERE edge = ? AND count = ? AND as_of < ?')
    .run(edge, statement.count, statement.asOf - STATEMENT_KEPT_S);
}

function loadEntries(
  database: Database.Database,
  wanted: { edge: Bytes32; from: bigint; limit: number },
): LocatedEntries {
  const rows = database
    .prepare('SELECT * FROM entries WHERE edge = ? AND n > ? ORDER BY n LIMIT ?')
    .all(hexToBytes(wanted.edge), wanted.from, wanted.limit) as EntryRow[];
  return { packed: concatBytes(...rows.map(({ packed }) => packed)), locations: rows.map(locationOf) };
}

interface EntryRow {
  n: bigint;
  packed: Uint8Array;
  block_height: bigint;
  block_hash: Uint8Array;
  tx_hash: Uint8Array;
  log_index: bigint;
}

function locationOf(row: EntryRow): EntryLocation {
  return {
    index: row.n,
    blockHeight: blockHeight(row.block_height),
    blockHash: blockHash(bytesToHex(row.block_hash)),
    txHash: txHash(bytesToHex(row.tx_hash)),
    // A log from before readers refused indices that no block has: every aggregator would refuse the whole delivery for
    // one, again and again. It is one provider's word and never signed.
    logIndex: row.log_index < PLACES ? Number(row.log_index) : 0,
  };
}

function loadStatements(
  database: Database.Database,
  wanted: { edge: Bytes32; afterSequence: number; limit: number },
): QueuedStatement[] {
  const rows = database
    .prepare('SELECT * FROM statements WHERE edge = ? AND sequence > ? ORDER BY sequence LIMIT ?')
    .all(hexToBytes(wanted.edge), wanted.afterSequence, wanted.limit) as StatementRow[];
  return rows.map((row) => ({
    sequence: Number(row.sequence),
    statement: {
      edge: wordOf(row.name),
      count: row.count,
      tip: row.tip,
      head: wordOf(row.head),
      blockNumber: row.block_number,
      blockHash: blockHash(bytesToHex(row.block_hash)),
      asOf: row.as_of,
      epoch: Number(row.epoch),
    },
    signer: address(bytesToHex(row.signer)),
    signature: bytesToHex(row.signature),
  }));
}

interface StatementRow {
  sequence: bigint;
  count: bigint;
  tip: bigint;
  head: Uint8Array;
  block_number: bigint;
  block_hash: Uint8Array;
  as_of: bigint;
  epoch: bigint;
  signer: Uint8Array;
  signature: Uint8Array;
  name: Uint8Array;
}

function loadSequenceBelow(database: Database.Database, edge: Bytes32, count: bigint): number {
  const found = database
    .prepare('SELECT min(sequence) AS first FROM statements WHERE edge = ? AND count > ?')
    .get(hexToBytes(edge), count) as { first: bigint | null };
  const newest = database
    .prepare('SELECT max(sequence) AS last FROM statements WHERE edge = ?')
    .get(hexToBytes(edge)) as { last: bigint | null };
  const first = found.first ?? newest.last;
  return first === null ? 0 : Number(first) - 1;
}

function loadCuts(database: Database.Database, edge: Bytes32, limit: number): { count: bigint; head: Bytes32 }[] {
  const rows = database
    .prepare('SELECT count, head FROM cuts WHERE edge = ? ORDER BY count DESC LIMIT ?')
    .all(hexToBytes(edge), limit) as { count: bigint; head: Uint8Array }[];
  return rows.reverse().map((row) => ({ count: row.count, head: wordOf(row.head) }));
}

function loadCutsAbove(
  database: Database.Database,
  edge: Bytes32,
  from: { count: bigint; limit: number },
): { count: bigint; head: Bytes32 }[] {
  const rows = database
    .prepare('SELECT count, head FROM cuts WHERE edge = ? AND count > ? ORDER BY count LIMIT ?')
    .all(hexToBytes(edge), from.count, from.limit) as { count: bigint; head: Uint8Array }[];
  return rows.map((row) => ({ count: row.count, head: wordOf(row.head) }));
}

function loadDelivered(
  database: Database.Database,
  edge: Bytes32,
  aggregator: string,
): { entryCount: bigint; sequence: number } {
  const row = database
    .prepare('SELECT entry_count, sequence FROM delivered WHERE edge = ? AND aggregator = ?')
    .get(hexToBytes(edge), aggregator) as { entry_count: bigint; sequence: bigint } | undefined;
  return { entryCount: row?.entry_count ?? 0n, sequence: Number(row?.sequence ?? 0n) };
}

function wordOf(bytes: Uint8Array): Bytes32 {
  return bytes32(bytesToHex(bytes));
}

function attempt<Result>(file: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (error instanceof NewerFileError)
      throw attestError('STATE_NEWER', `the watcher's log ${file}: ${error.message}`, {}, error);
    if (error instanceof Database.SqliteError || error instanceof ForeignFileError) {
      const seen = error instanceof Database.SqliteError ? error.code : error.message;
      throw attestError(
        'LOG_UNAVAILABLE',
        `the watcher's log ${file} fails: ${seen}; expected a file that can be written`,
        {},
        error,
      );
    }
    throw error;
  }
}
