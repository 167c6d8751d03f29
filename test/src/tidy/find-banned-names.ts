import ts from 'typescript';
import { listExports, parseSource, report } from './parse-source.js';
import type { Finding, RepositoryFile } from './repository.js';

const BANNED = new Set([
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'shared',
  'misc',
  'manager',
  'managers',
  'data',
  'info',
]);
const BANNED_VERBS = new Set(['get', 'handle', 'process']);
/** The field's own words, which stay. */
const FIELD_WORDS = /risk-?manager|typed-?data/gi;

/** The words of a camel-case, kebab-case or upper-case name, in lower case. */
function splitWords(name: string): readonly string[] {
  return name
    .replace(FIELD_WORDS, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.toLowerCase())
    .filter((word) => word !== '');
}

/** File, folder and export names that say nothing, verbs that hide their cost, and the `I` prefix in TypeScript. */
export function findBannedNames(file: RepositoryFile): readonly Finding[] {
  const segments = file.path.split('/');
  const inPath = segments
    .flatMap((segment) => splitWords(segment.replace(/\..*$/, '')))
    .filter((word) => BANNED.has(word));
  const findings = inPath.map((word) => `${file.path}:1 the path says "${word}"`);
  if (!/\.tsx?$/.test(file.path)) return findings;
  const fileName = segments.at(-1) ?? '';
  if (!/^[a-z0-9]+(-[a-z0-9]+)*((\.[a-z0-9-]+)?\.(test|bench)|\.config)?\.tsx?$/.test(fileName))
    findings.push(`${file.path}:1 the file's name is not kebab-case`);
  const source = parseSource(file);
  for (const { name, node } of listExports(source)) {
    const words = splitWords(name);
    const word = words.find((each) => BANNED.has(each));
    if (word !== undefined) findings.push(report(source, node, `${name} says "${word}"`));
    const isCallable = ts.isFunctionDeclaration(node) || ts.isVariableStatement(node);
    if (isCallable && words[0] !== undefined && words.length > 1 && BANNED_VERBS.has(words[0])) {
      findings.push(report(source, node, `${name} starts with "${words[0]}"`));
    }
    if (ts.isInterfaceDeclaration(node) && /^I[A-Z][a-z]/.test(name))
      findings.push(report(source, node, `${name} has the I prefix`));
  }
  return findings;
}
