import ts from 'typescript';
import { parseSource, report, walk } from './parse-source.js';
import { type Finding, isTestCode, type RepositoryFile } from './repository.js';

const CODE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;
/** Reasons have a table of their own beside them; the devnet is run by tests and the demo alone. */
const ELSEWHERE = /^packages\/(?:domain\/src\/explain|devnet|contracts\/src\/generated)\//;

/** What declares or gives codes: a type named …ErrorCode or …RefusalCode, a list named CODES or …ERROR_CODES, a member or a name `code`. */
function givesCodes(node: ts.Node): ts.Node | undefined {
  if (ts.isTypeAliasDeclaration(node)) return /(?:Error|Refusal)Code$/.test(node.name.text) ? node.type : undefined;
  if (!ts.isPropertyAssignment(node) && !ts.isVariableDeclaration(node)) return undefined;
  const name = node.name.getText();
  return name === 'code' || /^(?:[A-Z_]*ERROR_)?CODES$/.test(name) ? node.initializer : undefined;
}

function listCodes(file: RepositoryFile): readonly { readonly code: string; readonly at: Finding }[] {
  const source = parseSource(file);
  return [...walk(source)].flatMap((node) => {
    const given = givesCodes(node);
    if (given === undefined) return [];
    return [...walk(given)].flatMap((each) =>
      ts.isStringLiteral(each) && each.text.length > 3 && CODE.test(each.text)
        ? [{ code: each.text, at: report(source, each, each.text) }]
        : [],
    );
  });
}

/** Compares the codes that programs give with the rows of a page: each has one row, and no row stands for nothing. */
export function compareCodes(files: readonly RepositoryFile[], page: RepositoryFile): readonly Finding[] {
  const given = files
    .filter((file) => /^(?:packages|apps)\/[^/]+\/src\/.*\.ts$/.test(file.path))
    .filter((file) => !isTestCode(file) && !ELSEWHERE.test(file.path))
    .flatMap(listCodes);
  const rows = [...page.text.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, code = '']) => code);
  const known = new Set(given.map(({ code }) => code));
  return [
    ...given.filter(({ code }) => !rows.includes(code)).map(({ at }) => `${at} has no row in ${page.path}`),
    ...rows.filter((code) => !known.has(code)).map((code) => `${page.path} ${code} is given by nothing`),
    ...rows.filter((code, at) => rows.indexOf(code) !== at).map((code) => `${page.path} ${code} has two rows`),
  ];
}
