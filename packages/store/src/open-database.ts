import 'reflect-metadata';
import { AppError } from '@surety/domain';
import { crashPoint } from '@surety/workflows';
import { DataSource } from 'typeorm';
import { hostOf } from './bounded-client.js';
import { dialectOf } from './database-dialect.js';
import { databaseCorrupt, databaseUnavailable, storeError } from './errors.js';
import { MIGRATIONS, ROWS } from './migrations.js';
import { type Deployment, requireOwnDeployment } from './own-deployment.js';

/**
 * Opens a database and migrates its schema. Without a deployment, whose database it is stays open.
 * @throws BAD_DATABASE_URL, DATABASE_CORRUPT, DATABASE_OF_OTHER_VERSION, DATABASE_OF_OTHER_DEPLOYMENT, DATABASE_UNAVAILABLE
 * (retryable).
 */
export async function openDatabase(url: string, deployment?: Deployment): Promise<DataSource> {
  const schema = { entities: ROWS, migrations: MIGRATIONS, logging: false };
  const database = new DataSource({ ...dialectOf(url), ...schema });
  try {
    await database.initialize();
    await requireOwnVersion(database);
    if (await database.showMigrations())
      await migrate(new DataSource({ ...dialectOf(url, { migrates: true }), ...schema }));
    crashPoint('aggregator.start.migrated');
    if (deployment !== undefined) await requireOwnDeployment(database, deployment);
    return database;
  } catch (cause) {
    if (database.isInitialized) await database.destroy();
    if (cause instanceof AppError) throw cause;
    const { options } = database;
    if (options.type === 'better-sqlite3') throw databaseCorrupt(cause, options.database) ?? databaseUnavailable(cause);
    throw databaseUnavailable(cause, hostOf(url));
  }
}

/** Migrates on a connection of its own, whose statements have no time limit. */
async function migrate(database: DataSource): Promise<void> {
  await database.initialize();
  try {
    await database.runMigrations();
  } finally {
    await database.destroy();
  }
}

/** Refuses a database of another schema version. Starting empty loses nothing: chains and attesters still have all the facts. */
async function requireOwnVersion(database: DataSource): Promise<void> {
  const runner = database.createQueryRunner();
  try {
    if (!(await runner.hasTable('migrations'))) return;
    const own = new Set<string>(MIGRATIONS.map((migration) => new migration().name));
    const held = (await runner.query('SELECT "name" FROM "migrations" ORDER BY "id"')) as readonly {
      readonly name: string;
    }[];
    if (held.every(({ name }) => own.has(name))) return;
    const seen = held.map(({ name }) => name).join(', ');
    throw storeError(
      'DATABASE_OF_OTHER_VERSION',
      `the database has the schema ${seen}; expected only ${[...own].join(', ')}: another version wrote it and nothing was changed; name an empty database, which is filled from the chains (runbook 14)`,
    );
  } finally {
    await runner.release();
  }
}
