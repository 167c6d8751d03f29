import { type AddressInfo, type Socket, createServer } from 'node:net';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { dialectOf } from './database-dialect.js';
import { openDatabase } from './open-database.js';
import { openStore } from './open-store.js';
import { testDatabases } from './testing/test-databases.js';

const MUTE_AT = 'postgres://surety:secret@127.0.0.1';

describe('a server that takes a connection and says nothing', () => {
  it.each([
    ['a store', openStore],
    ['a database', openDatabase],
  ])('is given up after ten seconds by whoever opens %s', async (_, open) => {
    const sockets: Socket[] = [];
    let heard = (): void => {};
    const connected = new Promise<void>((resolve) => (heard = resolve));
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      heard();
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
      sockets.forEach((socket) => socket.destroy());
      server.close();
    });
    const opening = open(`${MUTE_AT}:${port}/x`).then(
      () => 'open',
      (error: unknown) => error,
    );
    await connected;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await opening).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(
        new RegExp(
          `^the database at 127.0.0.1:${port} cannot be opened \\(.*\\); expected a connection within 10 s and answers within 60 s; check SURETY_DATABASE_URL, that it runs, and that no firewall is in between$`,
          'u',
        ),
      ) as string,
    });
  });
});

describe.each(testDatabases().filter(({ name }) => name === 'PostgreSQL'))('the pool of $name', (kind) => {
  const open = async (limits: object): Promise<DataSource> => {
    const created = await kind.create();
    const options = dialectOf(created.url);
    const database = new DataSource({
      ...options,
      extra: { ...options.extra, ...limits },
    });
    await database.initialize();
    onTestFinished(async () => {
      await database.destroy();
      await created.drop();
    });
    return database;
  };

  it('has the server end a statement before the process gives it up', async () => {
    const database = await open({});
    expect(await database.query('SHOW statement_timeout')).toEqual([{ statement_timeout: '45s' }]);
    expect(await database.query('SHOW tcp_keepalives_idle')).toHaveLength(1);
  });

  it('stores nothing of a transaction that was not answered in time, and goes on with the next', async () => {
    const database = await open({ query_timeout: 500, max: 1 });
    await database.query('CREATE TABLE kept (n integer)');
    const holder = new pg.Client({
      connectionString: database.options.type === 'postgres' ? database.options.url : '',
    });
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock(1)');
    const late = database.transaction(async (manager) => {
      await manager.query('INSERT INTO kept VALUES (1)');
      await manager.query('SELECT pg_advisory_lock(1)');
    });
    await expect(late).rejects.toThrow('Query read timeout');
    await database.transaction((manager) => manager.query('INSERT INTO kept VALUES (2)'));
    await holder.end();
    expect(await database.query('SELECT n FROM kept')).toEqual([{ n: 2 }]);
  });

  it('lets a statement wait behind others for longer than a connection may take', async () => {
    const database = await open({ max: 1 });
    const holder = new pg.Client({
      connectionString: database.options.type === 'postgres' ? database.options.url : '',
    });
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock(1)');
    const first = database.query('SELECT pg_advisory_lock(1)');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const second = database.query('SELECT 2 AS n').catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(30_000);
    await holder.end();
    await first;
    expect(await second).toEqual([{ n: 2 }]);
  });

  it('lets a migration take longer than any other statement', async () => {
    const created = await kind.create();
    const before = await openDatabase(created.url);
    await before.undoLastMigration();
    await before.destroy();
    const holder = new pg.Client({ connectionString: created.url });
    await holder.connect();
    onTestFinished(async () => {
      vi.useRealTimers();
      await holder.end();
      await created.drop();
    });
    await holder.query('BEGIN; LOCK TABLE migrations IN SHARE MODE');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const opening = openDatabase(created.url);
    const waiting = `SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = database
      WHERE NOT granted AND datname = current_database()`;
    await expect.poll(async () => (await holder.query(waiting)).rowCount, { timeout: 10_000 }).toBe(1);
    await vi.advanceTimersByTimeAsync(3_600_000);
    await holder.query('COMMIT');
    const database = await opening;
    expect(await database.showMigrations()).toBe(false);
    await database.destroy();
  });
});
