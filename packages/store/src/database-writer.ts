import type { DataSource, EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import type { DatabaseHold } from './hold-database.js';
import { runTransaction } from './run-transaction.js';

/**
 * Rows of one INSERT, at most. Batches are split into powers of two, so that a table needs only seven prepared
 * statements; one of 512 rows and 5,000 values takes a megabyte.
 */
const ROWS_PER_INSERT = 64;

/**
 * Runs write transactions one after the other: SQLite has a single connection, on which two would merge. Reads do not
 * queue.
 */
export class DatabaseWriter {
  readonly #database: DataSource;
  readonly #hold: Pick<DatabaseHold, 'confirm'> | undefined;
  #tail: Promise<unknown> = Promise.resolve();

  /** Without a hold, whoever else writes is not noticed: for readers and tests. */
  constructor(database: DataSource, hold?: Pick<DatabaseHold, 'confirm'>) {
    this.#database = database;
    this.#hold = hold;
  }

  /** Runs one transaction, all or nothing. @throws DATABASE_IN_USE if another process holds the database now, DATABASE_UNAVAILABLE. */
  write<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    const run = async (): Promise<Result> => {
      await this.#hold?.confirm();
      return runTransaction(this.#database, work);
    };
    const result = this.#tail.then(run, run);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves once all queued transactions have ended. */
  async drain(): Promise<void> {
    await this.#tail;
  }
}

/** Inserts rows, and leaves existing ones unchanged. */
export async function insertNew<Row extends ObjectLiteral>(
  manager: EntityManager,
  target: EntityTarget<Row>,
  rows: readonly NoInfer<Row>[],
): Promise<void> {
  for (const values of batchesOf(rows)) {
    await manager.createQueryBuilder().insert().into(target).values(values).orIgnore().updateEntity(false).execute();
  }
}

/** Inserts or replaces rows. */
export async function replaceRows<Row extends ObjectLiteral>(
  manager: EntityManager,
  target: EntityTarget<Row>,
  rows: readonly NoInfer<Row>[],
): Promise<void> {
  const { columns, primaryColumns } = manager.connection.getMetadata(target);
  const keys = primaryColumns.map((column) => column.databaseName);
  const others = columns.map((column) => column.databaseName).filter((name) => !keys.includes(name));
  for (const values of batchesOf(rows)) {
    await manager
      .createQueryBuilder()
      .insert()
      .into(target)
      .values(values)
      .orUpdate(others, keys)
      .updateEntity(false)
      .execute();
  }
}

function* batchesOf<Row>(rows: readonly Row[]): Generator<Row[]> {
  let size = ROWS_PER_INSERT;
  for (let at = 0; at < rows.length; at += size) {
    while (size > rows.length - at) size >>= 1;
    yield rows.slice(at, at + size);
  }
}
