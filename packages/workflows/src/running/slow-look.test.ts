import { expect, it } from 'vitest';
import { slowLookMs } from './slow-look.js';

it('looks slowly every ten blocks, a minute apart at most', () => {
  expect([100, 1_000, 2_000, 12_000].map(slowLookMs)).toEqual([5_000, 10_000, 20_000, 60_000]);
});
