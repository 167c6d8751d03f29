// Fits what the margin engine ships as parameters, and judges forecasts of volatility out of sample:
//   node tools/calibrate-margin.mjs           prints the figures
//   node tools/calibrate-margin.mjs --write   also writes the learned weights into packages/margin
// Series are made (tools/margin/made-series.mjs). Training computes in floats; what is shipped is decimal text, and every
// forecast below is the engine's own, in integers. Needs what `npm run build` builds.
import { writeFileSync } from 'node:fs';
import {
  VARIANCE_BITS,
  dailyVarianceOf,
  dailyVolOf,
  decimal,
  ewmaVariances,
  fitGarch11,
  garch11Variances,
  harForecast,
  learnedModelOf,
  learnedVariance,
  qlikeOf,
  scanRangeOf,
  toScaled,
} from '../packages/margin/dist/index.js';
import { makeSeries } from './margin/made-series.mjs';
import { fitHar, trainNetwork } from './margin/train.mjs';
import { at, runCommand } from './steps.mjs';

const ASSETS = [0.03, 0.035, 0.04, 0.045, 0.035, 0.03];
const DAYS = 1_600;
const TRAINED = 1_100;
const WARM = 60;
const RANGE = { sigmas: wad(3.5), horizonDays: wad(1), least: wad(0.08), most: wad(0.5) };

function wad(value) {
  return toScaled(decimal(value.toFixed(18)), 18, 'halfUp');
}
const fixed = (value) => BigInt(Math.round(value * 2 ** 80)) << BigInt(VARIANCE_BITS - 80);
const floatOf = (value) => Number(value >> BigInt(VARIANCE_BITS - 80)) / 2 ** 80;
const say = (line) => process.stdout.write(`${line}\n`);

/** Everything that is known of one asset day by day, in the engine's integers and as floats for training. */
function study(dailyVol, index) {
  const days = makeSeries({ seed: 11 + index, days: DAYS, dailyVol });
  const returns = days.map(({ change }) => fixed(change));
  const realised = days.map(({ realised: value }) => fixed(value));
  const initialVol = fixed(dailyVol);
  const fast = ewmaVariances({ lambda: fixed(0.94), initialVol, returns });
  const slow = ewmaVariances({ lambda: fixed(0.99), initialVol, returns });
  const { model } = fitGarch11(returns.slice(0, TRAINED));
  const garch = garch11Variances(model, initialVol, returns);
  return { days, returns, realised, fast, slow, garch, model };
}

const meanOf = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;
const studies = ASSETS.map(study);

/** A row for training: five features, the variance that they are over, and what was realised the day after. */
const rowAt = (one, day) => {
  const realised = one.days.slice(0, day + 1).map((each) => each.realised);
  const base = floatOf(one.slow[day]);
  const seen = [realised.at(-1), meanOf(realised.slice(-5)), meanOf(realised.slice(-22)), floatOf(one.fast[day])];
  return {
    seen,
    features: [...seen.map((value) => Math.log(value / base)), Math.log(base * 2 ** 10)],
    base,
    next: one.days[day + 1].realised,
  };
};
const rowsOf = (one, from, to) => Array.from({ length: to - from }, (_, step) => rowAt(one, from + step));
const training = studies.flatMap((one) => rowsOf(one, WARM, TRAINED - 1));
const har = fitHar(training);
const harModel = Object.fromEntries(Object.entries(har).map(([name, value]) => [name, fixed(value)]));
const weights = trainNetwork(training);
const network = learnedModelOf(weights);

const forecasts = {
  'EWMA 0.94': [],
  'EWMA 0.99': [],
  'GARCH(1,1)': [],
  HAR: [],
  learned: [],
  'σ̂ (largest classical)': [],
  'learned within [σ̂, 2σ̂]': [],
};
const targets = [];
const ranges = [];
let breaches = 0;
for (const one of studies) {
  for (let day = TRAINED; day < DAYS - 1; day += 1) {
    const realised = one.realised.slice(day - 21, day + 1);
    const learned = learnedVariance(network, { realised, fast: one.fast[day], slow: one.slow[day] });
    const classical = [one.fast[day], one.slow[day], one.garch[day]];
    const estimates = { classical, floor: fixed(0.0001), stress: 0n, stressWeight: 0n };
    const base = dailyVarianceOf(estimates);
    forecasts['EWMA 0.94'].push(one.fast[day]);
    forecasts['EWMA 0.99'].push(one.slow[day]);
    forecasts['GARCH(1,1)'].push(one.garch[day]);
    forecasts.HAR.push(harForecast(harModel, realised));
    forecasts.learned.push(learned);
    forecasts['σ̂ (largest classical)'].push(base);
    forecasts['learned within [σ̂, 2σ̂]'].push(dailyVarianceOf({ ...estimates, learned }));
    targets.push(one.realised[day + 1]);
    const range = scanRangeOf(dailyVolOf(base), RANGE);
    ranges.push(Number(range) / 1e18);
    if (Math.abs(one.days[day + 1].change) > Number(range) / 1e18) breaches += 1;
  }
}

say(
  `series: ${ASSETS.length} made assets of ${DAYS} days; ${TRAINED} to train, ${targets.length} forecasts out of sample`,
);
for (const [index, { model, days }] of studies.entries()) {
  const changes = days.map(({ change }) => change);
  const variance = meanOf(changes.map((change) => change * change));
  const kurtosis = meanOf(changes.map((change) => change ** 4)) / variance ** 2;
  const [alpha, beta] = [floatOf(model.alpha), floatOf(model.beta)].map((value) => value.toFixed(3));
  say(
    `asset ${index + 1}: daily volatility ${(100 * Math.sqrt(variance)).toFixed(2)} %, kurtosis ${kurtosis.toFixed(1)}, worst day ${(100 * Math.min(...changes)).toFixed(1)} %, GARCH α ${alpha} β ${beta}`,
  );
}
say(
  `HAR: ${Object.entries(har)
    .map(([name, value]) => `${name} ${value.toPrecision(3)}`)
    .join(', ')}`,
);
say('QLIKE out of sample (lower is better):');
for (const [name, values] of Object.entries(forecasts))
  say(`  ${name.padEnd(26)} ${floatOf(qlikeOf(values, targets)).toFixed(4)}`);
ranges.sort((left, right) => left - right);
const quantile = (share) => ranges[Math.floor(share * (ranges.length - 1))].toFixed(3);
say(
  `scan range at 3.5 σ̂ over a day: median ${quantile(0.5)}, 75 % ${quantile(0.75)}, 95 % ${quantile(0.95)}; passed on ${breaches} of ${targets.length} days`,
);

if (process.argv.includes('--write')) {
  const file = at('packages/margin/src/volatility/learned-weights.ts');
  const text = `import type { LearnedWeights } from './learned-forecast.js';

/** Trained by tools/calibrate-margin.mjs on series that it makes; docs/MARGIN.md says what they are worth. Off by default. */
export const LEARNED_WEIGHTS: LearnedWeights = ${JSON.stringify(weights, null, 2)};
`;
  writeFileSync(file, text);
  await runCommand(at('node_modules/.bin/prettier'), ['--write', '--log-level=warn', file]);
  say(`written: ${file.slice(at('').length)}`);
}
