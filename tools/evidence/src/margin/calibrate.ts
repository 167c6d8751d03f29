// Fits what the margin engine ships as parameters, and judges forecasts of volatility out of sample. Series are made
// (made-series.ts). Training computes in floats; what is shipped is decimal text, and every forecast below is the engine's own,
// in integers.
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
} from '@surety/margin';
import { flag, readOptions } from '../options.js';
import { at, runCommand } from '../steps.js';
import { makeSeries } from './made-series.js';
import { type TrainingRow, fitHar, trainNetwork } from './train.js';

const ASSETS = [0.03, 0.035, 0.04, 0.045, 0.035, 0.03];
const DAYS = 1_600;
const TRAINED = 1_100;
const WARM = 60;
const RANGE = { sigmas: wad(3.5), horizonDays: wad(1), least: wad(0.08), most: wad(0.5) };

const options = readOptions({
  command: 'npm run margin:calibrate --',
  about: 'Fits the parameters of the margin engine on series that it makes, and judges forecasts of volatility.',
  options: { write: flag('write the learned weights into packages/margin') },
});

function wad(value: number): bigint {
  return toScaled(decimal(value.toFixed(18)), 18, 'halfUp');
}
const fixed = (value: number): bigint => BigInt(Math.round(value * 2 ** 80)) << BigInt(VARIANCE_BITS - 80);
const floatOf = (value: bigint): number => Number(value >> BigInt(VARIANCE_BITS - 80)) / 2 ** 80;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const meanOf = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

/** The value of a day; each series has one for every day that is asked for. */
function on<T>(series: readonly T[], day: number): T {
  const value = series[day];
  if (value === undefined) throw new Error(`a series of ${series.length} days has no day ${day}`);
  return value;
}

/** Everything that is known of one asset day by day, in the engine's integers and as floats for training. */
function study(dailyVol: number, index: number) {
  const days = makeSeries({ seed: 11 + index, days: DAYS, dailyVol });
  const returns = days.map(({ change }) => fixed(change));
  const realised = days.map(({ realised: value }) => fixed(value));
  const initialVol = fixed(dailyVol);
  const fast = ewmaVariances({ lambda: fixed(0.94), initialVol, returns });
  const slow = ewmaVariances({ lambda: fixed(0.99), initialVol, returns });
  const { model } = fitGarch11(returns.slice(0, TRAINED));
  const garch = garch11Variances(model, initialVol, returns);
  return { days, realised, fast, slow, garch, model };
}
type Study = ReturnType<typeof study>;

/** A row for training: five features, the variance that they are over, and what was realised the day after. */
function rowAt(one: Study, day: number): TrainingRow {
  const realised = one.days.slice(0, day + 1).map((each) => each.realised);
  const base = floatOf(on(one.slow, day));
  const [week, month] = [meanOf(realised.slice(-5)), meanOf(realised.slice(-22))];
  const seen = [on(realised, day), week, month, floatOf(on(one.fast, day))] as const;
  return {
    seen,
    features: [...seen.map((value) => Math.log(value / base)), Math.log(base * 2 ** 10)],
    base,
    next: on(one.days, day + 1).realised,
  };
}

const studies = ASSETS.map(study);
const training = studies.flatMap((one) =>
  Array.from({ length: TRAINED - 1 - WARM }, (_, step) => rowAt(one, WARM + step)),
);
const har = fitHar(training);
const harModel = {
  constant: fixed(har.constant),
  daily: fixed(har.daily),
  weekly: fixed(har.weekly),
  monthly: fixed(har.monthly),
};
const weights = trainNetwork(training);
const network = learnedModelOf(weights);

/** Forecast of each model for the day after. */
function forecastAt(one: Study, day: number) {
  const realised = one.realised.slice(day - 21, day + 1);
  const [fast, slow, garch] = [on(one.fast, day), on(one.slow, day), on(one.garch, day)];
  const learned = learnedVariance(network, { realised, fast, slow });
  const estimates = { classical: [fast, slow, garch], floor: fixed(0.0001), stress: 0n, stressWeight: 0n };
  return {
    'EWMA 0.94': fast,
    'EWMA 0.99': slow,
    'GARCH(1,1)': garch,
    HAR: harForecast(harModel, realised),
    learned,
    'σ̂ (largest classical)': dailyVarianceOf(estimates),
    'learned within [σ̂, 2σ̂]': dailyVarianceOf({ ...estimates, learned }),
  };
}

const judged = studies.flatMap((one) =>
  Array.from({ length: DAYS - 1 - TRAINED }, (_, step) => {
    const forecasts = forecastAt(one, TRAINED + step);
    return {
      forecasts,
      target: on(one.realised, TRAINED + step + 1),
      change: on(one.days, TRAINED + step + 1).change,
      range: Number(scanRangeOf(dailyVolOf(forecasts['σ̂ (largest classical)']), RANGE)) / 1e18,
    };
  }),
);
const targets = judged.map(({ target }) => target);

say(
  `series: ${ASSETS.length} made assets of ${DAYS} days; ${TRAINED} to train, ${judged.length} forecasts out of sample`,
);
for (const [index, { model, days }] of studies.entries()) {
  const changes = days.map(({ change }) => change);
  const variance = meanOf(changes.map((change) => change * change));
  const kurtosis = meanOf(changes.map((change) => change ** 4)) / variance ** 2;
  say(
    `asset ${index + 1}: daily volatility ${(100 * Math.sqrt(variance)).toFixed(2)} %, kurtosis ${kurtosis.toFixed(1)}, worst day ${(100 * Math.min(...changes)).toFixed(1)} %, GARCH α ${floatOf(model.alpha).toFixed(3)} β ${floatOf(model.beta).toFixed(3)}`,
  );
}
say(
  `HAR: ${Object.entries(har)
    .map(([name, value]) => `${name} ${value.toPrecision(3)}`)
    .join(', ')}`,
);
say('QLIKE out of sample (lower is better):');
for (const name of Object.keys(forecastAt(on(studies, 0), TRAINED)) as (keyof ReturnType<typeof forecastAt>)[]) {
  const values = judged.map(({ forecasts }) => forecasts[name]);
  say(`  ${name.padEnd(26)} ${floatOf(qlikeOf(values, targets)).toFixed(4)}`);
}
const ranges = judged.map(({ range }) => range).sort((left, right) => left - right);
const quantile = (share: number): string => on(ranges, Math.floor(share * (ranges.length - 1))).toFixed(3);
const breaches = judged.filter(({ change, range }) => Math.abs(change) > range).length;
say(
  `scan range at 3.5 σ̂ over a day: median ${quantile(0.5)}, 75 % ${quantile(0.75)}, 95 % ${quantile(0.95)}; passed on ${breaches} of ${judged.length} days`,
);

if (options.write) {
  const file = 'packages/margin/src/volatility/learned-weights.ts';
  const text = `import type { LearnedWeights } from './learned-forecast.js';

/** Trained by \`npm run margin:calibrate\` on series that it makes; docs/MARGIN.md says what they are worth. Off by default. */
export const LEARNED_WEIGHTS: LearnedWeights = ${JSON.stringify(weights, null, 2)};
`;
  writeFileSync(at(file), text);
  await runCommand(at('node_modules/.bin/prettier'), ['--write', '--log-level=warn', file]);
  say(`written: ${file}`);
}
