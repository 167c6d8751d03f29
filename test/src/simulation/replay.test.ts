import { describe, expect, test } from 'vitest';
import { runSeed } from './run-seed.js';

describe('a seed is all there is', () => {
  test('the same seed gives the same events, another one others', async () => {
    const hashes: string[] = [];
    for (const seed of [3, 5, 7, 3, 5, 7]) hashes.push((await runSeed({ seed })).hash);
    expect(hashes.slice(3)).toEqual(hashes.slice(0, 3));
    expect(new Set(hashes).size).toBe(3);
  });

  test('one that does not end breaks an invariant of its own', async () => {
    const { violation, events } = await runSeed({ seed: 7, eventsMax: 2_000 });
    expect(violation?.invariant).toBe('BOUND');
    expect(events).toBe(2_000);
  });
});
