import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { MilestoneRow } from './intake-rows.js';
import { ROWS } from './migrations.js';
import { openDatabase } from './open-database.js';
import { onEachDatabase } from './testing/on-each-database.js';
import { HASH, word } from './testing/store-facts.js';

/** The migrations of a store from before its schema was one. */
const FORMER = [
  ['1763596800000', 'InitialSchema1763596800000'],
  ['1763683200000', 'WayBackSchema1763683200000'],
  ['1763769600000', 'BadDaysSchema1763769600000'],
  ['1763856000000', 'RewindSchema1763856000000'],
  ['1763942400000', 'HealthSchema1763942400000'],
] as const;
const CURRENT = [
  'InitialSchema1795478400000',
  'HistorySchema1795651200000',
  'WebhookSchema1795737600000',
  'HealthPointSchema1795824000000',
  'MilestoneSchema1795910400000',
  'DeploymentSchema1795996800000',
  'OpenStatementSchema1796083200000',
];

/** Opens a database, does something with it and closes it. */
async function within<T>(url: string, use: (database: DataSource) => Promise<T>): Promise<T> {
  const database = await openDatabase(url);
  try {
    return await use(database);
  } finally {
    await database.destroy();
  }
}

/** Makes a store as the first steps of the former schema left it, and returns its connection, still open. */
async function startFormer(url: string, steps: number): Promise<DataSource> {
  const database = await openDatabase(url);
  await database.query('DELETE FROM "migrations"');
  for (const [timestamp, name] of FORMER.slice(0, steps))
    await database.query(`INSERT INTO "migrations" ("timestamp", "name") VALUES (${timestamp}, '${name}')`);
  if (steps < FORMER.length) await database.query('DROP TABLE "health"');
  return database;
}

async function namesOf(database: DataSource): Promise<string[]> {
  const rows = await database.query<{ name: string }[]>('SELECT "name" FROM "migrations" ORDER BY "id"');
  return rows.map(({ name }) => name);
}

onEachDatabase('the schema', (opened) => {
  it.each([1, 4, 5])('refuses a store of the first %i of five former migrations and leaves it alone', async (steps) => {
    const former = await startFormer(opened.database.url, steps);
    try {
      const names = FORMER.slice(0, steps).map(([, name]) => name);
      await expect(openDatabase(opened.database.url)).rejects.toMatchObject({
        code: 'DATABASE_OF_OTHER_VERSION',
        retryable: false,
        message: `the database has the schema ${names.join(', ')}; expected only ${CURRENT.join(', ')}: another version wrote it and nothing was changed; name an empty database, which is filled from the chains (runbook 14)`,
      });
      expect(await namesOf(former)).toEqual(names);
      const runner = former.createQueryRunner();
      expect(await runner.hasTable('health')).toBe(steps === FORMER.length);
      await runner.release();
    } finally {
      await former.destroy();
    }
  });

  it('refuses a store that a later version migrated further', async () => {
    await within(opened.database.url, (database) =>
      database.query(`INSERT INTO "migrations" ("timestamp", "name") VALUES (9999999999999, 'Later9999999999999')`),
    );
    await expect(openDatabase(opened.database.url)).rejects.toMatchObject({
      code: 'DATABASE_OF_OTHER_VERSION',
      message: expect.stringContaining(
        `has the schema ${CURRENT.join(', ')}, Later9999999999999; expected only`,
      ) as string,
    });
  });

  it('opens a current store again and again', async () => {
    for (let times = 0; times < 2; times++) {
      expect(await within(opened.database.url, namesOf)).toEqual(CURRENT);
    }
  });

  it('keeps the milestones of a store from before chain ids were wide', async () => {
    const row = {
      edge: word(1),
      stage: 'applied' as const,
      count: 3n,
      atMs: 5,
      chainId: 901,
      blockHeight: 7n,
      blockHash: HASH,
    };
    await within(opened.database.url, async (database) => {
      for (const _ of CURRENT.slice(CURRENT.indexOf('MilestoneSchema1795910400000')))
        await database.undoLastMigration();
      await database.getRepository(MilestoneRow).insert(row);
    });
    await within(opened.database.url, async (database) => {
      expect(await database.getRepository(MilestoneRow).find()).toEqual([row]);
      await database.getRepository(MilestoneRow).insert({ ...row, count: 4n, chainId: 11_297_108_109 });
      expect((await database.getRepository(MilestoneRow).findOneBy({ count: 4n }))?.chainId).toBe(11_297_108_109);
    });
  });

  it('gets the index of incomplete statements that an older store lacks', async () => {
    await within(opened.database.url, (database) => database.undoLastMigration());
    await within(opened.database.url, async (database) => {
      const runner = database.createQueryRunner();
      const table = await runner.getTable('statements');
      await runner.release();
      expect(table?.indices.map(({ name }) => name).sort()).toEqual(['open_statements', 'statements_by_count']);
    });
  });

  it('is what the classes describe, and goes away whole', async () => {
    await within(opened.database.url, async (database) => {
      const { upQueries } = await database.driver.createSchemaBuilder().log();
      expect(upQueries.map((one) => one.query)).toEqual([]);
      for (const _ of CURRENT) await database.undoLastMigration();
      const runner = database.createQueryRunner();
      const left = [];
      for (const row of ROWS) {
        const { tableName } = database.getMetadata(row);
        if (await runner.hasTable(tableName)) left.push(tableName);
      }
      await runner.release();
      expect(left).toEqual([]);
    });
  });
});

describe('openDatabase', () => {
  it('runs SQLite in WAL mode with full sync', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'surety-store-'));
    try {
      await within(`sqlite:${join(folder, 'deep', 'store.sqlite')}`, async (source) => {
        expect(await source.query('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
        expect(await source.query('PRAGMA synchronous')).toEqual([{ synchronous: 2 }]);
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    { of: 'cut off', damage: (file: string) => truncateSync(file, statSync(file).size / 2), seen: 'malformed' },
    { of: 'overwritten', damage: (file: string) => writeFileSync(file, 'x'.repeat(8_192)), seen: 'not a database' },
  ])('needs a person for a SQLite file that was $of', async ({ damage, seen }) => {
    const folder = mkdtempSync(join(tmpdir(), 'surety-store-'));
    const file = join(folder, 'store.sqlite');
    try {
      await within(`sqlite:${file}`, async (database) => database.query('PRAGMA wal_checkpoint(TRUNCATE)'));
      damage(file);
      const failure: unknown = await openDatabase(`sqlite:${file}`).catch((cause: unknown) => cause);
      expect(failure).toMatchObject({ code: 'DATABASE_CORRUPT', retryable: false });
      expect(String(failure)).toContain(seen);
      expect(String(failure)).toContain(`move ${file} aside with its -wal and -shm`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
