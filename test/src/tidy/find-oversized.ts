import type { Finding, RepositoryFile } from './repository.js';

/** The most lines a source file may have without a reason; beyond that it often holds two subjects. */
const FILE_LINES_MAX = 400;
/** The most lines a file with a reason may have. */
const LONG_FILE_LINES_MAX = 700;
/** Files that are longer because their one subject is, each with what holds it together. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'apps/aggregator/src/follow/health-watch.test.ts': 'every case of one watch, over one store and one pretended ledger',
  'packages/transactions/src/drills.test.ts': 'every bad day of one sender, on one real node',
  'packages/workflows/src/intake/intake.ts': 'every write of an edge runs in one queue under one invariant',
  'packages/workflows/src/ledger-projection/collateral-state.ts': 'one switch over all facts of the ledger',
  'packages/workflows/src/ledger-projection/ledger-follower.ts': 'one cursor, moved with all that it stores',
  'packages/workflows/src/vault-projection/vault-follower.ts': 'one cursor, moved with all that it stores',
};
/** The most lines of code a function may have, blank lines and comments left out; oxlint holds TypeScript to the same. */
const FUNCTION_LINES_MAX = 70;
/** The most lines a package's README may have: one screen. */
const README_LINES_MAX = 40;

const CODE = /\.(tsx?|mjs|cjs|js|sol)$/;
/** A suite of Solidity tests stands as one contract per subject; its length is its list of cases. */
const SUITE = /\.t\.sol$/;

const lineCount = (text: string) => text.replace(/\n$/, '').split('\n').length;

/** True if a line of Solidity says something: not blank, no comment. */
const isCodeLine = (line: string) => line.trim() !== '' && !/^\s*(\/\/|\/\*|\*)/.test(line);

/** Functions of a Solidity file that are longer than they may be; prettier closes each at its own indentation. */
function findLongFunctions({ path, text }: RepositoryFile): readonly Finding[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const opened = /^(\s*)(?:function\s+(\w+)|(constructor|receive|fallback)\b)/.exec(line);
    if (!opened) return [];
    const end = lines.findIndex(
      (each, at) =>
        at > index &&
        (each === `${opened[1]}}` || (each.endsWith(';') && !lines.slice(index, at + 1).some((l) => l.includes('{')))),
    );
    const length = lines.slice(index, end + 1).filter(isCodeLine).length;
    return length > FUNCTION_LINES_MAX ? [`${path}:${index + 1} ${opened[2] ?? opened[3]} has ${length} lines`] : [];
  });
}

/** Files, Solidity functions and package READMEs that are longer than they may be. */
export function findOversized(file: RepositoryFile): readonly Finding[] {
  const count = lineCount(file.text);
  if (/^packages\/[^/]+\/README\.md$/.test(file.path) && count > README_LINES_MAX)
    return [`${file.path}:1 ${count} lines`];
  if (!CODE.test(file.path)) return [];
  const tooLong = SUITE.test(file.path) ? [] : judgeLength(file.path, count);
  return file.path.endsWith('.sol') ? [...tooLong, ...findLongFunctions(file)] : tooLong;
}

/** Reasons for files that are gone. */
export function findIdleReasons(files: readonly Pick<RepositoryFile, 'path'>[]): readonly Finding[] {
  const paths = new Set(files.map(({ path }) => path));
  return Object.keys(LONG_FILES).filter((path) => !paths.has(path));
}

function judgeLength(path: string, count: number): readonly Finding[] {
  const reason = LONG_FILES[path];
  if (reason !== undefined && count <= FILE_LINES_MAX) return [`${path}:1 ${count} lines need no reason`];
  return count > (reason === undefined ? FILE_LINES_MAX : LONG_FILE_LINES_MAX) ? [`${path}:1 ${count} lines`] : [];
}
