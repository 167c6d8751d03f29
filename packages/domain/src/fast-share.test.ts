import { expect, test } from 'vitest';
import { fastShareOnChainBp } from './fast-share.js';

test('a fast limit falls in even steps to a quarter as witnesses fail', () => {
  const shares = [1, 2, 3, 4].map((needed) =>
    Array.from({ length: needed + 2 }, (_, counting) => fastShareOnChainBp(counting, needed)),
  );
  expect(shares).toEqual([
    [2_500, 10_000, 10_000],
    [2_500, 6_250, 10_000, 10_000],
    [2_500, 5_000, 7_500, 10_000, 10_000],
    [2_500, 4_375, 6_250, 8_125, 10_000, 10_000],
  ]);
});
