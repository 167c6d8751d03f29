import { DatabaseCollateralStore } from './collateral-store.js';
import { CursorGuard } from './cursor-guard.js';
import { DatabaseWriter } from './database-writer.js';
import { DatabaseHealthStore } from './health-store.js';
import { DatabaseIntakeStore } from './database-intake-store.js';
import { DatabaseHistoryStore } from './history-store.js';
import { holdDatabase } from './hold-database.js';
import { IntakeViews } from './intake-views.js';
import { openDatabase } from './open-database.js';
import type { Deployment } from './own-deployment.js';
import { DatabasePaymentStore } from './payment-store.js';
import { SnapshotReader, type StoreSnapshot } from './store-snapshot.js';
import { DatabaseWebhookOutbox } from './webhook-store.js';

/** The aggregator's stores on one database. */
export interface Store {
  readonly intake: DatabaseIntakeStore;
  readonly views: IntakeViews;
  readonly collateral: DatabaseCollateralStore;
  readonly payments: DatabasePaymentStore;
  readonly health: DatabaseHealthStore;
  readonly history: DatabaseHistoryStore;
  readonly webhooks: DatabaseWebhookOutbox;
  /** Runs reads on one state of the rows, however long they take and whatever is written meanwhile; one after the other. */
  readSnapshot<Result>(work: (snapshot: StoreSnapshot) => Promise<Result>): Promise<Result>;
  /** Finishes pending writes and closes the database. */
  close(): Promise<void>;
}

/**
 * Opens the store of a deployment and migrates its schema. One process at a time has it. Without a deployment, whose
 * database it is stays open, as in tests.
 * @throws BAD_DATABASE_URL, DATABASE_CORRUPT, DATABASE_IN_USE, DATABASE_OF_OTHER_VERSION, DATABASE_OF_OTHER_DEPLOYMENT,
 * DATABASE_UNAVAILABLE (retryable).
 */
export async function openStore(url: string, deployment?: Deployment): Promise<Store> {
  // Before the migrations, which two processes would run into each other.
  const hold = await holdDatabase(url);
  const database = await openDatabase(url, deployment).catch(async (cause: unknown) => {
    await hold.release();
    throw cause;
  });
  const writer = new DatabaseWriter(database, hold);
  const snapshots = new SnapshotReader(database);
  const guard = new CursorGuard();
  const collateral = new DatabaseCollateralStore(database, writer, guard);
  return {
    intake: new DatabaseIntakeStore(database, writer),
    views: new IntakeViews(database),
    collateral,
    payments: new DatabasePaymentStore(database, writer, { collateral, guard }),
    health: new DatabaseHealthStore(database, writer, collateral),
    history: new DatabaseHistoryStore(database),
    webhooks: new DatabaseWebhookOutbox(database, writer),
    readSnapshot: (work) => snapshots.read(work),
    close: async () => {
      await snapshots.close();
      await writer.drain();
      await database.destroy();
      await hold.release();
    },
  };
}
