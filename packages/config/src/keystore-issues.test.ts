import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { keystoreIssues } from './keystore-issues.js';

const folder = mkdtempSync(join(tmpdir(), 'surety-keystore-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = (mode: number): Record<string, string> =>
  Object.fromEntries(
    ['KEYSTORE', 'PASSWORD'].map((name) => {
      const file = join(folder, name);
      writeFileSync(file, 'x');
      chmodSync(file, mode);
      return [`SURETY_RELAYER_${name}_FILE`, file];
    }),
  );

const told = (environment: Record<string, string>, profile = 'production'): readonly string[] =>
  keystoreIssues({ environment, prefix: 'SURETY_RELAYER', profile }).map(
    ({ path, seen, expected }) => `${path}: seen ${seen}; expected ${expected}`,
  );

describe('keystoreIssues', () => {
  it('refuses a keystore or a password that others may read, outside development', () => {
    expect(told(files(0o644))).toEqual([
      'SURETY_RELAYER_KEYSTORE_FILE: seen a file of mode 0644; expected one that only its owner reads: chmod 600, or 400',
      'SURETY_RELAYER_PASSWORD_FILE: seen a file of mode 0644; expected one that only its owner reads: chmod 600, or 400',
    ]);
    expect(told(files(0o640))).toHaveLength(2);
    expect(told(files(0o644), 'development')).toEqual([]);
  });

  it('refuses a second key beside the keystore, and a keystore without its password', () => {
    const both = { ...files(0o600), SURETY_RELAYER_KEY: '0x1', SURETY_RELAYER_KEY_FILE: 'key' };
    expect(told(both, 'development')).toEqual([
      'SURETY_RELAYER_KEY: seen a key beside a keystore; expected one of them: unset it or SURETY_RELAYER_KEYSTORE_FILE',
      'SURETY_RELAYER_KEY_FILE: seen a key beside a keystore; expected one of them: unset it or SURETY_RELAYER_KEYSTORE_FILE',
    ]);
    expect(told({ SURETY_RELAYER_KEYSTORE_FILE: 'nowhere.json' })).toEqual([
      'SURETY_RELAYER_PASSWORD_FILE: seen nothing; expected the file with the password of SURETY_RELAYER_KEYSTORE_FILE',
    ]);
  });

  it('takes files that only their owner reads, and leaves a missing one to whoever opens it', () => {
    expect([told(files(0o600)), told(files(0o400))]).toEqual([[], []]);
    expect(told({ ...files(0o600), SURETY_RELAYER_KEYSTORE_FILE: join(folder, 'none') })).toEqual([]);
  });
});
