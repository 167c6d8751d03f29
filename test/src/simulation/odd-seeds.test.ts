import { test } from 'vitest';
import { runHalf } from './run-half.js';

// vitest gives each file a process of its own: two halves use two cores.
test('every second seed keeps every invariant and heals', { timeout: 12 * 3_600_000 }, async ({ expect }) => {
  await expect(runHalf(1)).resolves.toBeUndefined();
});
