import path from 'node:path';

/**
 * Returns a file itself and all that it imports or names as an artifact, and what these do: no other code can run in it.
 * `readText` gives a file's text, undefined where there is none; `all` are the files that may be named as artifacts.
 */
export function reachedBy(
  file: string,
  readText: (file: string) => string | undefined,
  all: readonly string[],
  reached = new Set<string>(),
): ReadonlySet<string> {
  const text = reached.has(file) ? undefined : readText(file);
  if (text === undefined) return reached;
  reached.add(file);
  for (const [, name = ''] of text.matchAll(/\bimport\b[^;]*?"([^"]+)";/g)) {
    const place = name
      .replace(/^@surety\/contracts\//, 'solidity/')
      .replace(/^@surety\/requirements\//, '../requirements/solidity/')
      .replace(/^@surety\/examples\//, '../../examples/')
      .replace(/^\./, `${path.posix.dirname(file)}/.`);
    reachedBy(path.posix.normalize(place), readText, all, reached);
  }
  for (const [, name] of text.matchAll(/"(\w+\.sol)(?::\w+)?"/g))
    for (const other of all) if (path.posix.basename(other) === name) reachedBy(other, readText, all, reached);
  return reached;
}
