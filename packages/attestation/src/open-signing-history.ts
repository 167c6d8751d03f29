import { closeSync, existsSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Address, type Bytes32, bytesToHex, hexToBytes } from '@surety/domain';
import { openSqliteFile } from '@surety/sqlite';
import { type HistoryRow, type RecordOutcome, type SigningHistory, crashPoint } from '@surety/workflows';
import Database from 'better-sqlite3';
import { attemptOnHistory, corruptHistory, missingHistory, unavailableHistory } from './history-errors.js';
import { HISTORY_SCHEMA, HistoryTable, TIPS_SCHEMA, type Latch, type StoredRow } from './history-table.js';

/** One store of a signing history on disk, held by this process alone until it is closed. */
export interface SqliteSigningHistory extends SigningHistory {
  readonly file: string;
  /** Reason for which nothing can be recorded now; undefined if the last operation succeeded. */
  readonly trouble: string | undefined;
  /** Reason for which the key was retired; undefined if it was not. */
  readonly retirement: string | undefined;
  /** Records rows like `record`, and also returns those that were new. */
  recordBatch(rows: readonly HistoryRow[]): { readonly outcome: RecordOutcome; readonly added: readonly StoredRow[] };
  /** Yields every row in the order of keys. */
  scan(): Iterable<StoredRow>;
  latches(): readonly Latch[];
  /** Copies rows and latches of the other store, synced. @throws HISTORY_CORRUPT if a row contradicts one of this store. */
  adopt(content: { readonly rows?: Iterable<StoredRow>; readonly latches?: readonly Latch[] }): void;
  close(): void;
}

const FORMAT = {
  applicationId: 0x53_75_48_69,
  version: 3,
  upgrade: { from: 2, statements: TIPS_SCHEMA },
  synchronous: 'FULL',
  exclusive: true,
  schema: HISTORY_SCHEMA,
} as const;

/**
 * Opens one store of a key's signing history in its own SQLite file; every commit is synced to disk. An OS lock holds
 * the file for this process until it closes or dies.
 * @throws HISTORY_MISSING if the file existed before and is gone or empty; HISTORY_CORRUPT if it is damaged or belongs
 * to another key; HISTORY_IN_USE if another process holds it; HISTORY_UNAVAILABLE if it cannot be opened now.
 */
