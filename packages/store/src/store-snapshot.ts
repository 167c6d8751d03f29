import { DataSource, type EntityManager } from 'typeorm';
import { DatabaseCollateralStore } from './collateral-store.js';
import { CursorGuard } from './cursor-guard.js';
import { DatabaseWriter } from './database-writer.js';
import { storeError } from './errors.js';
import { DatabasePaymentStore } from './payment-store.js';
import { runTransaction } from './run-transaction.js';

/** Everything that was folded, as it was at one moment. */
export interface StoreSnapshot {
  readonly collateral: Pick<
    DatabaseCollateralStore,
    'loadCursor' | 'loadReplicas' | 'loadJournals' | 'loadCoverages' | 'loadLinesAfter'
  >;
  readonly payments: Pick<DatabasePaymentStore, 'loadPaymentsAfter'>;
}

/**
 * Reads states that stand still while the fold goes on, on a connection of its own: SQLite's write-ahead log and
 * PostgreSQL's repeatable reads both keep a reader's state without making a writer wait. One reader at a time.
 */
export class SnapshotReader {
  readonly #database: DataSource;
  readonly #isOwn: boolean;
  #tail: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(database: DataSource) {
    const { options } = database;
    this.#isOwn = options.type !== 'postgres';
    this.#database = this.#isOwn ? new DataSource({ ...options, migrations: [], synchronize: false }) : database;
  }

  /** Runs reads on the state of the moment at which they begin. @throws DATABASE_UNAVAILABLE once it is closed. */
  async read<Result>(work: (snapshot: StoreSnapshot) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw storeError('DATABASE_UNAVAILABLE', 'the store is closed: this process is stopping');
    const run = async (): Promise<Result> => {
      if (!this.#database.isInitialized) await this.#database.initialize();
      const read = (manager: EntityManager): Promise<Result> => work(snapshotOf(manager, this.#database));
      return this.#isOwn ? runTransaction(this.#database, read) : this.#database.transaction('REPEATABLE READ', read);
    };
    // It has its place at once: whoever closes the store waits for it.
    const result = this.#tail.then(run, run);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Waits for readers, and closes the connection of its own. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#tail;
    if (this.#isOwn && this.#database.isInitialized) await this.#database.destroy();
  }
}

function snapshotOf(manager: EntityManager, database: DataSource): StoreSnapshot {
  const unused = new DatabaseWriter(database);
  const collateral = new DatabaseCollateralStore({ manager }, unused);
  return {
    collateral,
    payments: new DatabasePaymentStore({ manager }, unused, { collateral, guard: new CursorGuard() }),
  };
}
