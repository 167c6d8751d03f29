import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimal } from '../number/decimal.js';
import { toFixed } from '../pricing/fixed-point.js';
import { VARIANCE_BITS } from './ewma.js';
import { learnedModelOf, learnedVariance } from './learned-forecast.js';
import { LEARNED_WEIGHTS } from './learned-weights.js';

const fixed = (value: number) => toFixed(decimal(value.toFixed(18)), VARIANCE_BITS);
const floatOf = (value: bigint) => Number(value >> BigInt(VARIANCE_BITS - 80)) / 2 ** 80;
const model = learnedModelOf(LEARNED_WEIGHTS);

/** The network once more, in floating point. */
function floatForecast(realised: readonly number[], fast: number, slow: number): number {
  const mean = (count: number) => realised.slice(-count).reduce((sum, one) => sum + one, 0) / count;
  const features = [...[mean(1), mean(5), mean(22), fast].map((one) => Math.log(one / slow)), Math.log(slow * 1_024)];
  const dot = (weights: readonly string[], values: readonly number[]) =>
    weights.reduce((sum, weight, at) => sum + Number(weight) * (values[at] ?? 0), 0);
  const { hidden, hiddenBias, output, direct, outputBias } = LEARNED_WEIGHTS;
  const active = hidden.map((weights, at) => Math.max(0, dot(weights, features) + Number(hiddenBias[at])));
  const y = dot(output, active) + dot(direct, features) + Number(outputBias);
  return slow * Math.exp(Math.max(-4, Math.min(4, y)));
}

describe('the learned forecast', () => {
  test('refuses weights that do not fit each other, too few days, and a variance of 0', () => {
    expect(() => learnedModelOf({ ...LEARNED_WEIGHTS, output: [] })).toThrow('do not fit each other');
    expect(() => learnedModelOf({ ...LEARNED_WEIGHTS, outputBias: 'x' })).toThrow('not a decimal');
    const [fast, slow] = [fixed(0.001), fixed(0.001)];
    expect(() => learnedVariance(model, { realised: [fast], fast, slow })).toThrow('1 realised variances');
    expect(() => learnedVariance(model, { realised: Array<bigint>(22).fill(fast), fast, slow: 0n })).toThrow(
      'not above 0',
    );
  });

  test('is what its weights say in floating point, on calm and on wild days', () => {
    const variance = fc.integer({ min: 1, max: 40_000 }).map((n) => n / 1e6);
    fc.assert(
      fc.property(fc.array(variance, { minLength: 22, maxLength: 22 }), variance, variance, (realised, fast, slow) => {
        const ours = floatOf(
          learnedVariance(model, { realised: realised.map(fixed), fast: fixed(fast), slow: fixed(slow) }),
        );
        const theirs = floatForecast(realised, fast, slow);
        expect(Math.abs(ours / theirs - 1)).toBeLessThan(1e-9);
      }),
    );
  });
});
