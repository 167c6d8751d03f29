import ts from 'typescript';
import { report, walk } from './parse-source.js';
import { type Finding, top } from './repository.js';

const DIVISIONS = new Set([ts.SyntaxKind.SlashToken, ts.SyntaxKind.SlashEqualsToken]);

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  customConditions: ['source'],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  experimentalDecorators: true,
  types: [],
};

/** True if a value of this type may be a bigint, branded ones included. */
function mayBeBigint(type: ts.Type): boolean {
  if (type.isUnionOrIntersection()) return type.types.some(mayBeBigint);
  return (type.flags & ts.TypeFlags.BigIntLike) !== 0;
}

/**
 * Every `/` whose operands may be bigint: such a division drops its remainder without saying which way it rounds.
 * Types come from the compiler, so brands and inferred values are seen. Paths are relative to the repository's top;
 * `overlay` gives a file's text without it being on disk.
 */
export function findBareDivisions(
  paths: readonly string[],
  overlay: ReadonlyMap<string, string> = new Map(),
): readonly Finding[] {
  const host = ts.createCompilerHost(OPTIONS);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  const overlaid = (file: string) => overlay.get(file.slice(top.length));
  host.readFile = (file) => overlaid(file) ?? readFile(file);
  host.fileExists = (file) => overlaid(file) !== undefined || fileExists(file);
  const program = ts.createProgram({ rootNames: paths.map((path) => top + path), options: OPTIONS, host });
  const checker = program.getTypeChecker();
  return paths.flatMap((path) => {
    const source = program.getSourceFile(top + path);
    if (!source) return [`${path}:1 the compiler did not read this file`];
    return [...walk(source)].flatMap((node) => {
      if (!ts.isBinaryExpression(node) || !DIVISIONS.has(node.operatorToken.kind)) return [];
      const operands = [node.left, node.right].map((each) => checker.getTypeAtLocation(each));
      return operands.some(mayBeBigint) ? [report(source, node, `${node.getText(source)} divides a bigint`, path)] : [];
    });
  });
}
