import { expect, it } from 'vitest';
import { LOCK_REFUSALS, lockRefusalOf } from './lock-refusal.js';

it('names each verdict of a vault on a lock, and never takes an unknown one for no refusal', () => {
  expect(LOCK_REFUSALS.map((_, code) => lockRefusalOf(code))).toEqual(LOCK_REFUSALS);
  expect(lockRefusalOf(0)).toBe('NONE');
  for (const code of [LOCK_REFUSALS.length, 255, -1, 0.5]) {
    expect(() => lockRefusalOf(code)).toThrow(expect.objectContaining({ code: 'UNKNOWN_KIND' }));
  }
});
