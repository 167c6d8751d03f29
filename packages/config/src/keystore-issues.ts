import { statSync } from 'node:fs';
import type { ConfigIssue } from './errors.js';

/** Mode bits that let somebody other than the owner read, write or run a file. */
const OTHERS = 0o077;

/**
 * Lists what is wrong with the variables of a keystore: no password, a second key beside it, and outside development a file
 * that others may read. A file that cannot be looked at is left to whoever opens it.
 */
export function keystoreIssues(options: {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly prefix: string;
  readonly profile: string;
}): readonly ConfigIssue[] {
  const { environment, prefix, profile } = options;
  const isSet = (end: string): boolean => (environment[`${prefix}_${end}`] ?? '') !== '';
  const issues: ConfigIssue[] = [];
  if (!isSet('PASSWORD') && !isSet('PASSWORD_FILE')) {
    const expected = `the file with the password of ${prefix}_KEYSTORE_FILE`;
    issues.push({ path: `${prefix}_PASSWORD_FILE`, seen: 'nothing', expected });
  }
  for (const other of ['KEY', 'KEY_FILE'].filter(isSet)) {
    const expected = `one of them: unset it or ${prefix}_KEYSTORE_FILE`;
    issues.push({ path: `${prefix}_${other}`, seen: 'a key beside a keystore', expected });
  }
  if (profile === 'development') return issues;
  for (const name of [`${prefix}_KEYSTORE_FILE`, `${prefix}_PASSWORD_FILE`]) {
    const mode = modeOf(environment[name]);
    if (mode === undefined || (mode & OTHERS) === 0) continue;
    const seen = `a file of mode ${mode.toString(8).padStart(4, '0')}`;
    issues.push({ path: name, seen, expected: 'one that only its owner reads: chmod 600, or 400' });
  }
  return issues;
}

/** Mode of a file as POSIX has it; systems without such modes have nothing to compare. */
function modeOf(file: string | undefined): number | undefined {
  if (file === undefined || file === '' || process.platform === 'win32') return undefined;
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? undefined : stat.mode & 0o777;
}
