import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import pg from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { storeError } from './errors.js';

/**
 * Everything in which the two databases differ; schema and queries are the same on both. Drivers are handed over: TypeORM would
 * look for them beside its own files, where a program that is one file has none.
 * `sqlite:<path>` runs in WAL mode with full sync, so a committed write survives a power cut; `postgres://…` is PostgreSQL.
 * @throws BAD_DATABASE_URL.
 */
export function dialectOf(url: string): DataSourceOptions {
  return url.startsWith('sqlite:') ? sqliteOptions(url.slice('sqlite:'.length)) : postgresOptions(url);
}

/** Prepared statements kept: about four for each table. TypeORM's default of 100 kept large ones in memory. */
const STATEMENTS_KEPT = 48;

/** Pages kept in memory, in KiB. SQLite's own default of 16 MB lets a process grow for half an hour; the system's cache is behind it. */
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

function postgresOptions(url: string): DataSourceOptions {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw storeError(
      'BAD_DATABASE_URL',
      'the database URL names no known database; expected sqlite:<path> or postgres://…',
    );
  }
  return { type: 'postgres', driver: pg, url, extra: { max: 4 } };
}
