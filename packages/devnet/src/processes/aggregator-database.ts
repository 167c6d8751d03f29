import { rmSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';

/** The database of a local network's aggregator. A story deletes it, and a test leaves nothing of it behind. */
export interface AggregatorDatabase {
  /** URL for the aggregator's settings. */
  readonly url: string;
  /** Empties it, as if it had never been; only while no process uses it. */
  reset(): Promise<void>;
  /** Removes what outlives the network's folder. */
  drop(): Promise<void>;
}

/** One SQLite file in the aggregator's folder. */
export function sqliteDatabase(folder: string): AggregatorDatabase {
  const file = path.join(folder, 'aggregator.sqlite');
  return {
    url: `sqlite:${file}`,
    reset: async () => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    },
    drop: async () => undefined,
  };
}

/** A database of its own on a running PostgreSQL server, named after this process and a number. */
export async function postgresDatabase(serverUrl: string, number: number): Promise<AggregatorDatabase> {
  const name = `surety_devnet_${process.pid}_${number}`;
  const command = async (...texts: readonly string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: serverUrl });
    await client.connect();
    try {
      for (const text of texts) await client.query(text);
    } finally {
      await client.end();
    }
  };
  const drop = `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`;
  const create = `CREATE DATABASE ${name}`;
  await command(drop, create);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, reset: () => command(drop, create), drop: () => command(drop) };
}
