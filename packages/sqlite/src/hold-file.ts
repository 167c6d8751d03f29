import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

/** The right of one process to a file, until it is released or the process ends in any way. */
export interface FileHold {
  release(): void;
}

/** Thrown while another process, or another part of this one, holds the file. */
export class FileHeldError extends Error {}

/**
 * Locks a file for this process, and creates it and its folder if they are missing. The operating system holds the lock, so a
 * kill leaves none behind.
 * @throws FileHeldError; SqliteError or a system error where the file cannot be locked.
 */
export function holdFile(file: string): FileHold {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new Database(file, { timeout: 0 });
  try {
    // A rollback journal: in WAL mode the exclusive lock would need shared memory, which a crash may leave behind.
    database.pragma('journal_mode = DELETE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    const isHeld = cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY');
    throw isHeld ? new FileHeldError(`${file} is held already`, { cause }) : cause;
  }
  return { release: () => database.close() };
}
