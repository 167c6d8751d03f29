import { afterEach, expect, it } from 'vitest';
import { armCrashPoint, crashPoint } from './crash-point.js';

afterEach(() => armCrashPoint(undefined, () => undefined));

it('does nothing unless armed', () => {
  expect(() => crashPoint('watcher.log.committed')).not.toThrow();
});

it('dies at the chosen passing of the chosen point, and at no other', () => {
  const deaths: number[] = [];
  let passings = 0;
  armCrashPoint({ name: 'here', passing: 2 }, () => deaths.push(passings));
  for (const name of ['here', 'there', 'there', 'here', 'here']) {
    passings += 1;
    crashPoint(name);
  }
  expect(deaths).toEqual([4]);
});
