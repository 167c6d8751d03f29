import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimal } from '../number/decimal.js';
import { multiplyFixed, fixedOne, toFixed } from '../pricing/fixed-point.js';
import { VARIANCE_BITS, ewmaVariances, ewmaWindow, volsOf } from './ewma.js';
import { type Garch11, garch11Forecast, garch11LongRunVariance, garch11Variances } from './garch11.js';

const at = (text: string) => toFixed(decimal(text), VARIANCE_BITS);
const ONE = fixedOne(VARIANCE_BITS);
const square = (value: bigint) => multiplyFixed(value, value, VARIANCE_BITS);
const share = fc.integer({ min: 0, max: 1_000 }).map((promille) => (ONE * BigInt(promille)) / 1_000n);
const vol = fc.integer({ min: 0, max: 2_000 }).map((promille) => (ONE * BigInt(promille)) / 1_000n);

describe('exponentially weighted volatility', () => {
  test('refuses windows that have no end, and roots of what is negative', () => {
    expect(() => ewmaWindow(ONE, at('0.01'))).toThrow('forgets nothing');
    expect(() => ewmaWindow(0n, at('0.01'))).toThrow('not above 0');
    expect(() => ewmaWindow(at('0.9'), 0n)).toThrow('not above 0');
    expect(() => volsOf([-1n])).toThrow('square root of a negative number');
  });

  test('keeps a constant, tends to it from elsewhere, and lies between what it knew and what it sees', () => {
    fc.assert(
      fc.property(share, vol, vol, (lambda, initialVol, seen) => {
        const [next] = ewmaVariances({ lambda, initialVol, returns: [-seen] });
        const [before, now] = [square(initialVol), square(seen)];
        const [low, high] = before < now ? [before, now] : [now, before];
        expect((next ?? 0n) >= low - 2n && (next ?? 0n) <= high + 2n).toBe(true);
        const steady = ewmaVariances({ lambda, initialVol: seen, returns: [seen, -seen, seen] });
        for (const each of steady) expect(each - now <= 3n && now - each <= 3n).toBe(true);
      }),
    );
    const long = ewmaVariances({
      lambda: at('0.94'),
      initialVol: at('2'),
      returns: Array<bigint>(2_500).fill(at('0.01')),
    });
    expect(volsOf(long).at(-1)).toBeLessThanOrEqual(at('0.01') + 2n ** 64n);
    expect(volsOf(long).at(-1)).toBeGreaterThanOrEqual(at('0.01'));
  });

  test('rises with every return it sees', () => {
    const base = { lambda: at('0.94'), initialVol: at('0.02') };
    const [calm] = ewmaVariances({ ...base, returns: [at('0.01')] });
    const [wild] = ewmaVariances({ ...base, returns: [at('-0.05')] });
    expect((wild ?? 0n) > (calm ?? 0n)).toBe(true);
  });

  test('has the window after which the weights left out sum to the tolerance', () => {
    const days = ewmaWindow(at('0.5'), at('0.125'));
    expect(days - 3n * ONE <= 2n && 3n * ONE - days <= 2n).toBe(true);
    expect(ewmaWindow(at('0.94'), ONE)).toBe(0n);
  });
});

describe('GARCH(1,1)', () => {
  const model: Garch11 = { omega: at('0.000002'), alpha: at('0.04'), beta: at('0.95') };

  test('refuses to forecast without a variance to return to', () => {
    const drifting = { ...model, beta: at('0.96') };
    expect(garch11LongRunVariance(drifting)).toBeUndefined();
    expect(() => garch11Forecast(drifting, at('0.0001'), 5n)).toThrow('there is no variance to return to');
  });

  test('is EWMA where nothing is added and the weights sum to 1', () => {
    const lambda = at('0.94');
    const returns = ['0.01', '-0.03', '0.002'].map(at);
    const asGarch = garch11Variances({ omega: 0n, alpha: ONE - lambda, beta: lambda }, at('0.02'), returns);
    expect(asGarch).toEqual(ewmaVariances({ lambda, initialVol: at('0.02'), returns }));
  });

  test('forecasts its state at once, a step of its own recursion next, its long run at last', () => {
    const state = at('0.0001');
    expect(garch11Forecast(model, state, 0n)).toBe(state);
    // The expected square of the next return is the variance itself.
    const next = model.omega + multiplyFixed(model.alpha + model.beta, state, VARIANCE_BITS);
    const error = garch11Forecast(model, state, 1n) - next;
    expect(error >= -4n && error <= 4n).toBe(true);
    const longRun = garch11LongRunVariance(model) ?? 0n;
    expect(garch11Forecast(model, state, 10n ** 9n)).toBe(longRun);
    const gap = longRun - at('0.0002');
    expect(gap >= -200n && gap <= 200n).toBe(true);
  });

  test('forecasts between its state and its long run, nearer with every step', () => {
    fc.assert(
      fc.property(vol, fc.integer({ min: 0, max: 500 }), (state, steps) => {
        const longRun = garch11LongRunVariance(model) ?? 0n;
        const gap = (k: number) => garch11Forecast(model, state, BigInt(k)) - longRun;
        const [now, later] = [gap(steps), gap(steps + 1)];
        expect(state > longRun ? later >= -2n && later <= now + 2n : later <= 2n && later >= now - 2n).toBe(true);
      }),
    );
  });

  test('returns to its long run where every return is as large as it expects', () => {
    const longRun = garch11LongRunVariance(model) ?? 0n;
    const [root] = volsOf([longRun]);
    const [next] = garch11Variances(model, root ?? 0n, [root ?? 0n]);
    const error = (next ?? 0n) - longRun;
    expect(error >= -8n && error <= 8n).toBe(true);
  });
});
