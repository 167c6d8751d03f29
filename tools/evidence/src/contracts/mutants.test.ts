import { describe, expect, test } from 'vitest';
import { markOf } from './mutant-marks.js';
import { type Mutant, listMutants, plantMutants } from './mutants.js';
import { reachedBy } from './reached-files.js';

const source = (body: string): string =>
  `pragma solidity 0.8.37;\n\ncontract A {\n    function f(uint256 a, uint256 b) external onlyRole(KEEPER) returns (uint256) {\n        ${body}\n    }\n}\n`;
const changesOf = (body: string): readonly string[] =>
  listMutants('A.sol', source(body))
    .filter(({ unit }) => unit.sort !== 'guard')
    .map(({ operator, after }) => `${operator}: ${after}`);
const planted = (body: string, isWanted: (mutant: Mutant) => boolean): string => {
  const text = source(body);
  const wanted = listMutants('A.sol', text).filter(isWanted);
  return plantMutants(text, wanted, (mutant) => wanted.indexOf(mutant) + 1);
};

describe('listMutants', () => {
  test('takes out a revert, and turns its comparison', () => {
    expect(changesOf('if (a < b) revert TooLow();')).toEqual(['comparison: a <= b', 'removed revert: false']);
  });

  test('makes a condition hold never and always', () => {
    expect(changesOf('if (a == b) return a;')).toEqual(['comparison: a != b', 'never: false', 'always: true']);
  });

  test('takes out a statement and changes its operators, figures and constants', () => {
    expect(changesOf('total = a * RATE + 2;')).toEqual([
      'arithmetic: total = a * RATE - 2',
      'arithmetic: total = a / RATE + 2',
      'plus one: total = a * RATE + 3',
      'constant: total = a * (RATE + 1) + 2',
      'removed statement: (removed)',
    ]);
  });

  test('exchanges neighbours among arguments, but none that may stand either way', () => {
    expect(changesOf('pay(a, b);')).toContain('swapped: pay(b, a)');
    expect(changesOf('uint256 c = _min(a, b);')).toEqual([]);
  });

  test('moves the bound of a loop and never turns it round', () => {
    expect(changesOf('for (uint256 i = 0; i < a; ++i) {}')).toEqual(['comparison: i <= a']);
    expect(changesOf('while (a < b) {}')).toEqual([]);
  });

  test('lets everybody pass a guard', () => {
    const guards = listMutants('A.sol', source('')).filter(({ unit }) => unit.sort === 'guard');
    expect(guards.map(({ operator, text }) => [operator, text])).toContainEqual(['removed modifier', 'msg.sender']);
  });

  test('changes assembly line by line', () => {
    expect(
      changesOf('assembly {\n            let c := add(a, 1)\n            if lt(a, b) { revert(0, 0) }\n        }'),
    ).toEqual(['removed statement: (removed)', 'yul: sub(a, 1)', 'plus one: add(a, 2)', 'boolean: iszero(lt(a, b))']);
  });

  test('leaves comments and messages alone', () => {
    expect(changesOf('// a < b\n        emit Paid("a < b");')).toEqual([]);
  });

  test('names a mutant by its surroundings, not by its line', () => {
    const [first] = listMutants('A.sol', source('total = a;'));
    const [moved] = listMutants('A.sol', `// more\n${source('total = a;')}`);
    expect(moved?.name).toBe(first?.name);
    expect(moved?.line).toBe((first?.line ?? 0) + 1);
  });
});

describe('plantMutants', () => {
  test('guards each change by its number, and imports what tells who is alive', () => {
    const text = planted('if (a < b) revert TooLow();', ({ unit }) => unit.sort === 'condition');
    expect(text).toContain('if (_mutant() == 1 ? (a <= b) : _mutant() == 2 ? (false) : (a < b)) revert TooLow();');
    expect(text).toContain('pragma solidity 0.8.37; import {_mutant} from "@surety/contracts/Mutant.sol";');
  });

  test('takes a statement out in one branch', () => {
    expect(planted('pay(a);', ({ unit }) => unit.sort === 'statement')).toContain(
      '{ if (_mutant() == 1) {  } else { pay(a); } }',
    );
  });

  test('returns what the living mutant returns', () => {
    expect(planted('return a + b;', ({ unit }) => unit.sort === 'return')).toContain(
      '{ if (_mutant() == 1) return a - b; return a + b; }',
    );
  });

  test('asks in assembly by a switch', () => {
    const text = planted('assembly {\n            c := add(a, b)\n        }', ({ unit }) => unit.sort === 'assembly');
    expect(text).toContain('switch coinbase() case 1 {  } case 2 { c := sub(a, b) } default { c := add(a, b) }');
  });
});

test('an error of the compiler belongs to the mutant before it', () => {
  const text = 'ä if (_mutant() == 7) return a; if (_mutant() == 8) return b;';
  const texts = new Map([['A.sol', text]]);
  const at = (words: string): { file: string; start: number } => ({
    file: 'A.sol',
    start: Buffer.from(text.slice(0, text.indexOf(words))).length,
  });
  expect(markOf({ formattedMessage: 'no such type', sourceLocation: at('return b') }, texts)).toBe(8);
  expect(markOf({ formattedMessage: 'no such type', sourceLocation: at('return a') }, texts)).toBe(7);
  const unset = 'can be returned without prior assignment';
  expect(markOf({ formattedMessage: unset, sourceLocation: at('if (_mutant() == 7') }, texts)).toBe(7);
  expect(markOf({ formattedMessage: 'x', sourceLocation: { file: 'B.sol', start: 0 } }, texts)).toBeUndefined();
  expect(markOf({ formattedMessage: 'x' }, texts)).toBeUndefined();
});

test('a file reaches what it imports and what it names as an artifact, and no more', () => {
  const files: Readonly<Record<string, string>> = {
    'test/A.t.sol': 'import {B} from "../solidity/B.sol"; import {X} from "@surety/contracts/ledger/X.sol";',
    'solidity/B.sol': 'bytes code = vm.getCode("C.sol:C");',
    'solidity/C.sol': 'import "./B.sol";',
    'solidity/ledger/X.sol': '',
    'solidity/D.sol': '',
  };
  const reached = reachedBy('test/A.t.sol', (file) => files[file], Object.keys(files));
  expect([...reached].sort()).toEqual(['solidity/B.sol', 'solidity/C.sol', 'solidity/ledger/X.sol', 'test/A.t.sol']);
});
