import { randomBytes } from 'node:crypto';
import { FileHeldError, holdFile } from '@surety/sqlite';
import pg from 'pg';
import { BoundedClient, KEEP_ALIVE, LOCK_LIMITS, hostOf } from './bounded-client.js';
import { dialectOf } from './database-dialect.js';
import { databaseUnavailable, storeError } from './errors.js';

/** The right of one process to write to a database, until it is released or the process ends in any way. */
export interface DatabaseHold {
  /** Takes the database again if it was lost. @throws DATABASE_IN_USE if another has it now, DATABASE_UNAVAILABLE. */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Locks a database for this process: SQLite by an OS lock on the file beside it that ends in `.lock`, PostgreSQL by an
 * advisory lock. Both end with the process. Whoever only reads is not kept out.
 * @throws BAD_DATABASE_URL, DATABASE_IN_USE, DATABASE_UNAVAILABLE (retryable).
 */
export async function holdDatabase(url: string): Promise<DatabaseHold> {
  const dialect = dialectOf(url);
  if (dialect.type === 'better-sqlite3') return holdBeside(`${dialect.database}.lock`);
  const hold = new PostgresHold(url);
  await hold.confirm();
  return hold;
}

function holdBeside(file: string): DatabaseHold {
  try {
    const hold = holdFile(file);
    return { confirm: async () => undefined, release: async () => hold.release() };
  } catch (cause) {
    throw cause instanceof FileHeldError ? inUse(`${file} is locked`, cause) : databaseUnavailable(cause);
  }
}

/** The name of the advisory lock, `surety` in ASCII; it is the database's own. */
const LOCK = 0x73_75_72_65_74_79;

/**
 * A killed process's connection ends at once; one whose machine is gone would last for hours by PostgreSQL's defaults.
 * Another process that is ending gets five seconds.
 */
const SETTINGS = [
  ...KEEP_ALIVE,
  // A server before PostgreSQL 14 has no such limit, and refuses to have it set.
  "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'",
  "SET lock_timeout = '5s'",
] as const;

/** @source PostgreSQL, appendix A: lock_not_available */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Ends a session that holds the lock or waits for it. Its number alone would not do: the server gives that of an ended
 * session to another.
 */
const END_FORMER = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = $1 AND pid = $2 AND pid <> pg_backend_pid()
  AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')`;

const BE_NAMED = `SELECT pg_backend_pid() AS pid, set_config('application_name', $1, false)`;

/**
 * A lock on a connection of its own. The connection is asked before each write whether it still is one; a lock that was
 * lost with it is taken again. A server that has not heard that a connection was lost keeps its session and with it the
 * lock, so that one is ended first.
 */
class PostgresHold implements DatabaseHold {
  readonly #url: string;
  /** The name of its sessions alone, which no other process has. */
  readonly #name = `surety ${randomBytes(16).toString('hex')}`;
  /** The server's number of its last session that may have the lock. */
  #session = 0;
  #client: pg.Client | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  async confirm(): Promise<void> {
    if (this.#client !== undefined && (await this.#isAnswered(this.#client))) return;
    const client = new BoundedClient({ connectionString: this.#url, ...LOCK_LIMITS });
    this.#client = client;
    const lose = (): void => {
      if (this.#client === client) this.#client = undefined;
    };
    client.on('error', lose);
    client.on('end', lose);
    try {
      await client.connect();
      await this.#lock(client);
    } catch (cause) {
      lose();
      client.end().catch(() => undefined);
      const isHeld = cause instanceof pg.DatabaseError && cause.code === LOCK_NOT_AVAILABLE;
      throw isHeld
        ? inUse(`another session holds its advisory lock ${LOCK}`, cause)
        : databaseUnavailable(cause, hostOf(this.#url));
    }
    if (this.#client !== client)
      throw databaseUnavailable(new Error('the connection that locks it ended'), hostOf(this.#url));
  }

  /** Asks the session itself: of one that the server has ended this process may hear long after another has the lock. */
  async #isAnswered(client: pg.Client): Promise<boolean> {
    try {
      await client.query('SELECT 1');
    } catch {
      if (this.#client === client) this.#client = undefined;
      client.end().catch(() => undefined);
    }
    return this.#client === client;
  }

  async #lock(client: pg.Client): Promise<void> {
    for (const setting of SETTINGS) await client.query(setting);
    await client.query(END_FORMER, [this.#name, this.#session]);
    const { rows } = await client.query<{ pid: number }>(BE_NAMED, [this.#name]);
    // Before it has the lock: if the connection is lost meanwhile, the server may give it to the session all the same.
    this.#session = rows[0]?.pid ?? 0;
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
  }

  async release(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }
}

function inUse(seen: string, cause: unknown): Error {
  return storeError(
    'DATABASE_IN_USE',
    `another process writes to the database: ${seen}; expected this one alone; stop it, or set another SURETY_DATABASE_URL`,
    cause,
  );
}
