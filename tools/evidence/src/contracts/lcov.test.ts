import { expect, test } from 'vitest';
import { argue, readLcov } from './lcov.js';

const source = 'contract A {\n    x = 1;\n    if (x > 0) pay();\n    x = 1;\n}\n';
const lcov = [
  'SF:/room/test/A.t.sol\nDA:1,1\nend_of_record',
  'SF:/room/solidity/B.sol\nDA:2,0\nend_of_record',
  'SF:/room/solidity/A.sol\nDA:2,3\nDA:3,0\nDA:4,0\nBRDA:3,0,0,-\nBRDA:3,0,1,2\nend_of_record',
].join('\n');
const measured = readLcov(
  lcov,
  (named) => (named.includes('/solidity/') ? named.slice('/room/'.length) : undefined),
  () => source,
);

test('reads lines and arms of branches with their texts, by source', () => {
  expect(measured.map(({ file }) => file)).toEqual(['solidity/A.sol', 'solidity/B.sol']);
  expect(measured[0]?.lines.map(({ line, text, hits }) => [line, text, hits])).toEqual([
    [2, 'x = 1;', 3],
    [3, 'if (x > 0) pay();', 0],
    [4, 'x = 1;', 0],
  ]);
  expect(measured[0]?.branches.map(({ arm, hits }) => [arm, hits])).toEqual([
    ['0', 0],
    ['1', 2],
  ]);
});

test('an argument is for one row alone, of its own arm; what fits nothing is left', () => {
  const [file] = measured;
  const rows = [...(file?.lines ?? []), ...(file?.branches ?? [])];
  const same = { source: 'solidity/A.sol', text: 'x = 1;', reason: 'never' };
  const arm = { source: 'solidity/A.sol', text: 'if (x > 0) pay();', arm: '0', reason: 'always 0' };
  const { missed, left } = argue(rows, [same, same, arm]);
  expect(missed.map(({ line, arm: of, reason }) => [line, of, reason])).toEqual([
    [3, '', undefined],
    [4, '', 'never'],
    [3, '0', 'always 0'],
  ]);
  expect(left).toEqual([same]);
});
