import { spawnSync } from 'node:child_process';
import { top, type Finding, type RepositoryFile } from './repository.js';

/** A row: number, finding, commits or `open`, and the tests that show it or the reason that it stands. */
const ROW = /^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/;
const HASH = /^`([0-9a-f]{8})`$/;
const TEST = /^`([^`]+)`: “([^”]+)”$/;

/** The hashes of HEAD and all before it, or undefined in a shallow clone, whose history lacks commits that exist. */
export function listHistory(): readonly string[] | undefined {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: top, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (git('rev-parse', '--is-shallow-repository').stdout.trim() !== 'false') return undefined;
  return git('rev-list', 'HEAD').stdout.trim().split('\n');
}

/** Rows out of order, without a reason, or that name a commit outside the history (unchecked where it is undefined), a file or a title that does not exist. */
export function findFindingFaults(
  page: RepositoryFile,
  files: readonly RepositoryFile[],
  history: readonly string[] | undefined,
): readonly Finding[] {
  const isCommit = (hash: string) => history === undefined || history.some((each) => each.startsWith(hash));
  const hasTest = (path: string, title: string) =>
    files.some((file) => file.path === path && file.text.includes(title));
  let expected = 0;
  return page.text.split('\n').flatMap((line, index) => {
    const row = ROW.exec(line);
    if (row === null) return [];
    const [, number = '', , commits = '', shown = ''] = row;
    expected += 1;
    const faults = Number(number) === expected ? [] : [`is number ${number}; expected ${expected}`];
    if (commits.startsWith('open')) return faults.map((fault) => `${page.path}:${index + 1} ${fault}`);
    for (const commit of commits.split(', ')) {
      const hash = HASH.exec(commit)?.[1];
      if (hash === undefined || !isCommit(hash)) faults.push(`${commit} is no commit before HEAD`);
    }
    for (const test of shown.split('; ')) {
      const [, path = '', title = ''] = TEST.exec(test) ?? [];
      if (!hasTest(path, title)) faults.push(`${test} is no test`);
    }
    return faults.map((fault) => `${page.path}:${index + 1} ${fault}`);
  });
}
