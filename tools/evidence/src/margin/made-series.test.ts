import { expect, test } from 'vitest';
import { makeRandom, makeSeries } from './made-series.js';

const asset = { seed: 11, days: 400, dailyVol: 0.03 };

test('the same seed gives the same numbers, another seed others, all from 0 to 1', () => {
  const draw = (seed: number): readonly number[] => {
    const random = makeRandom(seed);
    return Array.from({ length: 1_000 }, random);
  };
  expect(draw(5)).toEqual(draw(5));
  expect(draw(5)).not.toEqual(draw(6));
  expect(draw(5).every((value) => value >= 0 && value < 1)).toBe(true);
  expect(new Set(draw(5)).size).toBe(1_000);
});

test('a series is as volatile as it is asked to be, and its realised variance is above 0', () => {
  const days = makeSeries(asset);
  expect(days).toHaveLength(400);
  const volatility = Math.sqrt(days.reduce((sum, { change }) => sum + change * change, 0) / days.length);
  expect(volatility).toBeGreaterThan(0.02);
  expect(volatility).toBeLessThan(0.06);
  expect(days.every(({ realised }) => realised > 0)).toBe(true);
  expect(makeSeries(asset)).toEqual(days);
});