export function openSigningHistory(options: {
  readonly file: string;
  readonly address: Address;
}): SqliteSigningHistory {
  const { file, address } = options;
  const marker = `${file}.born`;
  return attemptOnHistory(file, () => {
    const born = existsSync(marker);
    if (born && !existsSync(file)) throw missingHistory({ file, marker, seen: 'is gone' });
    const database = openSqliteFile(file, FORMAT);
    try {
      if (born && ownerOf(database) === undefined) throw missingHistory({ file, marker, seen: 'is empty' });
      claimOwner(database, file, address);
      crashPoint('attester.start.claimed');
      if (!born) writeMarker(marker, address);
      crashPoint('attester.start.marked');
      const history = new SqliteHistory(database, file);
      crashPoint('attester.start.verified');
      return history;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Writes a complete store into a new file without a marker, closes and syncs it. @throws HISTORY_UNAVAILABLE. */
export function writeSigningHistory(options: {
  readonly file: string;
  readonly address: Address;
  readonly rows: Iterable<StoredRow>;
  readonly latches: readonly Latch[];
}): void {
  const { file, address, rows, latches } = options;
  attemptOnHistory(file, () => {
    const database = openSqliteFile(file, FORMAT);
    try {
      claimOwner(database, file, address);
      new SqliteHistory(database, file).adopt({ rows, latches });
      database.pragma('wal_checkpoint(TRUNCATE)');
    } finally {
      database.close();
    }
    syncPath(file);
  });
}

/** Syncs a file, or a folder's list of files. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

class SqliteHistory implements SqliteSigningHistory {
  readonly file: string;
  readonly #database: Database.Database;
  readonly #table: HistoryTable;
  #batch = 0n;
  #trouble: string | undefined;
  #poisoned = false;

  /** Reads every row once: a flipped bit in a key would otherwise hide its row. */
  constructor(database: Database.Database, file: string) {
    this.#database = database;
    this.file = file;
    this.#table = new HistoryTable(database, file);
    for (const { batch } of this.#table.scan()) if (batch > this.#batch) this.#batch = batch;
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  get retirement(): string | undefined {
    return this.#attempt(() => this.#table.retirement());
  }

  async record(rows: readonly HistoryRow[]): Promise<RecordOutcome> {
    return this.recordBatch(rows).outcome;
  }

  recordBatch(rows: readonly HistoryRow[]): { outcome: RecordOutcome; added: readonly StoredRow[] } {
    const batch = this.#batch + 1n;
    const { added = [], ...outcome } = this.#commit(() => this.#table.record(rows, batch));
    if (added.length > 0) this.#batch = batch;
    return { outcome, added };
  }

  async retire(reason: string): Promise<void> {
    this.#commit(() => this.#table.retire(reason));
  }

  async readHead(edge: Bytes32, count: bigint): Promise<Bytes32 | undefined> {
    return this.#attempt(() => this.#table.read({ kind: 'head', edge, count }));
  }

  async readBlock(chainId: number, height: bigint): Promise<Bytes32 | undefined> {
    return this.#attempt(() => this.#table.read({ kind: 'block', chainId, height }));
  }

  async readHighestCount(edge: Bytes32): Promise<bigint | undefined> {
    return this.#attempt(() => this.#table.readHighestCount(edge));
  }

  scan(): Iterable<StoredRow> {
    return this.#table.scan();
  }

  latches(): readonly Latch[] {
    return this.#attempt(() => this.#table.latches());
  }

  adopt({ rows = [], latches = [] }: { rows?: Iterable<StoredRow>; latches?: readonly Latch[] }): void {
    let batch = this.#batch;
    const counted = (function* count(): Generator<StoredRow> {
      for (const one of rows) {
        if (one.batch > batch) batch = one.batch;
        yield one;
      }
    })();
    this.#commit(() => {
      this.#table.adopt(counted);
      this.#table.addLatches(latches);
      crashPoint('attester.history.half-adopted');
    });
    this.#batch = batch;
  }

  close(): void {
    this.#database.close();
  }

  #commit<Result>(act: () => Result): Result {
    return this.#attempt(() => this.#database.transaction(act).immediate());
  }

  /** After a failed read or write the file's content is in doubt: nothing is recorded until a restart has checked it. */
  #attempt<Result>(act: () => Result): Result {
    if (this.#poisoned) throw unavailableHistory(this.file, this.#trouble ?? 'an earlier failure');
    try {
      const result = attemptOnHistory(this.file, act);
      this.#trouble = undefined;
      return result;
    } catch (error) {
      this.#trouble = error instanceof Error ? error.message : 'unknown';
      const cause = error instanceof Error ? error.cause : undefined;
      this.#poisoned = cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_IOERR');
      throw error;
    }
  }
}

function ownerOf(database: Database.Database): string | undefined {
  const row = database.prepare('SELECT address FROM owner').get() as { address: Uint8Array } | undefined;
  return row === undefined ? undefined : bytesToHex(row.address);
}

function claimOwner(database: Database.Database, file: string, address: Address): void {
  database
    .transaction(() => {
      const owner = ownerOf(database);
      if (owner === undefined) {
        database.prepare('INSERT INTO owner (address) VALUES (?)').run(hexToBytes(address, 20));
      } else if (owner !== address) {
        throw corruptHistory(
          file,
          `it belongs to ${owner}, and the key is that of ${address}; use one file for one key`,
        );
      }
    })
    .immediate();
}

function writeMarker(marker: string, address: string): void {
  const descriptor = openSync(marker, 'w', 0o600);
  writeSync(descriptor, `${address}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
  syncPath(dirname(marker));
}
