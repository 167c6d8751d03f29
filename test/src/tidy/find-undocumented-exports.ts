import ts from 'typescript';
import { listExports, parseSource, report } from './parse-source.js';
import type { Finding, RepositoryFile } from './repository.js';

/** Names that a package's doors give to others, by file; `*` is every export of it. */
type PublicNames = ReadonlyMap<string, ReadonlySet<string>>;

/** The doors of a package, from the `source` of each of its exports, but for its fakes. */
function listDoors({ path, text }: RepositoryFile): readonly string[] {
  const { exports = {} } = JSON.parse(text) as { exports?: Record<string, string | { source?: string }> };
  const folder = path.slice(0, -'package.json'.length);
  return Object.entries(exports).flatMap(([door, target]) =>
    typeof target === 'object' && target.source !== undefined && door !== './testing'
      ? [folder + target.source.slice('./'.length)]
      : [],
  );
}

/** Follows the re-exports of a door to the files that declare what it gives. */
function listPublicNames(files: readonly RepositoryFile[]): PublicNames {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const names = new Map<string, Set<string>>();
  const follow = (path: string, wanted: readonly string[]): void => {
    const file = byPath.get(path);
    const known = names.get(path) ?? new Set<string>();
    const fresh = wanted.filter((name) => !known.has(name) && !known.has('*'));
    if (file === undefined || fresh.length === 0) return;
    names.set(path, new Set([...known, ...fresh]));
    for (const statement of parseSource(file).statements) {
      if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) continue;
      const { text } = statement.moduleSpecifier as ts.StringLiteral;
      if (!text.startsWith('.')) continue;
      const target = new URL(text.replace(/\.js$/, '.ts'), `file:///${path}`).pathname.slice(1);
      const { exportClause } = statement;
      const given =
        exportClause === undefined || !ts.isNamedExports(exportClause)
          ? fresh
          : exportClause.elements
              .filter(({ name }) => fresh.includes('*') || fresh.includes(name.text))
              .map(({ name, propertyName }) => (propertyName ?? name).text);
      follow(target, given);
    }
  };
  const manifests = files.filter(({ path }) => /^packages\/[^/]+\/package\.json$/.test(path));
  for (const door of manifests.flatMap(listDoors)) follow(door, ['*']);
  return names;
}

/**
 * Every export that a package gives to others and that has no docstring, or an empty one. Overloads are documented at their
 * first signature. What stays inside its package or app needs none: its name and type may say enough.
 */
export function findUndocumentedExports(files: readonly RepositoryFile[]): readonly Finding[] {
  const publicNames = listPublicNames(files);
  return files.flatMap((file) => {
    const given = publicNames.get(file.path);
    if (given === undefined) return [];
    const source = parseSource(file);
    const documented = new Set<string>();
    const missing = new Map<string, Finding>();
    for (const { name, node } of listExports(source)) {
      if (!given.has('*') && !given.has(name)) continue;
      const hasText = ts
        .getJSDocCommentsAndTags(node)
        .some((comment) => comment.getText(source).replace(/[/*\s]/g, '') !== '');
      if (hasText) documented.add(name);
      else if (!missing.has(name)) missing.set(name, report(source, node, `${name} has no docstring`));
    }
    return [...missing].filter(([name]) => !documented.has(name)).map(([, finding]) => finding);
  });
}
