import { expect, test } from 'vitest';
import { fastShareBp } from './fast-share.js';

const curve = [
  { alive: 3, shareBp: 1_000 },
  { alive: 0, shareBp: 50 },
  { alive: 2, shareBp: 250 },
];

test.each([
  [3, 1_000],
  [4, 1_000],
  [2, 250],
  [1, 50],
  [0, 50],
])('%i witnesses that count let %i basis points through', (alive, shareBp) => {
  expect(fastShareBp(curve, alive)).toBe(shareBp);
});

test('below the first step nothing is promised', () => {
  expect(fastShareBp([{ alive: 1, shareBp: 50 }], 0)).toBe(0);
  expect(fastShareBp([], 3)).toBe(0);
});
