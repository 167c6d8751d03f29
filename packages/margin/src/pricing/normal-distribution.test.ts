import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromFixed, multiplyFixed, fixedOne, shift, toFixed } from './fixed-point.js';
import { millsRatio, normalCumulative, normalDensity } from './normal-distribution.js';
import { decimal, printDecimal } from '../number/decimal.js';

const at = (text: string, bits: number) => toFixed(decimal(text), bits);
const told = (value: bigint, bits: number) => printDecimal(fromFixed(value, bits), 'halfUp', 40);
const size = (value: bigint) => (value < 0n ? -value : value);

const argument = (limit: bigint) =>
  fc.integer({ min: 32, max: 256 }).chain((bits) =>
    fc.record({
      bits: fc.constant(bits),
      x: fc.bigInt({ min: -limit << BigInt(bits), max: limit << BigInt(bits) }),
    }),
  );

describe('normal distribution', () => {
  test('refuses a ratio of Mills below 0', () => {
    expect(() => millsRatio(-1n, 64)).toThrow('asked below 0');
  });

  test('has the values of published tables', () => {
    // Abramowitz and Stegun, table 26.1, to 15 decimals.
    const table = {
      '0.5': '0.691462461274013',
      '1': '0.841344746068543',
      '2': '0.977249868051821',
      '3': '0.998650101968370',
    };
    for (const [x, value] of Object.entries(table)) {
      expect(printDecimal(fromFixed(normalCumulative(at(x, 128), 128), 128), 'halfUp', 15)).toBe(
        printDecimal(decimal(value), 'halfUp', 15),
      );
    }
    expect(told(normalDensity(0n, 192), 192)).toBe('0.3989422804014326779399460599343818684759');
  });

  test('sums to 1 on both sides of 0, exactly', () => {
    fc.assert(
      fc.property(argument(20n), ({ x, bits }) => {
        expect(normalCumulative(x, bits) + normalCumulative(-x, bits)).toBe(fixedOne(bits));
        expect(normalDensity(x, bits)).toBe(normalDensity(-x, bits));
      }),
    );
    expect(normalCumulative(0n, 96)).toBe(fixedOne(95));
  });

  test('is within an ulp', () => {
    fc.assert(
      fc.property(argument(20n), ({ x, bits }) => {
        for (const give of [normalCumulative, normalDensity]) {
          const error = (give(x, bits) << 70n) - give(x << 70n, bits + 70);
          expect(size(error) < 1n << 70n).toBe(true);
        }
      }),
    );
  });

  test('is 0 or 1 where it is nearer to them than half an ulp', () => {
    for (const bits of [32, 96, 192]) {
      const far = 40n << BigInt(bits);
      expect(normalCumulative(-far, bits)).toBe(0n);
      expect(normalCumulative(far, bits)).toBe(fixedOne(bits));
      expect(normalDensity(far, bits)).toBe(0n);
      expect(normalCumulative(-(1n << 2_000n), bits)).toBe(0n);
    }
  });

  test('never falls as x rises', () => {
    fc.assert(
      fc.property(argument(12n), fc.bigInt({ min: 0n, max: 1n << 40n }), ({ x, bits }, step) => {
        expect(normalCumulative(x + step, bits) - normalCumulative(x, bits)).toBeGreaterThanOrEqual(-1n);
      }),
    );
  });
});

describe("Mills' ratio", () => {
  test('is within an ulp', () => {
    fc.assert(
      fc.property(argument(20n), ({ x, bits }) => {
        const u = size(x);
        const error = (millsRatio(u, bits) << 70n) - millsRatio(u << 70n, bits + 70);
        expect(size(error) < 1n << 70n).toBe(true);
      }),
    );
  });

  test('is the same by series and by continued fraction where the method changes', () => {
    // At 64 bits the fraction begins at u² = 17, at 320 bits at u² = 81: one value by both.
    for (const text of ['4.3', '5', '6.5', '8.9']) {
      const series = millsRatio(at(text, 64) << 256n, 320);
      const fraction = millsRatio(at(text, 64), 64);
      expect(size((fraction << 256n) - series) < 1n << 256n).toBe(true);
    }
  });

  test('keeps its bits where most of its series cancels, just before the method changes', () => {
    for (const [text, bits] of [
      ['2.8', 32],
      ['5.6', 128],
      ['7.9', 256],
      ['8.9', 320],
    ] as const) {
      const error = (millsRatio(at(text, bits), bits) << 70n) - millsRatio(at(text, bits) << 70n, bits + 70);
      expect(size(error) < 1n << 70n).toBe(true);
    }
  });

  test('lies between its bounds and falls', () => {
    // u/(1 + u²) < R(u) < 1/u.
    fc.assert(
      fc.property(fc.bigInt({ min: 1n << 96n, max: 60n << 96n }), (u) => {
        const ratio = millsRatio(u, 96);
        expect(multiplyFixed(ratio, u, 96) <= fixedOne(96)).toBe(true);
        expect(multiplyFixed(ratio, fixedOne(96) + multiplyFixed(u, u, 96), 96) + 4_000n >= u).toBe(true);
        expect(millsRatio(u + shift(1n, 80), 96) < ratio).toBe(true);
      }),
    );
  });
});
