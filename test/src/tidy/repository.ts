import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository's top folder, with a slash at its end. */
export const top = fileURLToPath(new URL('../../../', import.meta.url));

/** One file of the repository: its path from the top, with forward slashes, and its text. */
export interface RepositoryFile {
  readonly path: string;
  readonly text: string;
}

/** One place that breaks a rule, as `path:line what was seen`. */
export type Finding = string;

const TEXT =
  /(\.(ts|tsx|mts|mjs|cjs|js|sol|md|json|toml|ya?ml|sh|html|css|txt)|(^|\/)(run|LICENSE|\.npmrc|\.gitignore))$/;

/** Committed, but written by packages/contracts/tools/build-abi.mjs. */
const GENERATED = /^packages\/contracts\/src\/generated\//;

/** Every text file that people write: what git ignores (builds, packages, caches) and what is generated is left out. */
export function listRepositoryFiles(): readonly RepositoryFile[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: top,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return [...new Set(listed.split('\0'))]
    .filter((path) => TEXT.test(path) && !GENERATED.test(path))
    .filter((path) => statSync(top + path, { throwIfNoEntry: false })?.isFile() === true)
    .map((path) => ({ path, text: readFileSync(top + path, 'utf8') }));
}

/** The TypeScript that runs in production: sources of packages and apps without tests, benches and fakes. */
export function isProductCode({ path }: RepositoryFile): boolean {
  return /^(packages|apps)\/[^/]+\/src\/.*\.tsx?$/.test(path) && !isTestCode({ path });
}

/** Tests, benches and the fakes that tests use. */
export function isTestCode({ path }: Pick<RepositoryFile, 'path'>): boolean {
  return /\.(test|bench)\.ts$|\.t\.sol$|^test\/|\/testing\/|^packages\/contracts\/test\//.test(path);
}

/** The findings of one line-wise pattern, by path and line. */
export function findLines(files: readonly RepositoryFile[], pattern: RegExp): readonly Finding[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim().slice(0, 80)}`] : [])),
  );
}
