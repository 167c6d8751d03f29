import { spawnSync } from 'node:child_process';
import type { Commit } from './find-commit-faults.js';
import { top } from './repository.js';

const FIELD = '\u001f';
const RECORD = '\u001e';

/**
 * The commits between a base and HEAD that descend from the base, newest first, without merges. HEAD itself is left out: a CI
 * may put a commit of its own on top. Undefined where the base is no ancestor of HEAD, as in a shallow clone, or git has none.
 */
export function listRuledCommits(base: string): readonly Commit[] | undefined {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: top, encoding: 'utf8' });
  if (git('merge-base', '--is-ancestor', base, 'HEAD').status !== 0) return undefined;
  const format = `--format=%H${FIELD}%s${FIELD}%b${RECORD}`;
  const { status, stdout } = git('log', '--no-merges', '--ancestry-path', format, `${base}..HEAD`);
  if (status !== 0) return undefined;
  const head = git('rev-parse', 'HEAD').stdout.trim();
  return stdout
    .split(RECORD)
    .map((record) => record.trim().split(FIELD))
    .flatMap(([hash = '', subject = '', body = '']) => (hash === '' || hash === head ? [] : [{ hash, subject, body }]));
}
