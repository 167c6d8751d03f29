import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exp, ln, ln2, pi, pow, sqrt, sqrtTwoPi } from './elementary.js';
import { BITS_MAX, bitLength, divideFixed, fromFixed, multiplyFixed, fixedOne, shift, toFixed } from './fixed-point.js';
import { decimal, printDecimal } from '../number/decimal.js';

const widths = fc.integer({ min: 32, max: 320 });
/** A fixed-point number between −limit and limit, with the width it is asked at. */
const argument = (limit: bigint) =>
  widths.chain((bits) => {
    const bound = limit << BigInt(bits);
    return fc.record({ bits: fc.constant(bits), x: fc.bigInt({ min: -bound, max: bound }) });
  });

/** Whether two results for one number agree to an ulp of the narrower. */
function assertWithinUlp(narrow: bigint, wide: bigint, extra: number): void {
  const error = (narrow << BigInt(extra)) - wide;
  expect((error < 0n ? -error : error) < fixedOne(extra), `${narrow} against ${wide}`).toBe(true);
}

const told = (value: bigint, bits: number, decimals = 50) => printDecimal(fromFixed(value, bits), 'floor', decimals);

describe('fixed-point numbers', () => {
  test('are shifted to the nearest', () => {
    expect([5n, 6n, 7n, -5n, -6n, -7n].map((each) => shift(each, -2))).toEqual([1n, 2n, 2n, -1n, -1n, -2n]);
    expect(shift(-3n, 4)).toBe(-48n);
  });

  test('have as many bits as their binary digits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 1n << 300n }), (value) => {
        expect(bitLength(value)).toBe(value.toString(2).length);
        expect(bitLength(-value)).toBe(value.toString(2).length);
      }),
    );
    expect(bitLength(0n)).toBe(0);
  });

  test('are read, multiplied and divided to the nearest', () => {
    expect(toFixed(decimal('0.3'), 4)).toBe(5n);
    expect(toFixed(decimal('-0.3'), 4, 'floor')).toBe(-5n);
    expect(multiplyFixed(24n, 25n, 4)).toBe(38n);
    expect(divideFixed(24n, 25n, 4)).toBe(15n);
    expect(() => divideFixed(1n, 0n, 4)).toThrow('a divisor is 0');
  });
});

describe('constants', () => {
  test('are those of the tables', () => {
    expect(told(pi(192), 192)).toBe('3.1415926535897932384626433832795028841971693993751');
    expect(told(ln2(192), 192)).toBe('0.69314718055994530941723212145817656807550013436025');
    expect(told(exp(fixedOne(192), 192), 192)).toBe('2.71828182845904523536028747135266249775724709369995');
    expect(told(multiplyFixed(sqrtTwoPi(192), sqrtTwoPi(192), 192), 192, 45)).toBe(told(2n * pi(192), 192, 45));
  });
});

describe('elementary functions', () => {
  test('refuse what has no value', () => {
    expect(() => ln(0n, 64)).toThrow('not above 0');
    expect(() => ln(-1n, 64)).toThrow('not above 0');
    expect(() => sqrt(-1n, 64)).toThrow('square root of a negative number');
    expect(() => pow(-1n, 1n, 64)).toThrow('a power of a negative number');
    expect(() => pow(0n, -1n, 64)).toThrow('negative power of 0');
  });

  test('refuse results beyond the limit, and only those', () => {
    const bits = 64;
    const most = BigInt(BITS_MAX - 200) * ln2(bits);
    expect(bitLength(exp(most, bits))).toBeGreaterThan(BITS_MAX - 200);
    expect(() => exp(BigInt(BITS_MAX) * ln2(bits), bits)).toThrow('a result needs');
    expect(() => exp(1n << 4_000n, bits)).toThrow('a result needs');
    expect(() => pow(2n << 64n, BigInt(BITS_MAX) << 64n, bits)).toThrow('a result needs');
    expect(() => pow(2n << 64n, 1n << 4_000n, bits)).toThrow('a result needs');
    expect(exp(-(1n << 4_000n), bits)).toBe(0n);
  });

  test('are exact where the value is', () => {
    for (const bits of [32, 96, 192]) {
      const one = fixedOne(bits);
      expect(exp(0n, bits)).toBe(one);
      expect(ln(one, bits)).toBe(0n);
      expect(ln(one << 7n, bits)).toBe(shift(7n * ln2(bits + 32), -32));
      expect(sqrt(9n * one, bits)).toBe(3n * one);
      expect(pow(3n * one, 4n * one, bits)).toBe(81n * one);
      expect(pow(one << 3n, -one, bits)).toBe(one >> 3n);
      expect(pow(0n, one, bits)).toBe(0n);
      expect(pow(0n, 0n, bits)).toBe(one);
    }
  });

  test('give e^x within an ulp', () => {
    fc.assert(
      fc.property(argument(80n), ({ x, bits }) => {
        assertWithinUlp(exp(x, bits), exp(x << 70n, bits + 70), 70);
      }),
    );
  });

  test('give ln x within an ulp, and it undoes e^x', () => {
    fc.assert(
      fc.property(argument(1n << 40n), ({ x, bits }) => {
        fc.pre(x > 0n);
        assertWithinUlp(ln(x, bits), ln(x << 70n, bits + 70), 70);
        const back = exp(ln(x << 64n, bits + 64), bits + 64);
        const error = shift(back, -64) - x;
        expect(error >= -1n && error <= 1n).toBe(true);
      }),
    );
  });

  test('give x^y within an ulp, and as a product where y is whole', () => {
    fc.assert(
      fc.property(argument(20n), fc.integer({ min: -9, max: 9 }), ({ x, bits }, eighths) => {
        fc.pre(x > 0n);
        const y = (BigInt(eighths) << BigInt(bits)) >> 3n;
        fc.pre(eighths >= 0 || x > fixedOne(bits - 8));
        assertWithinUlp(pow(x, y, bits), pow(x << 70n, y << 70n, bits + 70), 70);
        const cube = (x * x * x) >> BigInt(2 * bits);
        const error = pow(x, 3n << BigInt(bits), bits) - cube;
        expect(error >= -1n && error <= 2n).toBe(true);
      }),
    );
  });

  test('multiply where arguments add', () => {
    fc.assert(
      fc.property(argument(20n), argument(20n), ({ x, bits }, { x: other, bits: otherBits }) => {
        const y = shift(other, bits - otherBits);
        const left = exp((x + y) << 64n, bits + 64);
        const right = multiplyFixed(exp(x << 64n, bits + 64), exp(y << 64n, bits + 64), bits + 64);
        const error = left - right;
        // Each factor is off by an ulp of the wider numbers, times the other factor, at most e^20.
        expect((error < 0n ? -error : error) < 1n << 31n).toBe(true);
      }),
    );
  });
});
