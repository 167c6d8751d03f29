import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';

/**
 * True if a process holds a SQLite file exclusively, as a watcher holds its signing history and an aggregator its folder. Does
 * not create the file.
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
