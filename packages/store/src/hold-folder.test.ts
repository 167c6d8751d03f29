import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { holdFolder } from './hold-folder.js';

it('grants a folder to one process at a time, and to the next after its release', () => {
  const folder = mkdtempSync(join(tmpdir(), 'surety-hold-'));
  const own = join(folder, 'deep', 'state');
  const hold = holdFolder(own);
  expect(() => holdFolder(own)).toThrowError(expect.objectContaining({ code: 'FOLDER_IN_USE', retryable: false }));
  hold.release();
  holdFolder(own).release();
  writeFileSync(join(folder, 'file'), '');
  expect(() => holdFolder(join(folder, 'file'))).toThrowError(expect.objectContaining({ code: 'FOLDER_UNAVAILABLE' }));
  rmSync(folder, { recursive: true });
});
