import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import pg from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { MIGRATING_SESSION, POOL_SESSION } from './bounded-client.js';
import { storeError } from './errors.js';

/**
 * Returns the connection options, the only place where the two databases differ; schema and queries are the same.
 * Drivers are passed in: TypeORM would look for them beside its own files, which a single-file bundle does not have.
 * `sqlite:<path>` runs in WAL mode with full sync, so a committed write survives a power cut; `postgres://…` is
 * PostgreSQL, whose statements have a time limit except while the schema migrates.
 * @throws BAD_DATABASE_URL.
 */
export function dialectOf(url: string, { migrates } = { migrates: false }): DataSourceOptions {
  return url.startsWith('sqlite:') ? sqliteOptions(url.slice('sqlite:'.length)) : postgresOptions(url, migrates);
}

/** Prepared statements kept: about four for each table. TypeORM's default of 100 kept large ones in memory. */
const STATEMENTS_KEPT = 48;

/** SQLite's page cache in KiB. Its default of 16 MB lets a process grow for half an hour; the operating system caches too. */
const PAGES_KEPT_KIB = 4_096;

function sqliteOptions(path: string): DataSourceOptions {
  const file = resolve(path);
  mkdirSync(dirname(file), { recursive: true });
  return {
    type: 'better-sqlite3',
    driver: BetterSqlite3,
    database: file,
    statementCacheSize: STATEMENTS_KEPT,
    prepareDatabase: (database: BetterSqlite3.Database) => {
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      database.pragma('busy_timeout = 5000');
      database.pragma(`cache_size = -${PAGES_KEPT_KIB}`);
    },
  };
}

function postgresOptions(url: string, migrates: boolean): DataSourceOptions {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw storeError(
      'BAD_DATABASE_URL',
      'the database URL names no known database; expected sqlite:<path> or postgres://…',
    );
  }
  return { type: 'postgres', driver: pg, url, extra: { max: 4, ...(migrates ? MIGRATING_SESSION : POOL_SESSION) } };
}
