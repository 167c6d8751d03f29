import { describe, expect, test } from 'vitest';
import { compareCodes } from './tidy/compare-codes.js';
import { findBannedNames } from './tidy/find-banned-names.js';
import { findBareDivisions } from './tidy/find-bare-divisions.js';
import { findBrokenLinks } from './tidy/find-broken-links.js';
import { findCommitFaults } from './tidy/find-commit-faults.js';
import { findFindingFaults } from './tidy/find-finding-faults.js';
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
import { ANNOUNCED, ESCAPE, MACHINE_PATH, PRODUCTION_WORD, SKIPPED, SLEEP, TO_DO } from './tidy/patterns.js';

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
    const client = 'createPublicClient({ transport }); createPublicClient({ transport, ccipRead: false });';
    expect(findWorldAccess(planted(client))).toEqual([
      'packages/domain/src/planted.ts:1 createPublicClient() with ccipRead',
    ]);
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

  test('a command of a runbook that no test runs', () => {
    const page = planted('Do `npx surety mend <name>`:\n   npx surety look', 'docs/RUNBOOKS/01-x.md');
    const suite = planted("fromRunbook('01', 'npx surety look')", 'test/src/e2e/planted.test.ts');
    expect(findUnrunCommands([page, suite])).toEqual(['docs/RUNBOOKS/01-x.md:1 npx surety mend <name>']);
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
    expect(ANNOUNCED.test('  /** What it does. */')).toBe(true);
    expect(ANNOUNCED.test('    /// @dev How it is done.')).toBe(true);
    expect(SKIPPED.test(joined('test', '.only('))).toBe(true);
    expect(SLEEP.test(joined('set', 'Timeout(resolve, 5)'))).toBe(true);
    expect(PRODUCTION_WORD.test(joined('this', ' session'))).toBe(true);
  });
});
