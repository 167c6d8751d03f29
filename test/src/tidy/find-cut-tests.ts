import type { Finding, RepositoryFile } from './repository.js';

const REFUSED_NEW =
  /(?:expect(?:Partial)?Revert|_expect\w*)\([^;]*\);\s*(?:vm\.prank\([^;]*\);\s*)?(?:[\w ]+ = )?new (\w+)/g;

/**
 * Tests of contracts that expect `new` to be refused. Forge builds a contract of `solidity/` by a cheat code there, whose
 * revert is the test's own: what stands behind it never runs. `Building` builds in a call of its own.
 */
export function findCutTests(files: readonly RepositoryFile[]): readonly Finding[] {
  const contracts = new Set(
    files.flatMap(({ path }) => /^packages\/contracts\/solidity\/(?:.*\/)?(\w+)\.sol$/.exec(path)?.[1] ?? []),
  );
  return files
    .filter(({ path }) => /^packages\/contracts\/test\/.*\.sol$/.test(path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(REFUSED_NEW)]
        .filter(([, name]) => contracts.has(name ?? ''))
        .map(({ 0: found, 1: name, index }) => {
          const line = text.slice(0, index + found.length).split('\n').length;
          return `${path}:${line} new ${name} ends the test`;
        }),
    );
}
