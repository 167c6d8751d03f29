import { expect, test } from 'vitest';
import { differ } from './differ.js';

test.each([
  ['an address in other letters', '0xABCDEF', '0xabcdef'],
  ['a number and its text', 3, '3'],
  ['a number and the same in bigint', 3n, 3],
])('%s is the same', (_name, seen, expected) => {
  expect(differ('here', seen, expected)).toEqual([]);
});

test.each([
  ['another address', '0xab', '0xcd', { seen: '0xab', expected: '0xcd' }],
  ['something where nothing was configured', 5, undefined, { seen: '5', expected: 'nothing' }],
  ['nothing where something was', undefined, false, { seen: 'nothing', expected: 'false' }],
  ['words in other letters', 'None', 'none', { seen: 'None', expected: 'none' }],
])('%s is a difference', (_name, seen, expected, told) => {
  expect(differ('here', seen, expected)).toEqual([{ path: 'here', ...told }]);
});
