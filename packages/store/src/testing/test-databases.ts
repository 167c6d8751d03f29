import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** A database for a single test. */
export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A kind of database, and how to create one. */
export interface TestDatabaseKind {
  readonly name: string;
  create(): Promise<TestDatabase>;
}

/**
 * Returns SQLite, and also PostgreSQL if SURETY_TEST_POSTGRES_URL names a server on which databases may be created and
 * dropped. Prints a note when PostgreSQL is left out.
 */
export function testDatabases(): TestDatabaseKind[] {
  const server = process.env['SURETY_TEST_POSTGRES_URL'];
  if (server !== undefined && server !== '') return [sqlite, postgres(server)];
  process.stdout.write('PostgreSQL is SKIPPED: SURETY_TEST_POSTGRES_URL is not set; only SQLite is tested\n');
  return [sqlite];
}

const sqlite: TestDatabaseKind = {
  name: 'SQLite',
  create: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'surety-store-'));
    return {
      url: `sqlite:${join(folder, 'store.sqlite')}`,
      drop: async () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};

function postgres(server: string): TestDatabaseKind {
  return {
    name: 'PostgreSQL',
    create: async () => {
      const name = `surety_test_${randomBytes(8).toString('hex')}`;
      await onServer(server, `CREATE DATABASE ${name}`);
      const url = new URL(server);
      url.pathname = `/${name}`;
      return { url: url.toString(), drop: () => onServer(server, `DROP DATABASE ${name} WITH (FORCE)`) };
    },
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
