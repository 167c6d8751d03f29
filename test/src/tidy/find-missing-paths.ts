import type { Finding, RepositoryFile } from './repository.js';

/** A whole code span that names a file or folder of the repository. */
const PATH = /`((?:apps|docs|examples|packages|test|tools)\/[\w./-]+)`/g;

/** Built, so it may not be there. */
const BUILT = /(^|\/)dist\//;

/** Solidity's pages and the decisions about it name paths from here. */
const CONTRACTS = 'packages/contracts/';

/** Paths that Markdown files name and that exist neither from the top, nor from the page's folder, nor from the contracts' package. */
export function findMissingPaths(
  files: readonly RepositoryFile[],
  exists: (path: string) => boolean,
): readonly Finding[] {
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path, text }) => {
      const folder = path.slice(0, path.lastIndexOf('/') + 1);
      return text.split('\n').flatMap((line, index) =>
        [...line.matchAll(PATH)].flatMap(([, named = '']) => {
          const isThere = BUILT.test(named) || ['', folder, CONTRACTS].some((from) => exists(from + named));
          return isThere ? [] : [`${path}:${index + 1} ${named}`];
        }),
      );
    });
}
