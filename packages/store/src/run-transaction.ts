import type { DataSource, EntityManager } from 'typeorm';
import { storeError } from './errors.js';

/** TypeORM's SQLite driver: one connection, and one runner that counts the transactions on it. */
interface SqliteDriver {
  readonly databaseConnection: { readonly inTransaction: boolean; exec(sql: string): unknown };
  queryRunner?: unknown;
}

/**
 * Runs one transaction, all or nothing. On SQLite, whose single connection has one after the other, none is left open.
 * @throws DATABASE_UNAVAILABLE (retryable) while SQLite cannot end a failed one; the errors of the work and the database.
 */
export async function runTransaction<Result>(
  database: DataSource,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> {
  if (database.options.type !== 'better-sqlite3') return database.transaction(work);
  const driver = database.driver as unknown as SqliteDriver;
  endOpen(driver);
  try {
    return await database.transaction(work);
  } catch (cause) {
    // Where the disk is full SQLite ends a transaction by itself. The runner would take it for open for ever, and nest all
    // later ones in it, so that none is committed. The next transaction makes a new runner.
    driver.queryRunner = undefined;
    endOpen(driver, cause);
    throw cause;
  }
}

/** Ends the transaction that is still open. @throws DATABASE_UNAVAILABLE (retryable). */
function endOpen({ databaseConnection }: SqliteDriver, failure?: unknown): void {
  if (!databaseConnection.inTransaction) return;
  try {
    databaseConnection.exec('ROLLBACK');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown error';
    throw storeError(
      'DATABASE_UNAVAILABLE',
      `a failed transaction of the database is still open and cannot be ended (${reason}); expected none, so nothing is stored; look at its disk, and restart if this stays`,
      failure ?? cause,
    );
  }
}
