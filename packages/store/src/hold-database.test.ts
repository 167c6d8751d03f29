import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DatabaseCollateralStore } from './collateral-store.js';
import { DatabaseWriter } from './database-writer.js';
import { type DatabaseHold, holdDatabase } from './hold-database.js';
import { openDatabase } from './open-database.js';
import { openStore } from './open-store.js';
import { openForgetfulRelay } from './testing/forgetful-relay.js';
import { onEachDatabase } from './testing/on-each-database.js';
import { testDatabases } from './testing/test-databases.js';
import { line, step, word } from './testing/store-facts.js';

const IN_USE = { code: 'DATABASE_IN_USE', retryable: false };
const at = (height: bigint, amount: bigint): ReturnType<typeof step> => {
  const one = step([line(word(7), 4, amount)]);
  return { ...one, cursor: { ...one.cursor, height } };
};

onEachDatabase('a database', (opened) => {
  it('is had by one process at a time, by the next after it, and by readers beside it', async () => {
    await expect(openStore(opened.database.url)).rejects.toMatchObject({
      ...IN_USE,
      message: expect.stringMatching(/another process writes .*; expected this one alone; stop it, or set /) as string,
    });
    await opened.store.collateral.saveStep(at(7n, 10n));
    const reader = await openDatabase(opened.database.url);
    const read = new DatabaseCollateralStore(reader, new DatabaseWriter(reader));
    expect((await read.loadLinesOf(word(7))).map(({ amount }) => amount)).toEqual([10n]);
    await reader.destroy();
    await opened.store.close();
    opened.store = await openStore(opened.database.url);
    await opened.store.collateral.saveStep(at(8n, 11n));
    expect((await opened.store.collateral.loadLinesOf(word(7)))[0]?.amount).toBe(11n);
  });

  it('refuses a step that does not begin where the process left its cursor, and stores none of it', async () => {
    const { collateral } = opened.store;
    await collateral.saveStep(at(7n, 10n));
    const other = await openDatabase(opened.database.url);
    const unheld = new DatabaseCollateralStore(other, new DatabaseWriter(other));
    expect((await unheld.loadCursor(99))?.height).toBe(7n);
    await unheld.saveStep(at(8n, 15n));
    await other.destroy();
    for (let times = 0; times < 2; times++) {
      await expect(collateral.saveStep(at(8n, 20n))).rejects.toMatchObject({
        ...IN_USE,
        message: expect.stringMatching(/^another process folded chain 99 to block 8 .*; expected block 7 /) as string,
      });
      // Neither does reading the cursor again make the step one's own.
      await collateral.loadCursor(99);
    }
    expect((await collateral.loadLinesOf(word(7)))[0]?.amount).toBe(15n);
  });

  it('takes the next step after one whose end it never heard of', async () => {
    const database = await openDatabase(opened.database.url);
    const writer = new DatabaseWriter(database);
    let hears = false;
    const deaf = {
      write: async (work: Parameters<DatabaseWriter['write']>[0]) => {
        await writer.write(work);
        if (!hears) throw new Error('the connection ended');
      },
    } as DatabaseWriter;
    const collateral = new DatabaseCollateralStore(database, deaf);
    await collateral.loadCursor(99);
    await expect(collateral.saveStep(at(7n, 10n))).rejects.toThrow('the connection ended');
    hears = true;
    await collateral.saveStep(at(8n, 11n));
    expect((await collateral.loadLinesOf(word(7)))[0]?.amount).toBe(11n);
    await database.destroy();
  });
});

