// The places of a TypeScript source where one rule can be changed, and the text after the change. Types, imports, messages of
// errors and names are left alone: a change there says nothing about margin.
import { createHash } from 'node:crypto';
import ts from 'typescript';

/** One change of one rule. */
export interface Mutant {
  /** First digits of a hash of file, line and change: it stays when other lines move. */
  readonly name: string;
  /** The path that was given. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The kind of the change. */
  readonly operator: string;
  /** The line that holds the place, trimmed. */
  readonly before: string;
  readonly from: string;
  /** The text that stands there instead. */
  readonly to: string;
  readonly start: number;
  /** Behind the last character. */
  readonly end: number;
}

/** Takes one place that can be changed. */
type Add = (operator: string, node: ts.Node, to: string) => void;

const kinds = ts.SyntaxKind;
/** Binary operators and what stands there instead; a comparison moves its boundary and is turned round. */
const binary = new Map<ts.SyntaxKind, readonly (readonly [operator: string, to: string])[]>([
  [kinds.PlusToken, [['arithmetic', '-']]],
  [kinds.MinusToken, [['arithmetic', '+']]],
  [kinds.AsteriskToken, [['arithmetic', '+']]],
  [kinds.SlashToken, [['arithmetic', '*']]],
  [kinds.PercentToken, [['arithmetic', '*']]],
  [kinds.LessThanLessThanToken, [['arithmetic', '>>']]],
  [kinds.GreaterThanGreaterThanToken, [['arithmetic', '<<']]],
  [kinds.PlusEqualsToken, [['arithmetic', '-=']]],
  [kinds.MinusEqualsToken, [['arithmetic', '+=']]],
  [kinds.AsteriskEqualsToken, [['arithmetic', '+=']]],
  [kinds.LessThanToken, moved('<=', '>=')],
  [kinds.LessThanEqualsToken, moved('<', '>')],
  [kinds.GreaterThanToken, moved('>=', '<=')],
  [kinds.GreaterThanEqualsToken, moved('>', '<')],
  [kinds.EqualsEqualsEqualsToken, [['condition', '!==']]],
  [kinds.ExclamationEqualsEqualsToken, [['condition', '===']]],
  [kinds.AmpersandAmpersandToken, [['logic', '||']]],
  [kinds.BarBarToken, [['logic', '&&']]],
]);

function moved(boundary: string, turned: string): readonly (readonly [operator: string, to: string])[] {
  return [
    ['boundary', boundary],
    ['condition', turned],
  ];
}
/** Names and words that say where a quotient goes. */
const rounding = new Map([
  ['mulDivDown', 'mulDivUp'],
  ['mulDivUp', 'mulDivDown'],
  ['productDown', 'productUp'],
  ['productUp', 'productDown'],
  ["'floor'", "'ceil'"],
  ["'ceil'", "'floor'"],
  ["'truncate'", "'ceil'"],
  ["'halfUp'", "'floor'"],
]);
/** Calls whose arguments are words for people. */
const messages = new Set(['marginError', 'refuse', 'requireConsistent']);

/** Returns the changes that can be made to a source, in the order of their places. */
export function listMutants(file: string, text: string): readonly Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lines = text.split('\n');
  const found: Mutant[] = [];
  const twins = new Map<string, number>();
  const add: Add = (operator, node, to) => {
    const [start, end] = [node.getStart(source), node.getEnd()];
    const from = text.slice(start, end);
    if (from === to) return;
    const { line } = source.getLineAndCharacterOfPosition(start);
    const before = lines[line]?.trim() ?? '';
    const key = [file, operator, before, from, to].join('\n');
    const twin = (twins.get(key) ?? 0) + 1;
    twins.set(key, twin);
    const name = createHash('sha256').update(`${key}\n${twin}`).digest('hex').slice(0, 10);
    found.push({ name, file, line: line + 1, operator, before, from, to, start, end });
  };
  visit(source, add, source);
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Returns a source with one change made. */
export function applyMutant(text: string, { start, end, to }: Pick<Mutant, 'start' | 'end' | 'to'>): string {
  return text.slice(0, start) + to + text.slice(end);
}

function visit(node: ts.Node, add: Add, source: ts.SourceFile): void {
  if (isLeftAlone(node)) return;
  mutateOne(node, add, source);
  ts.forEachChild(node, (child) => visit(child, add, source));
}

function isLeftAlone(node: ts.Node): boolean {
  if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return true;
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return false;
  return messages.has(node.expression.getText());
}

function mutateOne(node: ts.Node, add: Add, source: ts.SourceFile): void {
  if (ts.isBinaryExpression(node))
    for (const [operator, to] of binary.get(node.operatorToken.kind) ?? []) add(operator, node.operatorToken, to);
  if (ts.isBigIntLiteral(node)) add('constant', node, `${BigInt(node.text.slice(0, -1)) + 1n}n`);
  if (ts.isNumericLiteral(node)) add('constant', node, String(Number(node.text.replaceAll('_', '')) + 1));
  if (node.kind === kinds.TrueKeyword) add('constant', node, 'false');
  if (node.kind === kinds.FalseKeyword) add('constant', node, 'true');
  if (ts.isPrefixUnaryExpression(node) && [kinds.MinusToken, kinds.ExclamationToken].includes(node.operator))
    add('sign', node, node.operand.getText(source));
  const isName =
    ts.isIdentifier(node) && !ts.isFunctionDeclaration(node.parent) && !ts.isPropertyAccessExpression(node.parent);
  const rounded = isName || ts.isStringLiteral(node) ? rounding.get(node.getText(source)) : undefined;
  if (rounded !== undefined) add('rounding', node, rounded);
  if (ts.isIfStatement(node)) {
    add('condition', node.expression, `!(${node.expression.getText(source)})`);
    if (node.elseStatement === undefined) add('statement', node, ';');
  }
  if (ts.isConditionalExpression(node)) add('condition', node.condition, `!(${node.condition.getText(source)})`);
  if (ts.isExpressionStatement(node)) add('statement', node, ';');
}
