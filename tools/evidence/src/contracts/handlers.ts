// What the handlers of invariant suites count, read from their sources: acts by `counted("name")`, paths by `_hit("name")`.
import path from 'node:path';

/** A contract with an `invariant_` function, and what its handlers name. */
export interface Suite {
  readonly file: string;
  readonly name: string;
  readonly acts: readonly string[];
  readonly paths: readonly string[];
}

type ReadFile = (file: string) => string;

const namesIn = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, name = '']) => name);

/** Asks the text of a file, and of everything that it imports from test/, for names. */
function namesOf(
  file: string,
  readText: ReadFile,
  read: (text: string) => readonly string[],
  seen = new Set<string>(),
): readonly string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const text = readText(file);
  const imports = namesIn(text, /from "(\.{1,2}\/[^"]+)"/g)
    .map((target) => path.posix.join(path.posix.dirname(file), target))
    .filter((target) => target.startsWith('test/') && target !== 'test/harness/Ghosts.sol');
  return [...new Set([...read(text), ...imports.flatMap((target) => namesOf(target, readText, read, seen))])];
}

/** Returns the functions of a text but the acts that a suite asks none of its handlers for: it names what it asks for by selector. */
function partsOf(asked: ReadonlySet<string>, text: string): readonly string[] {
  return text.split(/^ {4}function /m).filter((part) => {
    // An act may count under another name than its function's.
    const name = /^\w+/.exec(part)?.[0];
    return !part.includes('counted("') || asked.size === 0 || name === undefined || asked.has(name);
  });
}

/** Lists the suites of one file, those whose name holds a text. */
export function listSuites(file: string, readText: ReadFile, match: string): readonly Suite[] {
  const text = readText(file);
  const names = text
    .split(/^(?=(?:abstract )?contract )/m)
    .filter((part) => /function invariant_/.test(part))
    .flatMap((part) => /^contract (\w+)/.exec(part)?.[1] ?? [])
    .filter((name) => name.includes(match));
  if (names.length === 0) return [];
  const asked = new Set(namesIn(text, /\.(\w+)\.selector/g));
  const acts = namesOf(file, readText, (one) =>
    partsOf(asked, one).flatMap((part) => namesIn(part, /counted\("([^"]+)"\)/g)),
  );
  // Also where one of two paths is chosen as it is hit.
  const paths = namesOf(file, readText, (one) =>
    partsOf(asked, one).flatMap((part) =>
      namesIn(part, /_hit\(([^;]+)\);/g).flatMap((what) => namesIn(what, /"([^"]+)"/g)),
    ),
  );
  return names.map((name) => ({ file, name, acts, paths }));
}
