import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { DataSource, type EntityManager } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dialectOf } from './database-dialect.js';
import { DatabaseWriter, insertNew } from './database-writer.js';
import { LineRow } from './fold-rows.js';
import { ROWS } from './migrations.js';
import { openDatabase } from './open-database.js';
import { SnapshotReader } from './store-snapshot.js';
import { line, word } from './testing/store-facts.js';

let folder = '';
let url = '';
let database: DataSource;
let raw: BetterSqlite3.Database;
let writer: DatabaseWriter;
let last = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'surety-transaction-'));
  url = `sqlite:${join(folder, 'store.sqlite')}`;
  database = await openDatabase(url);
  raw = (await database.createQueryRunner().connect()) as BetterSqlite3.Database;
  writer = new DatabaseWriter(database);
  last = 0;
});

afterEach(async () => {
  vi.restoreAllMocks();
  await database.destroy();
  rmSync(folder, { recursive: true });
});

/** Writes new lines in one transaction, each `size` of them with one statement. */
function writeLines(count: number, size: number): Promise<void> {
  return writer.write(async (manager) => {
    for (let written = 0; written < count; written += size)
      await insertNew(manager, LineRow, Array.from({ length: size }, newLine));
  });
}

const newLine = (): LineRow => line(word(++last), 4, 5n);

/** Returns the number of lines that another connection sees, which is that of the committed ones. */
function committed(): number {
  const other = new BetterSqlite3(join(folder, 'store.sqlite'), { readonly: true });
  try {
    return other.prepare('SELECT count(*) FROM lines').pluck().get() as number;
  } finally {
    other.close();
  }
}

/** Lets the file grow no further; returns how to let it grow again. */
function fillDisk(): () => void {
  const most = raw.pragma('max_page_count', { simple: true }) as number;
  raw.pragma(`max_page_count = ${raw.pragma('page_count', { simple: true }) as number}`);
  return () => raw.pragma(`max_page_count = ${most}`);
}

/** Ends the transaction under the work, as SQLite does by itself where COMMIT finds the disk full. */
const commitFails = (manager: EntityManager): Promise<unknown> => manager.query('ROLLBACK');

describe('a write to SQLite after', () => {
  it('failures of a full disk is committed, whether SQLite ended the failed transactions by itself or not', async () => {
    const makeRoom = fillDisk();
    // A statement of one row ends the whole transaction, one of several rows only itself.
    await expect(writeLines(1_000, 1)).rejects.toMatchObject({ code: 'SQLITE_FULL' });
    await expect(writeLines(1_000, 50)).rejects.toMatchObject({ code: 'SQLITE_FULL' });
    await expect(writeLines(1_000, 50)).rejects.toMatchObject({ code: 'SQLITE_FULL' });
    expect(committed()).toBe(0);
    makeRoom();
    for (const [count, seen] of [
      [1, 1],
      [100, 101],
    ] as const) {
      await writeLines(count, 1);
      expect(committed()).toBe(seen);
    }
  });

  it('a COMMIT that failed is committed, and after a failure that followed it', async () => {
    await expect(writer.write(commitFails)).rejects.toThrow('no transaction is active');
    await writeLines(1, 1);
    expect(committed()).toBe(1);
    await expect(writer.write(commitFails)).rejects.toThrow('no transaction is active');
    await expect(writer.write(() => Promise.reject(new Error('no such thing')))).rejects.toThrow('no such thing');
    await writeLines(1, 1);
    expect(committed()).toBe(2);
  });

  it('a transaction that cannot be ended is refused until it can, and the work does not begin', async () => {
    const prepare = raw.prepare.bind(raw);
    vi.spyOn(raw, 'prepare').mockImplementation((sql: string) => {
      if (sql === 'ROLLBACK') throw new Error('no rollback');
      return prepare(sql);
    });
    const exec = vi.spyOn(raw, 'exec').mockImplementation(() => {
      throw new Error('no rollback');
    });
    const refused = { code: 'DATABASE_UNAVAILABLE', retryable: true };
    await expect(writer.write(() => Promise.reject(new Error('no such thing')))).rejects.toMatchObject(refused);
    const work = vi.fn<() => Promise<void>>(() => Promise.resolve());
    await expect(writer.write(work)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('no rollback') as string,
    });
    expect(work).not.toHaveBeenCalled();
    exec.mockRestore();
    await writeLines(1, 1);
    expect(committed()).toBe(1);
  });
});

describe('a snapshot of SQLite after', () => {
  it('transactions that SQLite ended by itself has the newest rows', async () => {
    let own: BetterSqlite3.Database | undefined;
    const prepareDatabase = (opened: BetterSqlite3.Database): void => void (own = opened);
    const options = { ...dialectOf(url), entities: ROWS, prepareDatabase } as ConstructorParameters<
      typeof DataSource
    >[0];
    const snapshots = new SnapshotReader(new DataSource(options));
    try {
      const read = () => snapshots.read(({ collateral }) => collateral.loadLinesAfter(undefined, 9));
      await expect(snapshots.read(async () => void own?.exec('ROLLBACK'))).rejects.toThrow('no transaction is active');
      const broken = snapshots.read(async ({ collateral }) => {
        await collateral.loadLinesAfter(undefined, 9);
        throw new Error('no such thing');
      });
      await expect(broken).rejects.toThrow('no such thing');
      expect(await read()).toEqual([]);
      await writeLines(1, 1);
      expect(await read()).toEqual([line(word(1), 4, 5n)]);
    } finally {
      await snapshots.close();
    }
  });
});
