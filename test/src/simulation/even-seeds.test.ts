import { test } from 'vitest';
import { runHalf } from './run-half.js';

// A file of its own for each half, so that two processes can share the seeds.
test('every second seed keeps every invariant and heals', { timeout: 12 * 3_600_000 }, async ({ expect }) => {
  await expect(runHalf(0)).resolves.toBeUndefined();
});
