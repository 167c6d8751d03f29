import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareCodes } from './tidy/compare-codes.js';
import { findBannedNames } from './tidy/find-banned-names.js';
import { findBareDivisions } from './tidy/find-bare-divisions.js';
import { findBrokenLinks } from './tidy/find-broken-links.js';
import { RULED_AFTER, findCommitFaults } from './tidy/find-commit-faults.js';
import { findFindingFaults, listHistory } from './tidy/find-finding-faults.js';
import { findCutTests } from './tidy/find-cut-tests.js';
import { findForbiddenArrows, findKeyImports, type Manifest } from './tidy/find-forbidden-arrows.js';
import { findMissingPaths } from './tidy/find-missing-paths.js';
import { findMoneyNumbers } from './tidy/find-money-numbers.js';
import { findIdleReasons, findOversized } from './tidy/find-oversized.js';
import { findRoomArrows } from './tidy/find-room-arrows.js';
import { findSharedNames } from './tidy/find-shared-names.js';
import { findUndocumentedExports } from './tidy/find-undocumented-exports.js';
import { findUntestedErrors } from './tidy/find-untested-errors.js';
import { findUnusedGlossaryWords } from './tidy/find-unused-glossary-words.js';
import { findWorldAccess } from './tidy/find-world-access.js';
import { listRuledCommits } from './tidy/list-ruled-commits.js';
import { findLines, isProductCode, isTestCode, listRepositoryFiles, top } from './tidy/repository.js';

const files = listRepositoryFiles();
const code = files.filter(({ path }) => /\.(tsx?|mjs|cjs|js|sol)$/.test(path));
const product = code.filter(isProductCode);
const parsed = (path: string): unknown => JSON.parse(readFileSync(top + path, 'utf8'));

/** The places where a division of bigint names its rounding: amounts, and the exact numbers of the margin engine. */
const ARITHMETIC = new Set(['packages/domain/src/units.ts', 'packages/margin/src/number/division.ts']);

