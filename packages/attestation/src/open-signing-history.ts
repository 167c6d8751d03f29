import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { keccak256 } from '@surety/contracts';
import { type Address, type Bytes32, asciiToBytes, bytes32, bytesToHex, concatBytes, hexToBytes } from '@surety/domain';
import {
  type AttestErrorCode,
  type HistoryRow,
  type RecordOutcome,
  type SigningHistory,
  attestError,
  crashPoint,
} from '@surety/workflows';
import Database from 'better-sqlite3';
import { ForeignFileError, openSqliteFile } from './open-sqlite-file.js';

/** A signing history on disk, to be closed at the end. */
export interface SqliteSigningHistory extends SigningHistory {
  /** Says why nothing can be recorded now, or undefined if the last act went well. */
  readonly trouble: string | undefined;
  close(): void;
}

const FORMAT = {
  applicationId: 0x53_75_48_69,
  version: 1,
  synchronous: 'FULL',
  schema: `
    CREATE TABLE owner (address BLOB NOT NULL PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE heads (edge BLOB NOT NULL, count INTEGER NOT NULL, value BLOB NOT NULL, mark BLOB NOT NULL,
      PRIMARY KEY (edge, count)) WITHOUT ROWID;
    CREATE TABLE blocks (chain_id INTEGER NOT NULL, height INTEGER NOT NULL, value BLOB NOT NULL, mark BLOB NOT NULL,
      PRIMARY KEY (chain_id, height)) WITHOUT ROWID;
    CREATE TABLE latches (scope TEXT NOT NULL PRIMARY KEY, claimed TEXT NOT NULL, stored TEXT NOT NULL) WITHOUT ROWID;
  `,
} as const;

/** The latch of everything that the key could sign. */
const KEY_SCOPE = 'key';

/**
 * Opens the signing history of one key in its own SQLite file; every commit is synced before it counts. Several processes
 * may hold the same file: they never contradict each other either.
 * @throws HISTORY_MISSING if the file existed before and is gone or empty; HISTORY_CORRUPT if it is damaged or belongs to another
 * key; HISTORY_UNAVAILABLE if it cannot be opened now.
 */
