import { readFileSync, statSync } from 'node:fs';
import type { ConfigIssue } from './errors.js';

/**
 * Returns the problem of a file that a variable names and that could not be read. The file's name is withheld: a variable of
 * this kind may hold the secret itself by mistake.
 */
export function unreadFile(variable: string, cause: unknown): ConfigIssue {
  const code = codeOf(cause);
  const isMissing = code === 'ENOENT';
  const seen = `a file that ${isMissing ? 'is not there' : 'cannot be read'} (${code})`;
  return { path: variable, seen, expected: 'a readable file', isMissing };
}

/** Returns the problem of a file that is opened later, if it cannot be read now. A pipe is left alone: it can be read once. */
export function unreadAt(variable: string, file: string): readonly ConfigIssue[] {
  try {
    if (!statSync(file).isFIFO()) readFileSync(file);
    return [];
  } catch (cause) {
    return [unreadFile(variable, cause)];
  }
}

/** Returns the file system's code of an error, such as ENOENT. */
export function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
}
