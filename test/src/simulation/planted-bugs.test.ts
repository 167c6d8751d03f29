import { describe, expect, test } from 'vitest';
import { huntPlant } from './hunt-plant.js';
import { PLANTS, type PlantName } from './plants.js';

/** Seeds within which every planted bug is found. */
const SEEDS_MAX = 8;

describe('every planted bug is found, by the invariant that forbids it', () => {
  test.for(Object.keys(PLANTS) as PlantName[])('%s', { timeout: 600_000 }, async (plant) => {
    const { violation } = await huntPlant(plant, SEEDS_MAX);
    expect(violation, `${SEEDS_MAX} seeds told nothing`).toBeDefined();
    expect({ plant, found: PLANTS[plant], detail: violation?.detail }).toMatchObject({
      found: expect.arrayContaining([violation?.invariant]),
    });
  });

  test('without a bug the same seeds tell nothing', { timeout: 600_000 }, async () => {
    const { violation } = await huntPlant(undefined, SEEDS_MAX);
    expect(violation).toBeUndefined();
  });
});
