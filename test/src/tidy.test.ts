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
import { findUnrunCommands } from './tidy/find-unrun-commands.js';
import { findUntestedErrors } from './tidy/find-untested-errors.js';
import { findUnusedGlossaryWords } from './tidy/find-unused-glossary-words.js';
import { findWorldAccess } from './tidy/find-world-access.js';
import { listRuledCommits } from './tidy/list-ruled-commits.js';
import { findLines, isProductCode, isTestCode, listRepositoryFiles, top } from './tidy/repository.js';
import { ANNOUNCED, ESCAPE, MACHINE_PATH, PRODUCTION_WORD, SKIPPED, SLEEP, TO_DO } from './tidy/patterns.js';

const files = listRepositoryFiles();
const code = files.filter(({ path }) => /\.(tsx?|mjs|cjs|js|sol)$/.test(path));
const product = code.filter(isProductCode);
const parsed = (path: string): unknown => JSON.parse(readFileSync(top + path, 'utf8'));

/** The places where a division of bigint names its rounding: amounts, and the exact numbers of the margin engine. */
const ARITHMETIC = new Set(['packages/domain/src/units.ts', 'packages/margin/src/number/division.ts']);

/** The number in a file's name. */
const numberOf = (path: string): number => Number(/\/(\d+)-[^/]*$/.exec(path)?.[1]);

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

  test('names in docstrings what a thing is, and announces none', () => {
    const contracts = files.filter(({ path }) =>
      /^(?:packages\/contracts|examples\/[^/]+)\/solidity\/.*\.sol$/.test(path),
    );
    expect(findLines([...product, ...contracts], ANNOUNCED)).toEqual([]);
  });

  test('runs every command that a runbook prints', () => {
    expect(findUnrunCommands(files)).toEqual([]);
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
    ['docs/INTEGRATE.md', 'PaidProtocol', 'packages/contracts/test/protocols/PaidProtocol.t.sol', 'gate'],
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
