import 'reflect-metadata';
import { crashPoint } from '@surety/workflows';
import { DataSource } from 'typeorm';
import { BadDaysSchema1763769600000 } from './bad-days-schema.js';
import { dialectOf } from './database-dialect.js';
import { storeError } from './errors.js';
import {
  AssetRow,
  AssetSumsRow,
  CoverageRow,
  CursorRow,
  JournalRow,
  LineRow,
  OptInRow,
  ParkedRow,
  PaymentRowEntity,
  RefundRow,
  ReplicaRow,
  VaultSumsRow,
} from './fold-rows.js';
import { GenerationsSchema1763856000000 } from './generations-schema.js';
import { HealthRow } from './health-rows.js';
import { HealthSchema1763942400000 } from './health-schema.js';
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
import { WayBackSchema1763683200000 } from './way-back-schema.js';

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
  JournalRow,
  AssetSumsRow,
  OptInRow,
  PaymentRowEntity,
  VaultSumsRow,
  RefundRow,
  CoverageRow,
  CursorRow,
  HealthRow,
];

/**
 * Opens a database and brings its schema up to date.
 * @throws BAD_DATABASE_URL, DATABASE_UNAVAILABLE (retryable).
 */
export async function openDatabase(url: string): Promise<DataSource> {
  const database = new DataSource({
    ...dialectOf(url),
    entities: ROWS,
    migrations: [
      InitialSchema1763596800000,
      WayBackSchema1763683200000,
      BadDaysSchema1763769600000,
      GenerationsSchema1763856000000,
      HealthSchema1763942400000,
    ],
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
