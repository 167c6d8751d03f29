import { listCrashPoints } from '@surety/evidence/crash-points';
import { expect, test } from 'vitest';
import { top } from '../tidy/repository.js';

const points = listCrashPoints(top);

test('there are at least forty crash points, each with a name of its own and a process that passes it', () => {
  expect(points.length).toBeGreaterThanOrEqual(40);
  expect(new Set(points.map(({ name }) => name)).size).toBe(points.length);
  expect(points.filter(({ process }) => process === null)).toEqual([]);
  for (const { name } of points) expect(name).toMatch(/^[a-z]+\.[a-z]+\.[a-z-]+$/);
});

test('each part has its own', () => {
  const counts = ['watcher', 'attester', 'aggregator', 'relayer'].map(
    (part) => points.filter(({ name }) => name.startsWith(`${part}.`)).length,
  );
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(8);
});
