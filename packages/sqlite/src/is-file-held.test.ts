import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { isFileHeld } from './is-file-held.js';

it('distinguishes a held file from a free or missing one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'surety-held-'));
  const lock = join(folder, 'in-use.lock');
  expect(isFileHeld(lock)).toBe(false);
  const holder = new Database(lock);
  holder.exec('BEGIN EXCLUSIVE');
  expect(isFileHeld(lock)).toBe(true);
  holder.close();
  expect(isFileHeld(lock)).toBe(false);

  const history = join(folder, 'history.sqlite');
  const writer = new Database(history);
  writer.pragma('locking_mode = EXCLUSIVE');
  writer.pragma('journal_mode = WAL');
  writer.exec('CREATE TABLE heads (n INTEGER)');
  expect(isFileHeld(history)).toBe(true);
  writer.close();
  expect(isFileHeld(history)).toBe(false);
  writeFileSync(history, 'no database');
  expect(isFileHeld(history)).toBe(false);
  rmSync(folder, { recursive: true });
});
