import ts from 'typescript';
import { listExports, parseSource, report } from './parse-source.js';
import type { Finding, RepositoryFile } from './repository.js';

/** Every export without a docstring, or with an empty one. Overloads are documented at their first signature. */
export function findUndocumentedExports(file: RepositoryFile): readonly Finding[] {
  const source = parseSource(file);
  const documented = new Set<string>();
  const missing = new Map<string, Finding>();
  for (const { name, node } of listExports(source)) {
    const hasText = ts
      .getJSDocCommentsAndTags(node)
      .some((comment) => comment.getText(source).replace(/[/*\s]/g, '') !== '');
    if (hasText) documented.add(name);
    else if (!missing.has(name)) missing.set(name, report(source, node, `${name} has no docstring`));
  }
  return [...missing].filter(([name]) => !documented.has(name)).map(([, finding]) => finding);
}
