import { mkdirSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { storeError } from './errors.js';

/** The right of one process to a folder, until it is released or the process ends in any way. */
export interface FolderHold {
  release(): void;
}

/**
 * Takes a folder for this process alone: the operating system holds the lock on `in-use.lock` in it, so that no kill leaves
 * it behind.
 * @throws FOLDER_IN_USE while another process holds it, FOLDER_UNAVAILABLE.
 */
export function holdFolder(directory: string): FolderHold {
  const file = path.join(directory, 'in-use.lock');
  let database: Database.Database | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    database = new Database(file, { timeout: 0 });
    database.pragma('journal_mode = DELETE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database?.close();
    if (cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY')) {
      throw storeError(
        'FOLDER_IN_USE',
        `another process holds ${directory}; expected this one alone; stop it, or set another SURETY_STATE_DIR`,
        cause,
      );
    }
    throw storeError(
      'FOLDER_UNAVAILABLE',
      `${file} cannot be locked; expected a folder that can be written; check SURETY_STATE_DIR and its free space`,
      cause,
    );
  }
  const held = database;
  return { release: () => held.close() };
}
