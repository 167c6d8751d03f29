import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFileHeld } from './is-file-held.js';
import { ForeignFileError, NewerFileError, type SqliteFormat, openSqliteFile } from './open-sqlite-file.js';

const FORMAT: SqliteFormat = {
  applicationId: 0x53_75_54_65,
  version: 2,
  schema: 'CREATE TABLE words (word TEXT NOT NULL, count INTEGER NOT NULL);',
  synchronous: 'FULL',
};
let folder = '';
let file = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'surety-sqlite-'));
  file = join(folder, 'state', 'words.sqlite');
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Opens the file, runs statements in it and closes it. */
function write(statements: string, format: SqliteFormat = FORMAT): void {
  const database = openSqliteFile(file, format);
  database.exec(statements);
  database.close();
}

describe('openSqliteFile', () => {
  it('refuses a file of another kind or version, and closes it', () => {
    write('');
    for (const other of [{ applicationId: 1 }, { version: 3 }, { version: 3, upgrade: { from: 1, statements: '' } }]) {
      expect(() => openSqliteFile(file, { ...FORMAT, ...other })).toThrowError(ForeignFileError);
    }
    expect(isFileHeld(file)).toBe(false);
    write('DROP TABLE words; PRAGMA application_id = 0; PRAGMA user_version = 0; CREATE TABLE other (a)');
    expect(() => openSqliteFile(file, FORMAT)).toThrowError(ForeignFileError);
  });

  it('tells a file of a later version from one of another kind, and changes nothing in it', () => {
    write('PRAGMA user_version = 3');
    const before = readFileSync(file);
    expect(() => openSqliteFile(file, FORMAT)).toThrowError(NewerFileError);
    expect(readFileSync(file)).toEqual(before);
    expect(() => openSqliteFile(file, { ...FORMAT, applicationId: 1 })).not.toThrowError(NewerFileError);
  });

  it('refuses a damaged structure', () => {
    write(
      'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) ' +
        'INSERT INTO words SELECT hex(randomblob(200)), i FROM n',
    );
    const bytes = readFileSync(file);
    bytes.fill(0xff, bytes.length - 4_096);
    writeFileSync(file, bytes);
    expect(() => openSqliteFile(file, FORMAT)).toThrowError(ForeignFileError);
  });

  it('syncs every commit, keeps a log beside the file, and reads integers exactly', () => {
    const database = openSqliteFile(file, FORMAT);
    const read = (name: string): unknown => database.pragma(name, { simple: true });
    expect([read('journal_mode'), read('synchronous'), read('fullfsync'), read('cell_size_check')]).toEqual([
      'wal',
      2n,
      1n,
      1n,
    ]);
    database.prepare('INSERT INTO words VALUES (?, ?)').run('many', 2n ** 60n + 1n);
    expect(database.prepare('SELECT count FROM words').pluck().get()).toBe(2n ** 60n + 1n);
    expect(database.prepare('SELECT count FROM words')).toBe(database.prepare('SELECT count FROM words'));
    database.close();
    expect(statSync(join(folder, 'state')).mode & 0o077).toBe(0);
  });

  it('brings an older version to the present one', () => {
    write("INSERT INTO words VALUES ('one', 1)");
    const newer = { ...FORMAT, version: 3, upgrade: { from: 2, statements: 'ALTER TABLE words ADD COLUMN seen' } };
    write("UPDATE words SET seen = 'yes'", newer);
    expect(() => openSqliteFile(file, FORMAT)).toThrowError(/of version 3; expected 2: a newer release wrote it/);
  });

  it('keeps every other process out of an exclusive file', () => {
    const database = openSqliteFile(file, { ...FORMAT, exclusive: true });
    expect(isFileHeld(file)).toBe(true);
    expect(() => openSqliteFile(file, { ...FORMAT, exclusive: true })).toThrowError(/locked/);
    database.close();
    expect(isFileHeld(file)).toBe(false);
  });
});
