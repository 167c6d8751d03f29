import ts from 'typescript';
import { parseSource, report, walk } from './parse-source.js';
import { type Finding, isTestCode, type RepositoryFile } from './repository.js';

/** The string literals of the code unions that an `errors.ts` declares. */
function listCodes(file: RepositoryFile): readonly { readonly code: string; readonly finding: Finding }[] {
  const source = parseSource(file);
  return [...walk(source)].flatMap((node) => {
    if (!ts.isLiteralTypeNode(node) || !ts.isStringLiteral(node.literal)) return [];
    const { text } = node.literal;
    return /^[A-Z][A-Z0-9_]+$/.test(text) ? [{ code: text, finding: report(source, node, text) }] : [];
  });
}

/** The custom errors that a Solidity file declares. */
function listSolidityErrors({
  path,
  text,
}: RepositoryFile): readonly { readonly code: string; readonly finding: Finding }[] {
  return text.split('\n').flatMap((line, index) => {
    const name = /^\s*error\s+(\w+)\s*\(/.exec(line)?.[1];
    return name === undefined ? [] : [{ code: name, finding: `${path}:${index + 1} ${name}` }];
  });
}

/** Error codes and custom errors that no test names. A TypeScript code counts only as a whole word in a test. */
export function findUntestedErrors(files: readonly RepositoryFile[]): readonly Finding[] {
  const words = new Set(files.filter(isTestCode).flatMap(({ text }) => text.match(/\w+/g) ?? []));
  return files
    .filter((file) => !isTestCode(file))
    .flatMap((file) => {
      if (file.path.endsWith('.sol')) return listSolidityErrors(file);
      return /^(packages|apps)\/.*\/errors\.ts$/.test(file.path) ? listCodes(file) : [];
    })
    .filter(({ code }) => !words.has(code))
    .map(({ finding }) => finding);
}
