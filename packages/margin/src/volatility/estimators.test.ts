import { PPM, ppm } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimal } from '../number/decimal.js';
import { multiplyFixed, fixedOne, toFixed } from '../pricing/fixed-point.js';
import { at } from '../testing/unified-world.js';
import { VARIANCE_BITS, ewmaVariances } from './ewma.js';
import { fitGarch11 } from './garch-fit.js';
import { type Garch11, garch11Forecast, garch11LongRunVariance } from './garch11.js';
import { harForecast, qlikeOf } from './har.js';
import { type ParameterRamp, SHIPPED_RAMP_TERMS, parameterAt, planRamp } from './parameter-ramp.js';
import { type BarEstimator, barVarianceOf, logReturnOf, realisedVarianceOf } from './realised.js';
import { dailyVarianceOf, dailyVolOf, scanRangeOf, volFactorOf } from './volatility-estimate.js';

const fixed = (text: string) => toFixed(decimal(text), VARIANCE_BITS);
const floatOf = (value: bigint) => Number(value >> BigInt(VARIANCE_BITS - 60)) / 2 ** 60;
const ONE = fixedOne(VARIANCE_BITS);

/** Returns of a GARCH process with the parameters given, from a seed. */
function garchReturns(of: { omega: number; alpha: number; beta: number }, count: number): readonly bigint[] {
  let [state, variance] = [7, of.omega / (1 - of.alpha - of.beta)];
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const value = Math.sqrt(variance) * normal;
    variance = of.omega + of.alpha * value * value + of.beta * variance;
    return fixed(value.toFixed(18));
  });
}

describe('realised estimators', () => {
  test('refuse a bar whose prices lie outside its range, and a price of 0', () => {
    const bar = { open: 100n, high: 110n, low: 90n, close: 111n };
    expect(() => barVarianceOf(bar, 'parkinson')).toThrow('a bar from 90 to 110 opens at 100 and closes at 111');
    expect(() => logReturnOf(0n, 1n)).toThrow('not above 0');
  });

  test('are those of their papers on one bar, and a trend without a range beyond it is all drift', () => {
    const bar = { open: 100n, high: 120n, low: 90n, close: 110n };
    const [u, d, c] = [Math.log(1.2), Math.log(0.9), Math.log(1.1)];
    const expected: Record<BarEstimator, number> = {
      'close-to-close': c * c,
      parkinson: (u - d) ** 2 / (4 * Math.LN2),
      'garman-klass': 0.5 * (u - d) ** 2 - (2 * Math.LN2 - 1) * c * c,
      'rogers-satchell': u * (u - c) + d * (d - c),
    };
    for (const [name, value] of Object.entries(expected)) {
      expect(floatOf(barVarianceOf(bar, name as BarEstimator))).toBeCloseTo(value, 14);
    }
    const trend = { open: 100n, high: 150n, low: 100n, close: 150n };
    expect(barVarianceOf(trend, 'rogers-satchell')).toBe(0n);
    expect(floatOf(realisedVarianceOf([fixed('0.03'), fixed('-0.04')]))).toBeCloseTo(0.0025, 15);
  });
});

describe('HAR and QLIKE', () => {
  test('refuse too little and what does not match', () => {
    const model = { constant: 0n, daily: ONE, weekly: 0n, monthly: 0n };
    expect(() => harForecast(model, [ONE])).toThrow('1 realised variances; expected 22 at least');
    expect(() => qlikeOf([], [])).toThrow('0 forecasts');
    expect(() => qlikeOf([ONE], [0n])).toThrow('not above 0');
  });

  test('weigh a day, a week and a month, and a perfect forecast costs nothing', () => {
    const variances = Array.from({ length: 22 }, (_, day) => fixed(String(day + 1)));
    const model = { constant: fixed('1'), daily: fixed('0.5'), weekly: fixed('0.25'), monthly: fixed('0.125') };
    expect(floatOf(harForecast(model, variances))).toBeCloseTo(1 + 11 + 5 + 11.5 / 8, 12);
    expect(qlikeOf([fixed('0.3')], [fixed('0.3')])).toBe(0n);
    const [low, high] = [qlikeOf([fixed('0.5')], [ONE]), qlikeOf([fixed('2')], [ONE])];
    expect(floatOf(low)).toBeCloseTo(1 - Math.LN2, 12);
    expect(low > high).toBe(true);
  });
});

describe('a GARCH fit', () => {
  test('refuses too few returns and returns that do not vary', () => {
    expect(() => fitGarch11([ONE])).toThrow('1 returns; expected 100 at least');
    expect(() => fitGarch11(Array<bigint>(100).fill(0n))).toThrow('do not vary');
  });

  test('finds the parameters of the process that made its returns, and explains them better than a constant', () => {
    const returns = garchReturns({ omega: 0.00005, alpha: 0.12, beta: 0.82 }, 1_500);
    const { model, cost } = fitGarch11(returns);
    expect(floatOf(model.alpha)).toBeGreaterThan(0.06);
    expect(floatOf(model.alpha)).toBeLessThan(0.2);
    expect(floatOf(model.alpha + model.beta)).toBeGreaterThan(0.85);
    expect(floatOf(model.alpha + model.beta)).toBeLessThan(0.99);
    const again = fitGarch11(returns);
    expect(again).toEqual({ model, cost });
  });
});

