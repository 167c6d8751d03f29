import { expect, test } from 'vitest';
import { type TrainingRow, fitHar, solveLeastSquares, trainNetwork } from './train.js';

test('least squares finds the coefficients that made the equations, whatever their weights', () => {
  const equations = Array.from({ length: 12 }, (_, at) => ({
    x: [1, at, at * at],
    next: 3 - 2 * at + 0.5 * at * at,
    weight: 1 + at,
  }));
  const [constant, linear, square] = solveLeastSquares(equations, 3);
  expect(constant).toBeCloseTo(3, 8);
  expect(linear).toBeCloseTo(-2, 8);
  expect(square).toBeCloseTo(0.5, 8);
});

/** Rows whose next variance is a given sum of what was seen. */
const rows: readonly TrainingRow[] = Array.from({ length: 300 }, (_, at) => {
  const seen = [1 + (at % 7), 2 + (at % 5), 3 + (at % 3), 2] as const;
  const [day, week, month] = seen;
  return { seen, features: [...seen.map(Math.log), 0], base: 1, next: 0.1 + 0.3 * day + 0.4 * week + 0.2 * month };
});

test('HAR is fitted to what each horizon adds', () => {
  const { constant, daily, weekly, monthly } = fitHar(rows);
  for (const [fitted, made] of [
    [constant, 0.1],
    [daily, 0.3],
    [weekly, 0.4],
    [monthly, 0.2],
  ] as const)
    expect(fitted).toBeCloseTo(made, 6);
});

test('training gives decimal text of the network’s shape, the same each time', () => {
  const network = trainNetwork(rows.slice(0, 64));
  expect(network.hidden.map((unit) => unit.length)).toEqual([5, 5, 5, 5, 5, 5]);
  expect([network.hiddenBias, network.output, network.direct].map((part) => part.length)).toEqual([6, 6, 5]);
  expect(network.outputBias).toMatch(/^-?\d+\.\d{9}$/);
  expect(trainNetwork(rows.slice(0, 64))).toEqual(network);
});
