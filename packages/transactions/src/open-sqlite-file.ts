import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

/** Names a file's format, so that a file of another kind is never taken for ours. */
export interface SqliteFormat {
  /** SQLite application id, 32 bits. */
  readonly applicationId: number;
  /** Version of the tables below. */
  readonly version: number;
  /** Statements that create the tables in an empty file. */
  readonly schema: string;
}

/** Thrown for a file that SQLite reads but that is not what it should be. */
export class ForeignFileError extends Error {}

/** How long a writer waits for another one of the same file, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens a SQLite file in WAL mode whose every commit is synced, and creates its tables if it is new. Integers are read
 * as bigint.
 * @throws SqliteError; ForeignFileError for another format or a damaged structure.
 */
export function openSqliteFile(file: string, format: SqliteFormat): Database.Database {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.defaultSafeIntegers(true);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('fullfsync = ON');
    database.pragma('checkpoint_fullfsync = ON');
    database.transaction(() => createOrCheck(database, format)).immediate();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function createOrCheck(database: Database.Database, format: SqliteFormat): void {
  const applicationId = database.pragma('application_id', { simple: true }) as bigint;
  const version = database.pragma('user_version', { simple: true }) as bigint;
  const tables = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as { tables: bigint };
  if (applicationId === 0n && version === 0n && tables.tables === 0n) {
    database.exec(format.schema);
    database.pragma(`application_id = ${format.applicationId}`);
    database.pragma(`user_version = ${format.version}`);
    return;
  }
  if (applicationId !== BigInt(format.applicationId) || version !== BigInt(format.version)) {
    throw new ForeignFileError(
      `it is of format ${applicationId} version ${version}; expected ${format.applicationId} version ${format.version}`,
    );
  }
  if (database.pragma('quick_check(1)', { simple: true }) !== 'ok') {
    throw new ForeignFileError('its structure is damaged');
  }
}
