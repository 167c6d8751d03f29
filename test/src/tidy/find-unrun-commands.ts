import { type Finding, isTestCode, type RepositoryFile } from './repository.js';

/** A command of a page: inline code, or a line of a block. */
const PRINTED = /`(npx surety [^`]+)`|^\s*(npx surety .+)$/;
/** The same command in a test that runs it, as `fromRunbook` takes it. */
const RUN = /'(npx surety [^']+)'/g;

/** Commands that pages of docs/RUNBOOKS print and no test runs. */
export function findUnrunCommands(files: readonly RepositoryFile[]): readonly Finding[] {
  const run = new Set(
    files.filter(isTestCode).flatMap(({ text }) => [...text.matchAll(RUN)].map(([, command]) => command)),
  );
  return files
    .filter(({ path }) => /^docs\/RUNBOOKS\/.*\.md$/.test(path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, index) =>
        [...line.matchAll(new RegExp(PRINTED, 'g'))].flatMap(([, inline, block]) => {
          const command = inline ?? block ?? '';
          return run.has(command) ? [] : [`${path}:${index + 1} ${command}`];
        }),
      ),
    );
}
