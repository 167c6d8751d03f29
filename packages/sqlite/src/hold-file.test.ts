import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileHeldError, holdFile } from './hold-file.js';
import { isFileHeld } from './is-file-held.js';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'surety-hold-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('holdFile', () => {
  it('refuses a file that is held, and takes it again once it is released', () => {
    const file = join(folder, 'in-use.lock');
    const hold = holdFile(file);
    expect(isFileHeld(file)).toBe(true);
    expect(() => holdFile(file)).toThrowError(FileHeldError);
    hold.release();
    holdFile(file).release();
    expect(isFileHeld(file)).toBe(false);
  });

  it('makes a folder that only its owner may enter', () => {
    holdFile(join(folder, 'deep', 'in-use.lock')).release();
    expect(statSync(join(folder, 'deep')).mode & 0o077).toBe(0);
  });

  it('calls a file that cannot be locked by another name than held', () => {
    writeFileSync(join(folder, 'text'), 'no database, and long enough to have a header'.repeat(4));
    for (const file of [join(folder, 'text'), join(folder, 'text', 'in-use.lock')]) {
      expect(() => holdFile(file)).toThrowError(/not a database|EEXIST/);
      expect(() => holdFile(file)).not.toThrowError(FileHeldError);
    }
  });
});
