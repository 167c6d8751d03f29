import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDevelopmentKey, openKeystore } from '@surety/transactions';
import { afterAll, describe, expect, it } from 'vitest';
import { runSurety } from '../testing/run-surety.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-key-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PASSWORD = 'correct horse battery';
/** What the first 32 bytes of the runs' chance are. */
const KEY = '01'.repeat(32);
const ADDRESS = openDevelopmentKey(`0x${KEY}`).address.toLowerCase();

const at = (name: string): string => join(folder, name);
function passwordFile(name: string, text: string, mode = 0o600): string {
  writeFileSync(at(name), text);
  chmodSync(at(name), mode);
  return at(name);
}

describe('surety key new', () => {
  it('writes a keystore for its owner alone, and shows the address but never the key', async () => {
    const file = at('key.json');
    const from = passwordFile('password', `${PASSWORD}\n`);
    const { code, output, told } = await runSurety(['key', 'new', file, '--password-file', from, '--light', '--json']);
    expect([code, told, JSON.parse(output)]).toEqual([0, '', { file, address: ADDRESS }]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain(KEY);
    expect(openKeystore(text, PASSWORD).address.toLowerCase()).toBe(ADDRESS);
  });

  it('takes the password from a person who types it twice alike', async () => {
    const file = at('typed.json');
    expect(await runSurety(['key', 'new', file], { answers: [PASSWORD, 'another one, mistyped'] })).toMatchObject({
      code: 2,
      told: 'surety: BAD_USE: the two passwords differ; nothing was written',
    });
    expect(existsSync(file)).toBe(false);
    const { code, output } = await runSurety(['key', 'new', file, '--light'], { answers: [PASSWORD, PASSWORD] });
    expect([code, output.split('\n')[0]]).toEqual([0, `address ${ADDRESS}`]);
    expect(openKeystore(readFileSync(file, 'utf8'), PASSWORD).address.toLowerCase()).toBe(ADDRESS);
  });

  it('never overwrites a file', async () => {
    const file = at('there.json');
    writeFileSync(file, 'precious');
    const { code, told } = await runSurety(['key', 'new', file], { answers: [PASSWORD, PASSWORD] });
    expect([code, told]).toEqual([
      2,
      `surety: BAD_USE: ${file} is there already; expected a new file: a key is never overwritten`,
    ]);
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  it.each([
    ['no terminal', [], /no terminal to ask for a password; add --password-file/],
    ['a short password', ['short'], /has 5 characters; expected at least 12/],
    ['a space at the end', [`${PASSWORD} `], /begins or ends with a space/],
  ])('refuses %s', async (_, answers, message) => {
    const { code, told } = await runSurety(['key', 'new', at('refused.json')], { answers });
    expect([code, told]).toEqual([2, expect.stringMatching(message)]);
    expect(existsSync(at('refused.json'))).toBe(false);
  });

  it.each([
    [
      'that others may read',
      () => passwordFile('open', PASSWORD, 0o644),
      /has mode 0644; expected one that only you read/,
    ],
    ['that is empty', () => passwordFile('empty', '\n'), /has 0 characters/],
    ['that is not there', () => at('nowhere'), /cannot be read \(ENOENT\)/],
  ])('refuses a password file %s', async (_, make, message) => {
    const { code, told } = await runSurety(['key', 'new', at('refused.json'), '--password-file', make()]);
    expect([code, told]).toEqual([2, expect.stringMatching(message)]);
    expect(existsSync(at('refused.json'))).toBe(false);
  });

  it('refuses a folder that is not there', async () => {
    const { code, told } = await runSurety(['key', 'new', at('no/key.json'), '--light'], {
      answers: [PASSWORD, PASSWORD],
    });
    expect([code, told]).toEqual([2, expect.stringMatching(/cannot be made \(ENOENT\); expected a folder/)]);
  });
});
