import ts from 'typescript';
import { parseSource, report, walk } from './parse-source.js';
import type { Finding, RepositoryFile } from './repository.js';

const MONEY = new Set([
  'amount',
  'amounts',
  'units',
  'wad',
  'price',
  'prices',
  'cap',
  'caps',
  'fee',
  'fees',
  'balance',
  'balances',
  'margin',
  'debt',
  'collateral',
]);

const wordsOf = (name: string) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(' ');

/** True if a written type is `number` or has it as an alternative. */
function saysNumber(type: ts.TypeNode | undefined): boolean {
  if (type === undefined) return false;
  if (ts.isUnionTypeNode(type)) return type.types.some(saysNumber);
  return type.kind === ts.SyntaxKind.NumberKeyword;
}

/** Every property or parameter named like money and typed `number`: floats lose money without a sound. */
export function findMoneyNumbers(file: RepositoryFile): readonly Finding[] {
  const source = parseSource(file);
  return [...walk(source)].flatMap((node) => {
    if (!ts.isPropertySignature(node) && !ts.isPropertyDeclaration(node) && !ts.isParameter(node)) return [];
    const name = node.name.getText(source);
    return saysNumber(node.type) && wordsOf(name).some((word) => MONEY.has(word))
      ? [report(source, node, `${name} is money and typed number`)]
      : [];
  });
}
