// Fits in floats what is shipped as decimals: the weights of HAR and of the small network.
import { makeRandom } from './made-series.mjs';

const HIDDEN = 6;
const FEATURES = 5;
const EPOCHS = 60;
const BATCH = 128;

/** Ordinary least squares of tomorrow's variance on a constant, a day, a week and a month. */
export function fitHar(rows) {
  const size = 4;
  const normal = Array.from({ length: size }, () => Array(size + 1).fill(0));
  for (const { seen, next } of rows) {
    const x = [1, seen[0], seen[1], seen[2]];
    // Weighted by the month's variance, so that stormy years do not decide alone.
    const weight = 1 / seen[2] ** 2;
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j < size; j += 1) normal[i][j] += weight * x[i] * x[j];
      normal[i][size] += weight * x[i] * next;
    }
  }
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      if (i === j) continue;
      const factor = normal[j][i] / normal[i][i];
      for (let k = i; k <= size; k += 1) normal[j][k] -= factor * normal[i][k];
    }
  }
  const [constant, daily, weekly, monthly] = normal.map((line, i) => line[size] / line[i]);
  return { constant, daily, weekly, monthly };
}

/** A network of one hidden layer, trained on QLIKE itself by Adam; from a seed, so that training again gives the same. */
export function trainNetwork(rows) {
  const random = makeRandom(5);
  const count = HIDDEN * FEATURES + HIDDEN + HIDDEN + FEATURES + 1;
  const weights = Array.from({ length: count }, () => 0.3 * (random() - 0.5));
  const [mean, square] = [Array(count).fill(0), Array(count).fill(0)];
  let step = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch += 1) {
    for (let batch = 0; batch * BATCH < rows.length; batch += 1) {
      const gradient = Array(count).fill(0);
      for (let each = 0; each < BATCH; each += 1)
        addGradient(weights, rows[Math.floor(random() * rows.length)], gradient);
      step += 1;
      const rate = 0.003 * (1 - epoch / EPOCHS);
      for (let at = 0; at < count; at += 1) {
        const slope = gradient[at] / BATCH + 1e-4 * weights[at];
        mean[at] = 0.9 * mean[at] + 0.1 * slope;
        square[at] = 0.999 * square[at] + 0.001 * slope * slope;
        weights[at] -= (rate * mean[at]) / (1 - 0.9 ** step) / (Math.sqrt(square[at] / (1 - 0.999 ** step)) + 1e-8);
      }
    }
  }
  const text = (value) => value.toFixed(9).replace(/^-(0\.0+)$/, '$1');
  const part = (from, length) => weights.slice(from, from + length).map(text);
  return {
    hidden: Array.from({ length: HIDDEN }, (_, unit) => part(unit * FEATURES, FEATURES)),
    hiddenBias: part(HIDDEN * FEATURES, HIDDEN),
    output: part(HIDDEN * FEATURES + HIDDEN, HIDDEN),
    direct: part(HIDDEN * FEATURES + 2 * HIDDEN, FEATURES),
    outputBias: text(weights[count - 1]),
  };
}

/** Adds the slope of r·e^−y + y for one row, where y is the logarithm of the forecast over its base. */
function addGradient(weights, { features, base, next }, gradient) {
  const [biases, outputs, direct] = [HIDDEN * FEATURES, HIDDEN * FEATURES + HIDDEN, HIDDEN * FEATURES + 2 * HIDDEN];
  const active = Array.from({ length: HIDDEN }, (_, unit) => {
    let value = weights[biases + unit];
    for (let at = 0; at < FEATURES; at += 1) value += weights[unit * FEATURES + at] * features[at];
    return Math.max(0, value);
  });
  let y = weights.at(-1);
  for (let unit = 0; unit < HIDDEN; unit += 1) y += weights[outputs + unit] * active[unit];
  for (let at = 0; at < FEATURES; at += 1) y += weights[direct + at] * features[at];
  const slope = Math.max(-20, 1 - (next / base) * Math.exp(-y));
  gradient[gradient.length - 1] += slope;
  for (let at = 0; at < FEATURES; at += 1) gradient[direct + at] += slope * features[at];
  for (let unit = 0; unit < HIDDEN; unit += 1) {
    gradient[outputs + unit] += slope * active[unit];
    if (active[unit] === 0) continue;
    const inner = slope * weights[outputs + unit];
    gradient[biases + unit] += inner;
    for (let at = 0; at < FEATURES; at += 1) gradient[unit * FEATURES + at] += inner * features[at];
  }
}
