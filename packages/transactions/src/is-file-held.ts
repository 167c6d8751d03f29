import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';

/**
 * Says whether a process holds a SQLite file for itself, such as a watcher its signing history or an aggregator its folder.
 * The file is only looked at; one that is not there is held by nobody.
 */
export function isFileHeld(file: string): boolean {
  if (!existsSync(file)) return false;
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { readonly: true, timeout: 0 });
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return true;
    // What cannot be read for another reason is held by nobody: whoever holds it keeps readers out as busy.
    return false;
  } finally {
    database?.close();
  }
}
