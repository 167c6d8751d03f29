import { marginError } from '../errors.js';
import { decimal } from '../number/decimal.js';
import { logarithmOf } from '../pricing/black-kernel.js';
import { exp } from '../pricing/elementary.js';
import { multiplyFixed, shift, toFixed } from '../pricing/fixed-point.js';
import { KERNEL_BITS } from '../pricing/kernel-tables.js';
import { VARIANCE_BITS } from './ewma.js';
import { HAR_DAYS, meanOfLast } from './har.js';

const BITS = KERNEL_BITS;
const WEEK = 5;
/** Forecasts stay within e^±4 of what they start from; a trained one never comes near. */
const EXPONENT_MAX = 4n << BigInt(BITS);

/** Weights of a small network as decimal text; the shapes are those of {@link learnedVariance}. */
export interface LearnedWeights {
  /** For each hidden unit, one weight for each of five features. */
  readonly hidden: readonly (readonly string[])[];
  readonly hiddenBias: readonly string[];
  /** For each hidden unit. */
  readonly output: readonly string[];
  /** For each feature, past the hidden units. */
  readonly direct: readonly string[];
  readonly outputBias: string;
}

/** A network ready to run. */
export interface LearnedModel {
  readonly hidden: readonly (readonly bigint[])[];
  readonly hiddenBias: readonly bigint[];
  readonly output: readonly bigint[];
  readonly direct: readonly bigint[];
  readonly outputBias: bigint;
}

/** Inputs of a forecast; variances with {@link VARIANCE_BITS} bits, above 0. */
export interface LearnedInputs {
  /** Realised variances of days, oldest first, 22 at least. */
  readonly realised: readonly bigint[];
  /** Fast and slow exponentially weighted variances after the last day. */
  readonly fast: bigint;
  readonly slow: bigint;
}

/** Reads weights. @throws INVALID_DECIMAL, INCONSISTENT_INPUT for lists that do not fit each other. */
export function learnedModelOf(weights: LearnedWeights): LearnedModel {
  const read = (text: string) => toFixed(decimal(text), BITS);
  const { hidden, hiddenBias, output, direct } = weights;
  const fits = hidden.length === hiddenBias.length && hidden.length === output.length && direct.length === FEATURES;
  if (!fits || hidden.some((each) => each.length !== FEATURES)) {
    throw marginError('INCONSISTENT_INPUT', `weights of ${hidden.length} hidden units do not fit each other`);
  }
  return {
    hidden: hidden.map((each) => each.map(read)),
    hiddenBias: hiddenBias.map(read),
    output: output.map(read),
    direct: direct.map(read),
    outputBias: read(weights.outputBias),
  };
}

const FEATURES = 5;
/** Reference of the slow variance: a daily volatility of 3.1%. */
const LEVEL = 1n << BigInt(VARIANCE_BITS - 10);

/**
 * Returns tomorrow's variance: slow·e^y, where y is a network of one hidden layer on the logarithms of the last day, week,
 * month and the fast average, each over the slow average, and of that over 2^-10. Pure and in integers. What parameters take from it is clamped by
 * `dailyVarianceOf`, so that it can only raise a classical estimate.
 * @throws INCONSISTENT_INPUT for fewer than 22 days, UNDEFINED_RESULT for a variance that is not above 0.
 */
export function learnedVariance(model: LearnedModel, { realised, fast, slow }: LearnedInputs): bigint {
  if (realised.length < HAR_DAYS) {
    throw marginError('INCONSISTENT_INPUT', `${realised.length} realised variances; expected ${HAR_DAYS} at least`);
  }
  const from = logarithmOf(slow);
  const seen = [meanOfLast(realised, 1), meanOfLast(realised, WEEK), meanOfLast(realised, HAR_DAYS), fast];
  const features = [...seen.map((each) => logarithmOf(each) - from), from - logarithmOf(LEVEL)];
  const weighed = (weights: readonly bigint[], values: readonly bigint[]) =>
    weights.reduce((sum, weight, at) => sum + multiplyFixed(weight, values[at] ?? 0n, BITS), 0n);
  const active = model.hidden.map((weights, at) => {
    const value = weighed(weights, features) + (model.hiddenBias[at] ?? 0n);
    return value > 0n ? value : 0n;
  });
  const y = weighed(model.output, active) + weighed(model.direct, features) + model.outputBias;
  const bounded = y > EXPONENT_MAX ? EXPONENT_MAX : y < -EXPONENT_MAX ? -EXPONENT_MAX : y;
  return multiplyFixed(slow, shift(exp(bounded, BITS), VARIANCE_BITS - BITS), VARIANCE_BITS);
}
