// The places of a TypeScript source where one rule can be changed, and the text after the change. Types, imports, messages of
// errors and names are left alone: a change there says nothing about margin.
import { createHash } from 'node:crypto';
import ts from 'typescript';

/**
 * @typedef {object} Mutant
 * @property {string} name first digits of a hash of file, line and change: it stays when other lines move
 * @property {string} file path that was given
 * @property {number} line from 1
 * @property {string} operator kind of the change
 * @property {string} before the line that holds the place, trimmed
 * @property {string} from the text that is replaced
 * @property {string} to the text that stands there instead
 * @property {number} start first character
 * @property {number} end character behind the last
 */

const kinds = ts.SyntaxKind;
/** Binary operators and what stands there instead; a comparison moves its boundary and is turned round. */
const binary = new Map([
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
  [
    kinds.LessThanToken,
    [
      ['boundary', '<='],
      ['condition', '>='],
    ],
  ],
  [
    kinds.LessThanEqualsToken,
    [
      ['boundary', '<'],
      ['condition', '>'],
    ],
  ],
  [
    kinds.GreaterThanToken,
    [
      ['boundary', '>='],
      ['condition', '<='],
    ],
  ],
  [
    kinds.GreaterThanEqualsToken,
    [
      ['boundary', '>'],
      ['condition', '<'],
    ],
  ],
  [kinds.EqualsEqualsEqualsToken, [['condition', '!==']]],
  [kinds.ExclamationEqualsEqualsToken, [['condition', '===']]],
  [kinds.AmpersandAmpersandToken, [['logic', '||']]],
  [kinds.BarBarToken, [['logic', '&&']]],
]);
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

/** Gives the changes that can be made to a source, in the order of their places. @returns {Mutant[]} */
export function listMutants(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const twins = new Map();
  const add = (operator, node, to) => {
    const [start, end] = [node.getStart(source), node.getEnd()];
    const from = text.slice(start, end);
    if (from === to) return;
    const { line } = source.getLineAndCharacterOfPosition(start);
    const before = text.split('\n', line + 1)[line].trim();
    const key = [file, operator, before, from, to].join('\n');
    const twin = (twins.get(key) ?? 0) + 1;
    twins.set(key, twin);
    const name = createHash('sha256').update(`${key}\n${twin}`).digest('hex').slice(0, 10);
    found.push({ name, file, line: line + 1, operator, before, from, to, start, end });
  };
  visit(source, add, source);
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Gives a source with one change made. */
export function applyMutant(text, { start, end, to }) {
  return text.slice(0, start) + to + text.slice(end);
}

function visit(node, add, source) {
  if (isLeftAlone(node)) return;
  mutateOne(node, add, source);
  ts.forEachChild(node, (child) => visit(child, add, source));
}

function isLeftAlone(node) {
  if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return true;
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return false;
  return messages.has(node.expression.getText());
}

function mutateOne(node, add, source) {
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
  if ((isName || ts.isStringLiteral(node)) && rounding.has(node.getText(source)))
    add('rounding', node, rounding.get(node.getText(source)));
  if (ts.isIfStatement(node)) {
    add('condition', node.expression, `!(${node.expression.getText(source)})`);
    if (node.elseStatement === undefined) add('statement', node, ';');
  }
  if (ts.isConditionalExpression(node)) add('condition', node.condition, `!(${node.condition.getText(source)})`);
  if (ts.isExpressionStatement(node)) add('statement', node, ';');
}