// The brackets keep these patterns from finding themselves.
const MACHINE_PATH = /(^|[\s"'`(=])\/(?:work|farm|root|Users|home\/\w+)\/[\w.]|\/tmp\/bash[_]jobs/;
const PRODUCTION_WORD =
  /\b(sub[a]gents?|L[L]M|language[ ]model|AI[- ](?:agent|assistant)|coding[ ]session|this[ ]session|the[ ]CEO)\b/;
const ESCAPE = /@ts-(?:ignore|nocheck|expect-error)|(?:es|ox)lint-[d]isable/;
const SKIPPED = /\b(?:it|test|describe|suite)\.(?:skip|only|todo)\b|\bx(?:it|describe)\(|\bvm\.skip\(/;
const SLEEP = /setTimeout\(\s*(?:r|res|resolve|done)\b|\bsleep\(\d/;
const TO_DO = /\b(?:TO[D]O|FI[X]ME|X[X]X)\b(?!.*#\d+)/;

/** The number in a file's name. */
const numberOf = (path: string): number => Number(/\/(\d+)-[^/]*$/.exec(path)?.[1]);

describe('every rule finds a planted offence', () => {
  const planted = (text: string, path = 'packages/domain/src/planted.ts') => ({ path, text });

  test('a division of bigint, branded or inferred, and only that', () => {
    const path = 'packages/domain/src/planted.ts';
    const text = [
      'declare const brand: unique symbol;',
      "type Wad = bigint & { readonly [brand]: 'Wad' };",
      'export const branded = (a: Wad, b: bigint) => a / b;',
      'export const inferred = (list: bigint[]) => list.reduce((a, b) => a + b) / 2n;',
      'export function assigned(a: bigint) { a /= 2n; return a; }',
      'export const counted = (a: number) => a / 2;',
    ].join('\n');
    expect(findBareDivisions([path], new Map([[path, text]]))).toEqual([
      `${path}:3 a / b divides a bigint`,
      `${path}:4 list.reduce((a, b) => a + b) / 2n divides a bigint`,
      `${path}:5 a /= 2n divides a bigint`,
    ]);
  });

  test('the clock, chance, the environment and timers, however they are spelled', () => {
    const text = "Date.now(); new Date(); Math.random(); process.env['X']; process['env']; setTimeout(run, 1);";
    expect(findWorldAccess(planted(text)).map((each) => each.split(' ').slice(1).join(' '))).toEqual([
      'Date.now',
      'new Date()',
      'Math.random',
      'process.env',
      'process.env',
      'setTimeout()',
    ]);
    expect(findWorldAccess(planted(text, 'apps/watcher/src/compose.ts'))).toEqual([]);
    expect(findWorldAccess(planted('new Date(readAtMs)'))).toEqual([]);
    const clock = "import { systemClock as time } from '@surety/process';";
    expect(findWorldAccess(planted(clock, 'packages/chain/src/planted.ts'))).toHaveLength(1);
    expect(findWorldAccess(planted(clock, 'apps/watcher/src/compose.ts'))).toEqual([]);
  });

  test('names that say nothing', () => {
    const text =
      'export function getPrice() {}\nexport const priceInfo = 1;\nexport interface IStore {}\nexport class RiskManager {}';
    expect(findBannedNames(planted(text, 'packages/domain/src/helpers/chainUtils.ts'))).toHaveLength(6);
    expect(findBannedNames(planted('export class RiskManager {}', 'packages/domain/src/risk-manager.ts'))).toEqual([]);
  });

  test('an export that a package gives to others without a docstring, or with an empty one', () => {
    const text = '/** Gives one. */\nexport const one = 1;\nexport const two = 2;\n/** */\nexport function three() {}';
    const manifest = planted('{ "exports": { ".": { "source": "./src/index.ts" } } }', 'packages/domain/package.json');
    const door = (line: string) => planted(line, 'packages/domain/src/index.ts');
    const found = (line: string) => findUndocumentedExports([manifest, door(line), planted(text)]);
    expect(found("export * from './planted.js';")).toEqual([
      'packages/domain/src/planted.ts:3 two has no docstring',
      'packages/domain/src/planted.ts:5 three has no docstring',
    ]);
    expect(found("export { one, three as four } from './planted.js';")).toEqual([
      'packages/domain/src/planted.ts:5 three has no docstring',
    ]);
    expect(found("export { one } from './planted.js';")).toEqual([]);
  });

  test('money typed number, but not a count', () => {
    const text = 'interface A { feeMax: number; amount?: number | undefined; capacity: number; priceWad: bigint }';
    expect(findMoneyNumbers(planted(text))).toHaveLength(2);
  });

  test('a finding with a commit, a test or a number that is none', () => {
    const page = planted('| 1 | x | `0a0a0a0a` | `a.ts`: “holds” |\n| 3 | x | `0b0b0b0b` | `a.ts`: “gone” |');
    const found = (history?: string[]) => findFindingFaults(page, [planted('holds', 'a.ts')], history).length;
    expect([found(['0a0a0a0a11']), found()]).toEqual([3, 2]);
  });

  test('a file, a function and a README that are too long', () => {
    const body = (count: number) => '        x += 1;\n'.repeat(count);
    const contract = `contract A {\n    function f() external {\n${body(69)}    }\n    function g() external;\n}`;
    expect(findOversized(planted(contract, 'packages/contracts/solidity/A.sol'))).toEqual([
      'packages/contracts/solidity/A.sol:2 f has 71 lines',
    ]);
    expect(findOversized(planted('x\n'.repeat(400)))).toEqual([]);
    expect(findOversized(planted('x\n'.repeat(401)))).toHaveLength(1);
    const long = 'packages/workflows/src/intake/intake.ts';
    expect(findOversized(planted('x\n'.repeat(700), long))).toEqual([]);
    expect(findOversized(planted('x\n'.repeat(701), long))).toEqual([`${long}:1 701 lines`]);
    expect(findOversized(planted('x\n'.repeat(400), long))).toEqual([`${long}:1 400 lines need no reason`]);
    expect(findIdleReasons([])).toContain(long);
    expect(findOversized(planted('x\n'.repeat(41), 'packages/domain/README.md'))).toHaveLength(1);
  });

  test('a name that two packages export', () => {
    const [one, other] = ['packages/domain/src/a.ts', 'apps/watcher/src/b.ts'];
    const twice = [planted('export type Twin = 1;', one), planted('export const Twin = 1;', other)];
    expect(findSharedNames(twice)).toEqual([`${one}:1, ${other}:1 Twin`]);
    expect(findSharedNames([planted('export type A = 1;', one), planted('const A = 1;', other)])).toEqual([]);
  });

  test('an error that no test names', () => {
    const errors = planted("export type Code = 'TOO_LOW' | 'TOO_HIGH';", 'packages/domain/src/errors.ts');
    const solidity = planted('contract A {\n    error Late(uint256 at);\n}', 'packages/contracts/solidity/A.sol');
    const suite = planted("expect(code).toBe('TOO_LOW')", 'packages/domain/src/units.test.ts');
    expect(findUntestedErrors([errors, solidity, suite])).toEqual([
      'packages/domain/src/errors.ts:1 TOO_HIGH',
      'packages/contracts/solidity/A.sol:2 Late',
    ]);
  });

  test('a code without a row, and a row without a code', () => {
    const source = planted(
      "type AErrorCode = 'TOO_LOW';\nconst code = late ? 'LATE_NOW' : 'OTHER';\nthrow { code: 'TOO_HIGH', by: 'NOBODY' };",
      'packages/domain/src/a.ts',
    );
    const page = planted('| `TOO_LOW` | … |\n| `OTHER` | … |\n| `OTHER` | … |\n| `GONE` | … |', 'docs/ERRORS.md');
    expect(compareCodes([source], page)).toEqual([
      'packages/domain/src/a.ts:2 LATE_NOW has no row in docs/ERRORS.md',
      'packages/domain/src/a.ts:3 TOO_HIGH has no row in docs/ERRORS.md',
      'docs/ERRORS.md GONE is given by nothing',
      'docs/ERRORS.md OTHER has two rows',
    ]);
  });

  test('a refused constructor that ends its test', () => {
    const contract = planted('contract A {}', 'packages/contracts/solidity/vault/A.sol');
    const body =
      'vm.expectRevert(\n  abi.encode(1)\n);\nnew A(1);\nvm.expectRevert();\nnew B();\n_expect(x);\nthis.build("A");';
    expect(findCutTests([contract, planted(body, 'packages/contracts/test/A.t.sol')])).toEqual([
      'packages/contracts/test/A.t.sol:4 new A ends the test',
    ]);
  });

  test('a glossary word that no code says', () => {
    const glossary = planted(
      '| word | meaning |\n| --- | --- |\n| head | the last link |\n| margin balance | worth |\n| gizmo | nothing |',
      'docs/GLOSSARY.md',
    );
    expect(findUnusedGlossaryWords(glossary, [planted('const headHash = marginBalance;')])).toEqual([
      'docs/GLOSSARY.md:5 gizmo',
    ]);
  });

  test('a link that leads nowhere', () => {
    const pages = [
      planted('# One\n[a](two.md#a-word-of-it) [b](../src/b.ts) [c](https://x.example/y)', 'docs/one.md'),
      planted('## A word `of` it\n[a](#a-word-of-it) [b](gone.md)\n[c](one.md#two)', 'docs/two.md'),
    ];
    const exists = (path: string): boolean => ['docs/one.md', 'docs/two.md', 'src/b.ts'].includes(path);
    expect(findBrokenLinks(pages, exists)).toEqual(['docs/two.md:2 gone.md', 'docs/two.md:3 one.md#two']);
  });

  test('a commit that is too long, says no act, ends with a period or gives no reason', () => {
    const commit = (subject: string, body = 'Because.') => ({ hash: '0123456789abcdef', subject, body });
    const faults = (subject: string, body?: string) => findCommitFaults([commit(subject, body)]);
    expect(faults(`docs: say ${'x'.repeat(63)}`)).toHaveLength(1);
    for (const subject of ['three more reasons', 'The number of tests', 'docs: the number of tests', 'docs']) {
      expect(faults(subject)).toEqual([`01234567 "${subject}" is no "area: do what" and no capitalised verb phrase`]);
    }
    expect(faults('docs: say why.')).toEqual(['01234567 "docs: say why." ends with a period']);
    expect(faults('docs: say why', ' ')).toHaveLength(1);
    for (const subject of [
      `docs: say ${'x'.repeat(62)}`,
      'workflows, operator: name it',
      'Give every program one clock',
    ]) {
      expect(faults(subject)).toEqual([]);
    }
  });

  test('a path that is not there, unless it is built', () => {
    const text = 'See `packages/a/b.ts`, `test/C.sol`,\n`tools/gone.mjs`, `apps/a/dist/main.js` and `apps/*/src`.';
    const exists = (path: string): boolean => ['packages/a/b.ts', 'packages/contracts/test/C.sol'].includes(path);
    expect(findMissingPaths([planted(text, 'docs/one.md')], exists)).toEqual(['docs/one.md:2 tools/gone.mjs']);
  });

  test('an arrow that points up, sideways or to a key', () => {
    const manifest = (name: string, target: string): Manifest => ({
      name: `@surety/${name}`,
      dependencies: { [`@surety/${target}`]: '0.1.0' },
    });
    expect(
      findForbiddenArrows([
        manifest('domain', 'chain'),
        manifest('prices', 'chain'),
        manifest('relayer', 'attestation'),
      ]),
    ).toHaveLength(3);
    expect(findForbiddenArrows([manifest('watcher', 'attestation'), manifest('chain', 'workflows')])).toEqual([]);
  });

  test('an import of private keys by a process that only recovers signers', () => {
    // Joined, so that this file is no finding of its own.
    const importOf = (door: string): string => ["import { x } from '@surety", `${door}';`].join('/');
    const path = 'apps/aggregator/src/planted.ts';
    expect(findKeyImports([planted(importOf('keys'), path)])).toEqual([`${path}:1 ${importOf('keys')}`]);
    expect(findKeyImports([planted(importOf('keys/recovery'), path)])).toEqual([]);
    expect(findKeyImports([planted(importOf('keys'), 'packages/attestation/src/planted.ts')])).toEqual([]);
  });

  test('a port that imports a room above it, for a type too, and a room that the table forgot', () => {
    const text = "import type {\n  A,\n} from '../attest/a.js';\nimport type { B } from './b.js';";
    expect(findRoomArrows(planted(text, 'packages/workflows/src/ports/planted.ts'))).toEqual([
      'packages/workflows/src/ports/planted.ts:3 ports imports attest; allowed are none',
    ]);
    expect(findRoomArrows(planted(text, 'packages/workflows/src/attest/planted.ts'))).toEqual([]);
    expect(findRoomArrows(planted(text, 'packages/workflows/src/ports/planted.test.ts'))).toEqual([]);
    expect(findRoomArrows(planted('', 'packages/workflows/src/cellar/planted.ts'))).toHaveLength(1);
  });

  test('paths of one machine, to-dos, escapes, skipped tests and sleeps', () => {
    // Joined here, so that this file is no finding of its own.
    const joined = (...parts: string[]) => parts.join('');
    expect(MACHINE_PATH.test(joined('see /wo', 'rk/x'))).toBe(true);
    expect(MACHINE_PATH.test(joined('"/Us', 'ers/ann/x"'))).toBe(true);
    expect(MACHINE_PATH.test('https://example.org/work/x')).toBe(false);
    expect(TO_DO.test(joined('// TO', 'DO later'))).toBe(true);
    expect(TO_DO.test(joined('// TO', 'DO #12 later'))).toBe(false);
    expect(ESCAPE.test(joined('// ox', 'lint-disable-next-line'))).toBe(true);
    expect(SKIPPED.test(joined('test', '.only('))).toBe(true);
    expect(SLEEP.test(joined('set', 'Timeout(resolve, 5)'))).toBe(true);
    expect(PRODUCTION_WORD.test(joined('this', ' session'))).toBe(true);
  });
});

describe('the repository', () => {
  test('divides bigint only where the rounding is named', () => {
    const paths = product.map(({ path }) => path).filter((path) => !ARITHMETIC.has(path));
    expect(findBareDivisions(paths)).toEqual([]);
  });

  test('takes time, chance, environment and timers from ports', () => {
    expect(product.flatMap(findWorldAccess)).toEqual([]);
  });

  test('has names that say something', () => {
    expect(files.filter(({ path }) => !path.startsWith('test/src/tidy/')).flatMap(findBannedNames)).toEqual([]);
  });

  test('documents every export that a package gives to others', () => {
    expect(findUndocumentedExports(files)).toEqual([]);
  });

  test('types no money as number in the pure packages', () => {
    expect(
      product.filter(({ path }) => /^packages\/(domain|margin|margin-venues)\//.test(path)).flatMap(findMoneyNumbers),
    ).toEqual([]);
  });

  test('keeps files, functions and READMEs short', () => {
    expect(files.flatMap(findOversized)).toEqual([]);
    expect(findIdleReasons(files)).toEqual([]);
  });

  test('exports each name from one package alone', () => {
    expect(findSharedNames(files)).toEqual([]);
  });

  test('has a README for every package and app', () => {
    const paths = new Set(files.map(({ path }) => path));
    const rooms = [...paths]
      .filter((path) => /^(packages|apps)\/[^/]+\/package\.json$/.test(path))
      .map((path) => path.replace('package.json', 'README.md'));
    expect(rooms.filter((path) => !paths.has(path))).toEqual([]);
  });

  test('provokes every error code and custom error in a test', () => {
    expect(findUntestedErrors(files)).toEqual([]);
  });

  test('names a commit and a test that exist for each finding of users', () => {
    const pages = files.filter(({ path }) => path === 'docs/FINDINGS-OF-USERS.md');
    expect(pages.map((page) => findFindingFaults(page, files, listHistory()))).toEqual([[]]);
  });

  test('explains every code, and no other, in docs/ERRORS.md', () => {
    const page = files.find(({ path }) => path === 'docs/ERRORS.md');
    expect(page && compareCodes(files, page)).toEqual([]);
  });

  test('expects no refusal of a constructor where that ends the test', () => {
    expect(findCutTests(files)).toEqual([]);
  });

  test('links in Markdown lead somewhere', () => {
    expect(findBrokenLinks(files, (path) => existsSync(top + path))).toEqual([]);
  });

  test('names in Markdown only paths that exist', () => {
    expect(findMissingPaths(files, (path) => existsSync(top + path))).toEqual([]);
  });

  test.each([
    ['README.md', 'ReadMargin', 'packages/contracts/test/risk/ReadMargin.t.sol', 'marginOf'],
    ['docs/INTEGRATE.md', 'FirstProtocol', 'packages/contracts/test/protocols/FirstProtocol.t.sol', 'gate'],
  ])('shows in %s the contract %s that is tested', (document, name, source, asked) => {
    const contractOf = (path: string): string | undefined =>
      new RegExp(`contract ${name} .*?\\n\\}\\n`, 's')
        .exec(files.find((file) => file.path === path)?.text ?? '')?.[0]
        .replace(/[\s,]+/g, ' ');
    const tested = contractOf(source);
    expect(tested).toContain(asked);
    expect(contractOf(document)).toBe(tested);
  });

  test('says every glossary word in code', () => {
    const glossary = files.find(({ path }) => path === 'docs/GLOSSARY.md');
    expect(glossary, 'docs/GLOSSARY.md is missing').toBeDefined();
    expect(glossary && findUnusedGlossaryWords(glossary, code)).toEqual([]);
  });

  test('gives every decision and runbook a number of its own, and its heading the same', () => {
    const numbered = files.filter(({ path }) => /^docs\/(decisions|RUNBOOKS)\/\d/.test(path));
    const numbers = numbered.map(({ path }) => path.replace(/-[^/]*$/, ''));
    expect(numbers.filter((one, at) => numbers.indexOf(one) !== at)).toEqual([]);
    const named = numbered.filter(({ path, text }) => Number(/^# (\d+)\./.exec(text)?.[1]) !== numberOf(path));
    expect(named.map(({ path }) => path)).toEqual([]);
  });

  test('draws no arrow outside the table of floors', () => {
    const manifests = files
      .filter(({ path }) => /^((packages|apps)\/[^/]+|test)\/package\.json$/.test(path))
      .map(({ path }) => parsed(path) as Manifest);
    expect(manifests.length).toBeGreaterThan(15);
    expect(findForbiddenArrows(manifests)).toEqual([]);
    expect(findKeyImports(code)).toEqual([]);
  });

  test('draws no arrow up between the rooms of workflows', () => {
    expect(files.flatMap(findRoomArrows)).toEqual([]);
  });

  test('decides by name about every package with an install script', () => {
    const { packages } = parsed('package-lock.json') as {
      packages: Record<string, { hasInstallScript?: boolean }>;
    };
    const scripted = Object.entries(packages)
      .filter(([path, { hasInstallScript }]) => path !== '' && hasInstallScript === true)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
    const { allowScripts } = parsed('package.json') as { allowScripts: Record<string, boolean> };
    expect(Object.keys(allowScripts).toSorted()).toEqual([...new Set(scripted)].toSorted());
  });

  test('says in each commit what it does and why', () => {
    const commits = listRuledCommits(RULED_AFTER);
    if (commits === undefined) process.stdout.write(`commits not looked at: ${RULED_AFTER} is not behind HEAD here\n`);
    expect(findCommitFaults(commits ?? [])).toEqual([]);
  });

  test('names no path of one machine and not how it is made', () => {
    expect(findLines(files, MACHINE_PATH)).toEqual([]);
    expect(findLines(files, PRODUCTION_WORD)).toEqual([]);
  });

  test('leaves no to-do without an issue and silences no compiler and no linter', () => {
    expect(findLines(code, TO_DO)).toEqual([]);
    expect(findLines(code, ESCAPE)).toEqual([]);
  });

  test('skips no test and sleeps in none', () => {
    const tests = code.filter(isTestCode);
    expect(findLines(tests, SKIPPED)).toEqual([]);
    expect(findLines(tests, SLEEP)).toEqual([]);
  });
});
