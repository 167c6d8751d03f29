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
  /** An older version that is still read, and the statements that bring its tables to this one. */
  readonly upgrade?: { readonly from: number; readonly statements: string };
  /** FULL syncs at every commit; NORMAL may lose the last commits of a power failure, never the file. */
  readonly synchronous: 'FULL' | 'NORMAL';
  /** True if an OS lock keeps out every other process, and every other connection, until the file is closed. */
  readonly exclusive?: boolean;
}

/** Thrown for a file that SQLite can read but that has another format. */
export class ForeignFileError extends Error {}

/** Thrown for a file of our format that a newer release has written or upgraded. It is whole, and nothing in it was changed. */
export class NewerFileError extends ForeignFileError {}

/** Time in milliseconds that a writer waits for another writer of the same file. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens a SQLite file in WAL mode and creates its tables if it is new. The structure of an existing file is checked.
 * Integers are read as bigint.
 * @throws SqliteError; NewerFileError for a later version of the format; ForeignFileError for another format, a damaged
 * structure or a sync mode that does not hold.
 */
export function openSqliteFile(file: string, format: SqliteFormat): Database.Database {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new Database(file, { timeout: format.exclusive === true ? 0 : BUSY_TIMEOUT_MS });
  try {
    database.defaultSafeIntegers(true);
    // Before the first look at the file: WAL then needs no shared memory, and the lock is held from the first read on.
    if (format.exclusive === true) database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('cell_size_check = ON');
    database.pragma('journal_mode = WAL');
    database.pragma(`synchronous = ${format.synchronous}`);
    database.pragma('fullfsync = ON');
    database.pragma('checkpoint_fullfsync = ON');
    database.transaction(() => createOrCheck(database, format)).immediate();
    requirePragmas(database, format);
    compileOnce(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Keeps each statement once it is compiled: callers use a few constant texts, and compiling one costs more than a small read. */
function compileOnce(database: Database.Database): void {
  const compile = database.prepare.bind(database);
  const statements = new Map<string, Database.Statement>();
  const prepare = (source: string): Database.Statement => {
    const statement = statements.get(source) ?? compile(source);
    statements.set(source, statement);
    return statement;
  };
  Object.assign(database, { prepare });
}

function createOrCheck(database: Database.Database, format: SqliteFormat): void {
  const applicationId = pragmaOf(database, 'application_id');
  const version = pragmaOf(database, 'user_version');
  const tables = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as { tables: bigint };
  if (applicationId === 0n && version === 0n && tables.tables === 0n) {
    database.exec(format.schema);
    database.pragma(`application_id = ${format.applicationId}`);
    database.pragma(`user_version = ${format.version}`);
    return;
  }
  const { upgrade } = format;
  if (applicationId === BigInt(format.applicationId) && upgrade !== undefined && version === BigInt(upgrade.from)) {
    database.exec(upgrade.statements);
    database.pragma(`user_version = ${format.version}`);
    return createOrCheck(database, format);
  }
  if (applicationId === BigInt(format.applicationId) && version > BigInt(format.version)) {
    throw new NewerFileError(
      `it is of version ${version}; expected ${format.version}: a newer release wrote it; start that release again; nothing was changed`,
    );
  }
  if (applicationId !== BigInt(format.applicationId) || version !== BigInt(format.version)) {
    throw new ForeignFileError(
      `it is of format ${applicationId} version ${version}; expected ${format.applicationId} version ${format.version}`,
    );
  }
  const checked = database.pragma('quick_check(1)', { simple: true });
  if (checked !== 'ok') throw new ForeignFileError('its structure is damaged');
}

function requirePragmas(database: Database.Database, format: SqliteFormat): void {
  const wanted = format.synchronous === 'FULL' ? 2n : 1n;
  const seen = pragmaOf(database, 'synchronous');
  if (seen !== wanted) throw new ForeignFileError(`its synchronous mode is ${seen}; expected ${wanted}`);
}

function pragmaOf(database: Database.Database, name: string): bigint {
  return database.pragma(name, { simple: true }) as bigint;
}
