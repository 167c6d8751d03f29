import { type Address, AppError, type Hex, address, bytesToHex, hexToBytes, txHash } from '@surety/domain';
import { ForeignFileError, NewerFileError, openSqliteFile } from '@surety/sqlite';
import type { CallPriority, TransactionAttempt, TransactionJournal } from '@surety/workflows';
import Database from 'better-sqlite3';
import { transactionError } from './errors.js';
import { DAY_MS } from './limits.js';

/** A transaction journal on disk; the caller closes it. */
export interface Outbox extends TransactionJournal {
  close(): void;
}

/**
 * For how long the cost of a spent nonce is kept: longer than the day that a budget covers, in milliseconds, and for so many nonces after
 * it, because a clock that is ahead for an hour must not make today's costs old.
 */
const SPENDING_KEPT = { forMs: 7n * BigInt(DAY_MS), nonces: 10_000n } as const;

const FORMAT = {
  applicationId: 0x53_75_4f_75,
  version: 1,
  schema: `
    CREATE TABLE attempts (sequence INTEGER PRIMARY KEY AUTOINCREMENT, chain_id INTEGER NOT NULL, sender BLOB NOT NULL,
      nonce INTEGER NOT NULL, tx_hash BLOB NOT NULL, raw BLOB NOT NULL, purpose TEXT NOT NULL, priority TEXT NOT NULL,
      target BLOB NOT NULL, calldata BLOB NOT NULL, value TEXT NOT NULL, gas_limit INTEGER NOT NULL,
      max_fee TEXT NOT NULL, max_tip TEXT NOT NULL, signed_at_ms INTEGER NOT NULL, cancels INTEGER NOT NULL,
      UNIQUE (chain_id, sender, nonce, tx_hash));
    CREATE TABLE spendings (chain_id INTEGER NOT NULL, sender BLOB NOT NULL, nonce INTEGER NOT NULL,
      fee_wei TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (chain_id, sender, nonce)) WITHOUT ROWID;
  `,
  synchronous: 'FULL',
} as const;

/**
 * Opens the outbox of some keys in one SQLite file; every commit is synced to disk.
 * @throws OUTBOX_UNAVAILABLE (retryable), OUTBOX_CORRUPT, STATE_NEWER.
 */
export function openOutbox(options: { readonly file: string }): Outbox {
  const { file } = options;
  const database = attempt(file, () => openSqliteFile(file, FORMAT));
  const run = async <Result>(act: () => Result): Promise<Result> => attempt(file, act);
  return {
    record: (one) => run(() => record(database, one)),
    withdraw: (one) =>
      run(() => {
        const where = 'chain_id = ? AND sender = ? AND nonce = ? AND tx_hash = ?';
        const drop = database.prepare(`DELETE FROM attempts WHERE ${where}`);
        drop.run(one.chainId, hexToBytes(one.sender, 20), one.nonce, hexToBytes(one.txHash, 32));
      }),
    spend: ({ chainId, sender, nonce, costWei, atMs }) =>
      run(() => {
        const upsert = database.prepare('INSERT OR REPLACE INTO spendings VALUES (?, ?, ?, ?, ?)');
        const old = 'chain_id = ? AND sender = ? AND nonce < ? AND at_ms < ?';
        const prune = database.prepare(`DELETE FROM spendings WHERE ${old}`);
        const [key, at] = [hexToBytes(sender, 20), BigInt(Math.floor(atMs))];
        database.transaction(() => {
          upsert.run(chainId, key, nonce, String(costWei), at);
          prune.run(chainId, key, nonce - SPENDING_KEPT.nonces, at - SPENDING_KEPT.forMs);
        })();
      }),
    forget: ({ chainId, sender, nonce }) =>
      run(() => {
        const drop = database.prepare('DELETE FROM attempts WHERE chain_id = ? AND sender = ? AND nonce = ?');
        drop.run(chainId, hexToBytes(sender, 20), nonce);
      }),
    loadOpen: (of) => run(() => loadOpen(database, of)),
    loadSpentWei: ({ chainId, sender, sinceMs }) =>
      run(() => {
        const from = BigInt(Math.floor(sinceMs));
        const rows = database
          .prepare('SELECT fee_wei FROM spendings WHERE chain_id = ? AND sender = ? AND at_ms >= ? AND at_ms < ?')
          .all(chainId, hexToBytes(sender, 20), from, from + BigInt(DAY_MS)) as { fee_wei: string }[];
        return rows.reduce((sum, row) => sum + BigInt(row.fee_wei), 0n);
      }),
    close: () => database.close(),
  };
}