const OWN_LOCKS = `FROM pg_locks WHERE locktype = 'advisory' AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
const postgres = testDatabases().filter(({ name }) => name === 'PostgreSQL');

describe.each(postgres)('the lock of $name', (kind) => {
  it('lost with its connection is taken again before the next write, unless another has it', async () => {
    const database = await kind.create();
    const { url } = database;
    const store = await openStore(url);
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    const end = (): Promise<unknown> => admin.query(`SELECT pg_terminate_backend(pid) ${OWN_LOCKS}`);
    const held = async (): Promise<number> => (await admin.query(`SELECT 1 ${OWN_LOCKS}`)).rowCount ?? 0;
    await end();
    await expect.poll(held).toBe(0);
    const save = (height: bigint): Promise<string> =>
      store.collateral.saveStep(at(height, 10n)).then(
        () => 'stored',
        (error: { code: string }) => error.code,
      );
    // The process may not have heard of it yet: its own cursor keeps that write safe.
    await expect.poll(async () => [await save(7n), await held()]).toEqual(['stored', 1]);
    await end();
    await expect.poll(held).toBe(0);
    await admin.query('SELECT pg_advisory_lock($1)', [0x73_75_72_65_74_79]);
    await expect.poll(() => save(8n), { timeout: 30_000 }).toBe('DATABASE_IN_USE');
    await admin.end();
    await expect.poll(() => save(9n), { timeout: 30_000 }).toBe('stored');
    await store.close();
    await database.drop();
  });
});

describe.each(postgres)('a session of $name', (kind) => {
  const open = async (change?: (sent: Buffer) => Buffer) => {
    const database = await kind.create();
    const relay = await openForgetfulRelay(database.url, change);
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    onTestFinished(async () => {
      await admin.end();
      await relay.close();
      await database.drop();
    });
    const holders = async (): Promise<readonly { pid: number; application_name: string }[]> => {
      const { rows } = await admin.query(`SELECT pid, application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'advisory' AND granted AND datname = current_database()`);
      return rows as { pid: number; application_name: string }[];
    };
    return { relay, admin, holders, hold: await holdDatabase(relay.url) };
  };
  const confirm = (hold: DatabaseHold): Promise<string> =>
    hold.confirm().then(
      () => 'confirmed',
      (error: { code: string }) => error.code,
    );

  it('that the server keeps after its connection was lost does not keep its own process out', async () => {
    const { relay, hold, holders } = await open();
    for (let times = 0; times < 2; times++) {
      const [before] = await holders();
      expect(before?.pid).toBeGreaterThan(0);
      relay.forget();
      // A process hears of the reset some turns of its event loop later.
      const isTakenAgain = async (): Promise<readonly unknown[]> => {
        const answer = await confirm(hold);
        const now = await holders();
        return [answer, now.length, now[0]?.pid !== before?.pid];
      };
      await expect.poll(isTakenAgain, { timeout: 30_000 }).toEqual(['confirmed', 1, true]);
    }
    await hold.release();
    await expect.poll(holders).toEqual([]);
  });

  it('that the server ended unheard is missed before the next write, which another one has by then', async () => {
    const { relay, admin, hold, holders } = await open();
    relay.strand();
    await expect.poll(holders).toEqual([]);
    await admin.query('SELECT pg_advisory_lock($1)', [0x73_75_72_65_74_79]);
    expect(await confirm(hold)).toBe('DATABASE_IN_USE');
    await admin.query('SELECT pg_advisory_unlock($1)', [0x73_75_72_65_74_79]);
    expect(await confirm(hold)).toBe('confirmed');
    relay.strand();
    await expect.poll(holders).toEqual([]);
    expect(await confirm(hold)).toBe('confirmed');
    expect(await holders()).toHaveLength(1);
    await hold.release();
  });

  it('is not ended if it is another process’s, even under the same name', async () => {
    const { relay, hold, admin, holders } = await open();
    const own = await holders();
    expect(own[0]?.application_name).toMatch(/^surety [0-9a-f]{32}$/u);
    await admin.query(`SELECT set_config('application_name', $1, false)`, [own[0]?.application_name]);
    await admin.query('SELECT pg_terminate_backend($1)', [own[0]?.pid]);
    await admin.query('SELECT pg_advisory_lock($1)', [0x73_75_72_65_74_79]);
    relay.forget();
    await expect.poll(() => confirm(hold), { timeout: 30_000 }).toBe('DATABASE_IN_USE');
    expect(await holders()).toHaveLength(1);
    await admin.query('SELECT pg_advisory_unlock($1)', [0x73_75_72_65_74_79]);
    await hold.confirm();
    expect(await holders()).toHaveLength(1);
    await hold.release();
  });

  it('is opened at a server that is older than the time limit of idle sessions', async () => {
    const older = (sent: Buffer): Buffer =>
      Buffer.from(sent.toString('latin1').replaceAll('idle_session_timeout', 'unknown_till_release'), 'latin1');
    const { hold, holders } = await open(older);
    expect(await holders()).toHaveLength(1);
    await hold.release();
  });
});