export function openSigningHistory(options: {
  readonly file: string;
  readonly address: Address;
}): SqliteSigningHistory {
  const { file, address } = options;
  const marker = `${file}.born`;
  const born = existsSync(marker);
  if (born && !existsSync(file)) throw missing({ file, marker, seen: 'is gone' });
  return attempt(file, () => {
    const database = openSqliteFile(file, FORMAT);
    try {
      if (born && ownerOf(database) === undefined) throw missing({ file, marker, seen: 'is empty' });
      claimOwner(database, file, address);
      crashPoint('attester.start.claimed');
      if (!born) writeMarker(marker, address);
      crashPoint('attester.start.marked');
      verifyRows(database, file);
      crashPoint('attester.start.verified');
      return new SqliteHistory(database, file);
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

class SqliteHistory implements SqliteSigningHistory {
  readonly #database: Database.Database;
  readonly #file: string;
  #trouble: string | undefined;
  #poisoned = false;

  constructor(database: Database.Database, file: string) {
    this.#database = database;
    this.#file = file;
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  async record(rows: readonly HistoryRow[]): Promise<RecordOutcome> {
    return this.#attempt(() =>
      this.#database.transaction(() => recordRows(this.#database, this.#file, rows)).immediate(),
    );
  }

  async retire(reason: string): Promise<void> {
    this.#attempt(() => {
      const insert = this.#database.prepare("INSERT OR IGNORE INTO latches (scope, claimed, stored) VALUES (?, ?, '')");
      insert.run(KEY_SCOPE, reason);
    });
  }

  async readHead(edge: Bytes32, count: bigint): Promise<Bytes32 | undefined> {
    return this.#attempt(() => readRow(this.#database, this.#file, { kind: 'head', edge, count }));
  }

  async readBlock(chainId: number, height: bigint): Promise<Bytes32 | undefined> {
    return this.#attempt(() => readRow(this.#database, this.#file, { kind: 'block', chainId, height }));
  }

  async readHighestCount(edge: Bytes32): Promise<bigint | undefined> {
    return this.#attempt(() => {
      const row = this.#database
        .prepare('SELECT max(count) AS count FROM heads WHERE edge = ?')
        .get(hexToBytes(edge, 32));
      return (row as { count: bigint | null }).count ?? undefined;
    });
  }

  close(): void {
    this.#database.close();
  }

  /** After a failed read or write of the file its content is in doubt: nothing more is recorded until a new start has checked it. */
  #attempt<Result>(act: () => Result): Result {
    if (this.#poisoned) throw unavailable(this.#file, this.#trouble ?? 'an earlier failure');
    try {
      const result = attempt(this.#file, act);
      this.#trouble = undefined;
      return result;
    } catch (error) {
      this.#trouble = error instanceof Error ? error.message : 'unknown';
      const cause = error instanceof Error ? error.cause : undefined;
      this.#poisoned = cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_IOERR');
      throw error;
    }
  }
}

type RowKey =
  | { readonly kind: 'head'; readonly edge: Bytes32; readonly count: bigint }
  | { readonly kind: 'block'; readonly chainId: number; readonly height: bigint };

/** All or nothing: a batch that contradicts leaves no row, but latches every edge and chain it names. */
function recordRows(database: Database.Database, file: string, rows: readonly HistoryRow[]): RecordOutcome {
  requireKeyInUse(database);
  const latched = findLatched(database, rows);
  if (latched !== undefined) return latched;
  const added = new Map<string, HistoryRow>();
  for (const row of rows) {
    const key = keyText(row);
    const stored = added.get(key)?.value ?? readRow(database, file, row);
    if (stored === undefined) added.set(key, row);
    else if (stored !== row.value) {
      latch(database, { rows, row, stored });
      return { kind: 'contradicted', row, stored };
    }
  }
  for (const row of added.values()) insertRow(database, row);
  crashPoint('attester.history.half-written');
  return { kind: 'recorded' };
}

function requireKeyInUse(database: Database.Database): void {
  const retired = database.prepare('SELECT claimed FROM latches WHERE scope = ?').get(KEY_SCOPE) as
    { claimed: string } | undefined;
  if (retired !== undefined) throw attestError('HISTORY_OLDER', retired.claimed);
}

function findLatched(database: Database.Database, rows: readonly HistoryRow[]): RecordOutcome | undefined {
  const select = database.prepare('SELECT stored FROM latches WHERE scope = ?');
  const scopes = new Map(rows.map((row) => [scopeOf(row), row]));
  for (const [scope, row] of scopes) {
    const found = select.get(scope) as { stored: string } | undefined;
    if (found !== undefined) return { kind: 'contradicted', row, stored: bytes32(found.stored) };
  }
  return undefined;
}

function latch(
  database: Database.Database,
  at: { rows: readonly HistoryRow[]; row: HistoryRow; stored: Bytes32 },
): void {
  const insert = database.prepare('INSERT OR IGNORE INTO latches (scope, claimed, stored) VALUES (?, ?, ?)');
  for (const scope of new Set(at.rows.map(scopeOf))) insert.run(scope, `${keyText(at.row)}=${at.row.value}`, at.stored);
}

function readRow(database: Database.Database, file: string, key: RowKey): Bytes32 | undefined {
  const found =
    key.kind === 'head'
      ? database
          .prepare('SELECT value, mark FROM heads WHERE edge = ? AND count = ?')
          .get(hexToBytes(key.edge, 32), key.count)
      : database
          .prepare('SELECT value, mark FROM blocks WHERE chain_id = ? AND height = ?')
          .get(key.chainId, key.height);
  if (found === undefined) return undefined;
  const { value, mark } = found as { value: Uint8Array; mark: Uint8Array };
  requireMark(file, keyText(key), { value, mark });
  return bytes32(bytesToHex(value));
}

function insertRow(database: Database.Database, row: HistoryRow): void {
  const value = hexToBytes(row.value, 32);
  const mark = markOf(keyText(row), value);
  if (row.kind === 'head') {
    const insert = database.prepare('INSERT INTO heads (edge, count, value, mark) VALUES (?, ?, ?, ?)');
    insert.run(hexToBytes(row.edge, 32), row.count, value, mark);
  } else {
    const insert = database.prepare('INSERT INTO blocks (chain_id, height, value, mark) VALUES (?, ?, ?, ?)');
    insert.run(row.chainId, row.height, value, mark);
  }
}

/** Reads every row once: a flipped bit in a key would otherwise hide its row. */
function verifyRows(database: Database.Database, file: string): void {
  const heads = database.prepare('SELECT edge, count, value, mark FROM heads').iterate();
  for (const row of heads as Iterable<{ edge: Uint8Array; count: bigint; value: Uint8Array; mark: Uint8Array }>) {
    requireMark(file, `head:${bytesToHex(row.edge)}:${row.count}`, row);
  }
  const blocks = database.prepare('SELECT chain_id, height, value, mark FROM blocks').iterate();
  for (const row of blocks as Iterable<{ chain_id: bigint; height: bigint; value: Uint8Array; mark: Uint8Array }>) {
    requireMark(file, `block:${row.chain_id}:${row.height}`, row);
  }
}

function ownerOf(database: Database.Database): string | undefined {
  const row = database.prepare('SELECT address FROM owner').get() as { address: Uint8Array } | undefined;
  return row === undefined ? undefined : bytesToHex(row.address);
}

function claimOwner(database: Database.Database, file: string, address: Address): void {
  database
    .transaction(() => {
      const owner = ownerOf(database);
      if (owner === undefined) {
        database.prepare('INSERT INTO owner (address) VALUES (?)').run(hexToBytes(address, 20));
      } else if (owner !== address) {
        throw corrupt(file, `it belongs to ${owner}, and the key is that of ${address}; use one file for one key`);
      }
    })
    .immediate();
}

function writeMarker(marker: string, address: Address): void {
  const descriptor = openSync(marker, 'w', 0o600);
  writeSync(descriptor, `${address}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
  const folder = openSync(dirname(marker), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

function keyText(key: RowKey): string {
  return key.kind === 'head' ? `head:${key.edge}:${key.count}` : `block:${key.chainId}:${key.height}`;
}

function scopeOf(row: HistoryRow): string {
  return row.kind === 'head' ? `edge:${row.edge}` : `chain:${row.chainId}`;
}

function markOf(key: string, value: Uint8Array): Uint8Array {
  return keccak256(concatBytes(asciiToBytes(key), value)).subarray(0, 8);
}

function requireMark(file: string, key: string, row: { value: Uint8Array; mark: Uint8Array }): void {
  if (bytesToHex(markOf(key, row.value)) !== bytesToHex(row.mark))
    throw corrupt(file, `the row ${key} does not match its mark`);
}

/** Runs an act on the file and names its failure. */
function attempt<Result>(file: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (error instanceof ForeignFileError) throw corrupt(file, error.message);
    if (error instanceof Database.SqliteError) {
      const damaged = /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
      throw damaged ? corrupt(file, error.code, error) : unavailable(file, error.code, error);
    }
    if (error instanceof Error && 'syscall' in error)
      throw unavailable(file, String((error as NodeJS.ErrnoException).code), error);
    throw error;
  }
}

function missing({ file, marker, seen }: { file: string; marker: string; seen: string }): Error {
  return attestError(
    'HISTORY_MISSING',
    `${file} ${seen}, but ${marker} says that ${readFileSync(marker, 'utf8').trim()} has signed with it; expected its rows. ` +
      'Never start this key on an empty history: retire it and rotate to a new one',
  );
}

function unavailable(file: string, seen: string, cause?: unknown): Error {
  return historyError(
    'HISTORY_UNAVAILABLE',
    `${file}: ${seen}; nothing is signed until rows can be stored and synced there`,
    cause,
  );
}

function corrupt(file: string, seen: string, cause?: unknown): Error {
  return historyError(
    'HISTORY_CORRUPT',
    `${file} is no usable signing history: ${seen}. Do not delete it: this key must not sign without it`,
    cause,
  );
}

function historyError(code: AttestErrorCode, message: string, cause: unknown): Error {
  return attestError(code, message, {}, cause);
}
