import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { requireOwner } from './require-owner.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'surety-owner-'));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('requireOwner', () => {
  it('refuses another user than the folder’s owner, and names the command to run as that one', () => {
    const owner = statSync(folder).uid;
    vi.spyOn(process, 'geteuid').mockReturnValue(owner + 7);
    expect(() => requireOwner({ made: [join(folder, 'missing'), folder], command: 'surety clear-halt x' })).toThrow(
      expect.objectContaining({
        code: 'NOT_OWNER',
        message: expect.stringMatching(
          new RegExp(
            `belongs to user ${owner}, and user ${owner + 7} runs this; .* run sudo -u '#${owner}' surety clear`,
          ),
        ),
      }),
    );
  });

  it('names what another user has left in it', () => {
    const owner = statSync(folder).uid;
    // Root can give a file away; for everybody else a file of root is another user's.
    const stray = owner === 0 ? join(folder, 'theirs') : '/etc/passwd';
    if (owner === 0) writeFileSync(stray, '');
    if (owner === 0) chownSync(stray, 7, 7);
    const theirs = statSync(stray).uid;
    expect(() => requireOwner({ made: [folder], paths: [join(folder, 'missing'), stray], command: 'x' })).toThrow(
      `${stray} belongs to user ${theirs}; expected user ${owner}, as ${folder}; nothing was changed: run sudo chown ${owner} ${stray}, then`,
    );
  });

  it('has a folder that another user has left given back with all that is in it', () => {
    const owner = statSync(folder).uid;
    const stray = owner === 0 ? join(folder, 'theirs') : '/etc';
    if (owner === 0) mkdirSync(stray);
    if (owner === 0) chownSync(stray, 7, 7);
    expect(() => requireOwner({ made: [folder], paths: [stray], command: 'x' })).toThrow(
      `nothing was changed: run sudo chown -R ${owner} ${stray}, then this command again`,
    );
  });

  it('goes by the program’s own file where that lies in another user’s folder, as on a volume of a group', () => {
    const file = join(folder, 'history.sqlite.born');
    writeFileSync(file, '');
    const owner = statSync(folder).uid;
    vi.spyOn(process, 'geteuid').mockReturnValue(owner + 7);
    const judge = (made: readonly string[]) => (): void => requireOwner({ made, command: 'x' });
    expect(judge([file, folder])).toThrow(`${file} belongs to user ${owner}`);
    expect(judge([join(folder, 'missing'), folder])).toThrow(`${folder} belongs to user ${owner}`);
  });

  it('takes the owner’s own files, missing ones, and a folder that is not there', () => {
    const file = join(folder, 'own');
    writeFileSync(file, '');
    expect(() => requireOwner({ made: [folder], paths: [file, join(folder, 'missing')], command: 'x' })).not.toThrow();
    expect(() => requireOwner({ made: [join(folder, 'missing')], command: 'x' })).not.toThrow();
  });
});