function record(database: Database.Database, one: TransactionAttempt): void {
  const insert = database.prepare(
    'INSERT OR IGNORE INTO attempts (chain_id, sender, nonce, tx_hash, raw, purpose, priority, target, calldata, value, ' +
      'gas_limit, max_fee, max_tip, signed_at_ms, cancels) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  insert.run(
    one.chainId,
    hexToBytes(one.sender, 20),
    one.nonce,
    hexToBytes(one.txHash, 32),
    hexToBytes(one.raw),
    one.purpose,
    one.priority,
    hexToBytes(one.to, 20),
    hexToBytes(one.calldata),
    String(one.value),
    one.gasLimit,
    String(one.maxFeePerGas),
    String(one.maxPriorityFeePerGas),
    BigInt(Math.floor(one.signedAtMs)),
    one.cancels ? 1 : 0,
  );
}

interface AttemptRow {
  readonly nonce: bigint;
  readonly tx_hash: Uint8Array;
  readonly raw: Uint8Array;
  readonly purpose: string;
  readonly priority: string;
  readonly target: Uint8Array;
  readonly calldata: Uint8Array;
  readonly value: string;
  readonly gas_limit: bigint;
  readonly max_fee: string;
  readonly max_tip: string;
  readonly signed_at_ms: bigint;
  readonly cancels: bigint;
}

function loadOpen(database: Database.Database, of: { chainId: number; sender: Address }): TransactionAttempt[] {
  const rows = database
    .prepare('SELECT * FROM attempts WHERE chain_id = ? AND sender = ? ORDER BY sequence')
    .all(of.chainId, hexToBytes(of.sender, 20)) as AttemptRow[];
  return rows.map((row) => ({
    chainId: of.chainId,
    sender: of.sender,
    nonce: row.nonce,
    txHash: txHash(bytesToHex(row.tx_hash)),
    raw: hexOf(row.raw),
    purpose: row.purpose,
    priority: row.priority as CallPriority,
    to: address(bytesToHex(row.target)),
    calldata: hexOf(row.calldata),
    value: BigInt(row.value),
    gasLimit: row.gas_limit,
    maxFeePerGas: BigInt(row.max_fee),
    maxPriorityFeePerGas: BigInt(row.max_tip),
    signedAtMs: Number(row.signed_at_ms),
    cancels: row.cancels === 1n,
  }));
}

function hexOf(bytes: Uint8Array): Hex {
  return bytesToHex(bytes);
}

function attempt<Result>(file: string, act: () => Result): Result {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    if (cause instanceof NewerFileError)
      throw transactionError('STATE_NEWER', `outbox ${file}: ${cause.message}`, { file }, cause);
    const detail = cause instanceof Error ? cause.message : 'unknown error';
    const isCorrupt =
      cause instanceof ForeignFileError ||
      (cause instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(cause.code));
    if (isCorrupt) {
      throw transactionError(
        'OUTBOX_CORRUPT',
        `outbox ${file} cannot be used: ${detail}; wait until nothing of this key is pending on any chain, then move the file away`,
        { file },
        cause,
      );
    }
    throw transactionError(
      'OUTBOX_UNAVAILABLE',
      `outbox ${file} cannot be read or written: ${detail}; expected a writable file with room; nothing is sent until it is`,
      { file },
      cause,
    );
  }
}