describe('properties of volatility and of time', () => {
  const anyVol = fc.integer({ min: 1, max: 3_000 }).map((n) => BigInt(n) * 10n ** 14n);
  const terms = { sigmas: at('3.5'), horizonDays: at('0.5'), least: at('0.08'), most: at('0.5') };

  test('20. at any update maintenance stays what it was, and every parameter moves straight from old to new', () => {
    const value = fc.integer({ min: 0, max: 1_000 }).map((n) => BigInt(n) * 10n ** 15n);
    const seconds = fc.bigInt({ min: 0n, max: 10n ** 6n });
    const side = fc.constantFrom('high' as const, 'low' as const);
    fc.assert(
      fc.property(
        side,
        fc.array(fc.tuple(value, seconds), { minLength: 2, maxLength: 5 }),
        seconds,
        (tight, updates, later) => {
          let ramp: ParameterRamp = { version: 1n, side: tight, from: 0n, to: at('0.5'), start: 0n, end: 0n };
          let now = 0n;
          for (const [target, wait] of updates) {
            now += wait;
            const before = parameterAt(ramp, now);
            const next = planRamp(ramp, target, { at: now, grade: 'maintenance', terms: SHIPPED_RAMP_TERMS });
            expect([parameterAt(next, now), next.version]).toEqual([before, ramp.version + 1n]);
            const [soon, then] = [parameterAt(next, now + later), parameterAt(next, now + 2n * later)];
            expect(
              before <= target
                ? before <= soon && soon <= then && then <= target
                : before >= soon && soon >= then && then >= target,
            ).toBe(true);
            expect(next.end - now >= 86_400n && parameterAt(next, next.end) === target).toBe(true);
            const hour = parameterAt(next, now + 3_600n) - before;
            expect(
              hour <= SHIPPED_RAMP_TERMS.stepMaxPerHour + 1n && -hour <= SHIPPED_RAMP_TERMS.stepMaxPerHour + 1n,
            ).toBe(true);
            ramp = next;
          }
        },
      ),
    );
    const calm: ParameterRamp = { version: 1n, side: 'high', from: 0n, to: at('0.1'), start: 0n, end: 0n };
    const tighter = planRamp(calm, at('0.2'), { at: 9n, grade: 'initial', terms: SHIPPED_RAMP_TERMS });
    expect(parameterAt(tighter, 9n)).toBe(at('0.2'));
    const looser = planRamp(calm, at('0.05'), { at: 9n, grade: 'initial', terms: SHIPPED_RAMP_TERMS });
    expect([parameterAt(looser, 9n), looser.end]).toEqual([at('0.1'), 604_809n]);
  });

  test('21. a higher volatility never narrows a range nor raises a weight; forecasts are clamped; constants are limits', () => {
    fc.assert(
      fc.property(anyVol, anyVol, fc.integer({ min: 1, max: 1_000_000 }), (a, b, base) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(scanRangeOf(low, terms) <= scanRangeOf(high, terms)).toBe(true);
        expect(volFactorOf(low, ppm(base), terms) >= volFactorOf(high, ppm(base), terms)).toBe(true);
        expect(scanRangeOf(high, terms) <= terms.most && scanRangeOf(low, terms) >= terms.least).toBe(true);
      }),
    );
    const variance = fc.bigInt({ min: 0n, max: ONE });
    fc.assert(
      fc.property(
        fc.array(variance, { maxLength: 3 }),
        variance,
        variance,
        variance,
        (classical, floor, stress, learned) => {
          const estimates = { classical, floor, stress, stressWeight: at('0.25') };
          const base = dailyVarianceOf(estimates);
          const withLearned = dailyVarianceOf({ ...estimates, learned });
          expect(withLearned >= base && withLearned <= 4n * base).toBe(true);
          expect([...classical, floor].every((each) => base >= each)).toBe(true);
        },
      ),
    );
    const constant = Array.from({ length: 3_000 }, (_, day) => fixed(day % 2 === 0 ? '0.02' : '-0.02'));
    const [last] = ewmaVariances({ lambda: fixed('0.94'), initialVol: fixed('0.5'), returns: constant }).slice(-1);
    expect(dailyVolOf(last ?? 0n) - at('0.02')).toBeLessThan(10n);
    const model: Garch11 = { omega: fixed('0.000002'), alpha: fixed('0.04'), beta: fixed('0.95') };
    expect(garch11Forecast(model, ONE, 10n ** 6n)).toBe(garch11LongRunVariance(model));
  });

  test('a weight keeps its table where volatility is low and counts nothing where a range takes all', () => {
    expect(volFactorOf(at('0.01'), ppm(800_000), terms)).toBe(PPM);
    expect(volFactorOf(at('0.9'), ppm(800_000), terms)).toBe(0n);
    expect(multiplyFixed(ONE, ONE, VARIANCE_BITS)).toBe(ONE);
  });
});
