import 'reflect-metadata';
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { crashPoint } from '@surety/workflows';
import type BetterSqlite3 from 'better-sqlite3';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { storeError } from './errors.js';
import { AssetRow, CursorRow, LineRow, ParkedRow, ReplicaRow } from './fold-rows.js';
import { InitialSchema1763596800000 } from './initial-schema.js';
import {
  AttesterMarkRow,
  CandidateRow,
  ContradictionRow,
  EntryRow,
  MilestoneRow,
  SignatureRow,
  SignedHeadRow,
  StatementRow,
} from './intake-rows.js';

/** Every table's class. */
const ROWS = [
  EntryRow,
  CandidateRow,
  MilestoneRow,
  StatementRow,
  SignatureRow,
  SignedHeadRow,
  AttesterMarkRow,
  ContradictionRow,
  LineRow,
  ParkedRow,
  ReplicaRow,
  AssetRow,
  CursorRow,
];

/**
 * Opens a database and brings its schema up to date.
 * `sqlite:<path>` runs in WAL mode with full sync, so a committed write survives a power cut; `postgres://…` is PostgreSQL.
 * @throws BAD_DATABASE_URL, DATABASE_UNAVAILABLE (retryable).
 */
export async function openDatabase(url: string): Promise<DataSource> {
  const options = url.startsWith('sqlite:') ? sqliteOptions(url.slice('sqlite:'.length)) : postgresOptions(url);
  const database = new DataSource({
    ...options,
    entities: ROWS,
    migrations: [InitialSchema1763596800000],
    migrationsRun: true,
    logging: false,
  });
  try {
    await database.initialize();
    crashPoint('aggregator.start.migrated');
    return database;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown error';
    throw storeError(
      'DATABASE_UNAVAILABLE',
      `the database cannot be opened (${reason}); check SURETY_DATABASE_URL and that it runs`,
      cause,
    );
  }
}

/** Prepared statements kept: about four for each table; TypeORM's own default of 100 held large ones for ever. */
const STATEMENTS_KEPT = 48;

function sqliteOptions(path: string): DataSourceOptions {
  const file = resolve(path);
  mkdirSync(dirname(file), { recursive: true });
  return {
    type: 'better-sqlite3',
    database: file,
    statementCacheSize: STATEMENTS_KEPT,
    prepareDatabase: (database: BetterSqlite3.Database) => {
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      database.pragma('busy_timeout = 5000');
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
  return { type: 'postgres', url, extra: { max: 4 } };
}
