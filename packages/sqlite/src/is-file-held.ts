import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';

/**
 * Says whether a process holds a SQLite file for itself, such as a watcher its signing history or an aggregator its folder.
 * The file is only looked at, and not made.
 */
export function isFileHeld(file: string): boolean {
  if (!existsSync(file)) return false;
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { readonly: true, timeout: 0 });
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    // A holder keeps readers out as busy. What cannot be read for another reason is not held.
    return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
  } finally {
    database?.close();
  }
}
