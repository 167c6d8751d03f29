import ts from 'typescript';
import type { Finding, RepositoryFile } from './repository.js';

/** A file's syntax tree, without types. */
export function parseSource({ path, text }: RepositoryFile): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
}

/** Every node of a tree, outermost first. */
export function* walk(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* walk(child);
}

/** Says where a node stands and what was seen there. */
export function report(source: ts.SourceFile, node: ts.Node, seen: string, path: string = source.fileName): Finding {
  const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
  return `${path}:${line + 1} ${seen}`;
}

/** A top-level declaration that other files can import, with its name. */
export interface ExportedDeclaration {
  readonly name: string;
  readonly node: ts.Node;
}

/** The declarations a file exports itself; re-exports belong to the file they come from. */
export function listExports(source: ts.SourceFile): readonly ExportedDeclaration[] {
  return source.statements.flatMap((statement): ExportedDeclaration[] => {
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (isExported !== true) return [];
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.map((each) => ({
        name: each.name.getText(source),
        node: statement,
      }));
    }
    const named = statement as ts.Statement & { readonly name?: ts.Identifier };
    return [{ name: named.name?.text ?? 'default', node: statement }];
  });
}
