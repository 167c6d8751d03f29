// Fits in floats what is shipped as decimals: the weights of HAR and of the small network.
import { makeRandom } from './made-series.js';

const HIDDEN = 6;
const FEATURES = 5;
const EPOCHS = 60;
const BATCH = 128;

/** One day to learn from. */
export interface TrainingRow {
  /** Realised variances of a day, a week and a month, and a fast average. */
  readonly seen: readonly [day: number, week: number, month: number, fast: number];
  readonly features: readonly number[];
  /** The variance that the features are over. */
  readonly base: number;
  /** Realised value of the day after. */
  readonly next: number;
}

/** Ordinary least squares of tomorrow's variance on a constant, a day, a week and a month. */
export function fitHar(rows: readonly TrainingRow[]): {
  readonly constant: number;
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
} {
  const equations = rows.map(({ seen: [day, week, month], next }) => ({
    x: [1, day, week, month],
    next,
    // Weighted by the month's variance, so that stormy years do not decide alone.
    weight: 1 / month ** 2,
  }));
  const [constant = 0, daily = 0, weekly = 0, monthly = 0] = solveLeastSquares(equations, 4);
  return { constant, daily, weekly, monthly };
}

/** Solves the normal equations of weighted least squares by elimination. */
export function solveLeastSquares(
  equations: readonly { readonly x: readonly number[]; readonly next: number; readonly weight: number }[],
  size: number,
): readonly number[] {
  const width = size + 1;
  const normal = new Float64Array(size * width);
  const at = (line: number, column: number): number => normal[line * width + column] ?? 0;
  for (const { x, next, weight } of equations) {
    const row = [...x, next];
    for (let i = 0; i < size; i += 1)
      for (let j = 0; j < width; j += 1) normal[i * width + j] = at(i, j) + weight * (x[i] ?? 0) * (row[j] ?? 0);
  }
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      if (i === j) continue;
      const factor = at(j, i) / at(i, i);
      for (let k = i; k <= size; k += 1) normal[j * width + k] = at(j, k) - factor * at(i, k);
    }
  }
  return Array.from({ length: size }, (_, i) => at(i, size) / at(i, i));
}

/** A network of one hidden layer, trained on QLIKE itself by Adam; from a seed, so that training again gives the same. */
export function trainNetwork(rows: readonly TrainingRow[]): {
  readonly hidden: readonly (readonly string[])[];
  readonly hiddenBias: readonly string[];
  readonly output: readonly string[];
  readonly direct: readonly string[];
  readonly outputBias: string;
} {
  const weights = fitWeights(rows);
  const part = (from: number, length: number): readonly string[] =>
    Array.from(weights.slice(from, from + length), (value) => value.toFixed(9).replace(/^-(0\.0+)$/, '$1'));
  return {
    hidden: Array.from({ length: HIDDEN }, (_, unit) => part(unit * FEATURES, FEATURES)),
    hiddenBias: part(BIASES, HIDDEN),
    output: part(OUTPUTS, HIDDEN),
    direct: part(DIRECT, FEATURES),
    outputBias: part(COUNT - 1, 1).join(),
  };
}

/** Places of the weights: of the hidden layer first, then its biases, its outputs, the direct ones, and the last bias. */
const BIASES = HIDDEN * FEATURES;
const OUTPUTS = BIASES + HIDDEN;
const DIRECT = OUTPUTS + HIDDEN;
const COUNT = DIRECT + FEATURES + 1;

function fitWeights(rows: readonly TrainingRow[]): Float64Array {
  const random = makeRandom(5);
  const weights = Float64Array.from({ length: COUNT }, () => 0.3 * (random() - 0.5));
  const mean = new Float64Array(COUNT);
  const square = new Float64Array(COUNT);
  let step = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch += 1) {
    for (let batch = 0; batch * BATCH < rows.length; batch += 1) {
      const gradient = new Float64Array(COUNT);
      for (let each = 0; each < BATCH; each += 1) {
        const row = rows[Math.floor(random() * rows.length)];
        if (row !== undefined) addGradient(weights, row, gradient);
      }
      step += 1;
      const rate = 0.003 * (1 - epoch / EPOCHS);
      for (const [at, weight] of weights.entries()) {
        const slope = valueAt(gradient, at) / BATCH + 1e-4 * weight;
        const first = 0.9 * valueAt(mean, at) + 0.1 * slope;
        const second = 0.999 * valueAt(square, at) + 0.001 * slope * slope;
        mean[at] = first;
        square[at] = second;
        weights[at] = weight - (rate * first) / (1 - 0.9 ** step) / (Math.sqrt(second / (1 - 0.999 ** step)) + 1e-8);
      }
    }
  }
  return weights;
}

const valueAt = (values: ArrayLike<number>, at: number): number => values[at] ?? 0;
const add = (values: Float64Array, at: number, value: number): void => void (values[at] = valueAt(values, at) + value);

/** Adds the slope of r·e^−y + y for one row, where y is the logarithm of the forecast over its base. */
function addGradient(weights: Float64Array, { features, base, next }: TrainingRow, gradient: Float64Array): void {
  const active = Array.from({ length: HIDDEN }, (_, unit) => {
    let value = valueAt(weights, BIASES + unit);
    for (let at = 0; at < FEATURES; at += 1) value += valueAt(weights, unit * FEATURES + at) * valueAt(features, at);
    return Math.max(0, value);
  });
  let y = valueAt(weights, COUNT - 1);
  for (let unit = 0; unit < HIDDEN; unit += 1) y += valueAt(weights, OUTPUTS + unit) * valueAt(active, unit);
  for (let at = 0; at < FEATURES; at += 1) y += valueAt(weights, DIRECT + at) * valueAt(features, at);
  const slope = Math.max(-20, 1 - (next / base) * Math.exp(-y));
  add(gradient, COUNT - 1, slope);
  for (let at = 0; at < FEATURES; at += 1) add(gradient, DIRECT + at, slope * valueAt(features, at));
  for (const [unit, output] of active.entries()) {
    add(gradient, OUTPUTS + unit, slope * output);
    if (output === 0) continue;
    const inner = slope * valueAt(weights, OUTPUTS + unit);
    add(gradient, BIASES + unit, inner);
    for (let at = 0; at < FEATURES; at += 1) add(gradient, unit * FEATURES + at, inner * valueAt(features, at));
  }
}
