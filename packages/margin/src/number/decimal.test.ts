import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DIGITS_MAX,
  type Fraction,
  ONE,
  PRINTED_DECIMALS,
  ZERO,
  add,
  clamp,
  compare,
  decimal,
  fraction,
  fromScaled,
  multiply,
  parseDecimal,
  powerOfTen,
  printDecimal,
  printFraction,
  quotient,
  squareRoot,
  subtract,
  sum,
  toScaled,
} from './decimal.js';
import { type Rounding, divide, gcd, squareRootFloor } from './division.js';

const integer = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
const positive = fc.bigInt({ min: 1n, max: 10n ** 40n });
const anyFraction: fc.Arbitrary<Fraction> = fc.tuple(integer, positive).map(([n, d]) => fraction(n, d));
const decimalText = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.stringMatching(/^[0-9]{0,40}$/))
  .map(([negative, whole, decimals]) => `${negative ? '-' : ''}${whole}${decimals === '' ? '' : `.${decimals}`}`);

describe('divide', () => {
  it('refuses a divisor of 0', () => {
    expect(() => divide(1n, 0n, 'floor')).toThrow('a divisor is 0');
  });

  it('rounds as named, for all signs', () => {
    const rounded = (rounding: Rounding) => [
      divide(7n, 2n, rounding),
      divide(-7n, 2n, rounding),
      divide(7n, -2n, rounding),
      divide(-7n, -2n, rounding),
      divide(4n, 3n, rounding),
      divide(6n, -2n, rounding),
    ];
    expect(rounded('floor')).toEqual([3n, -4n, -4n, 3n, 1n, -3n]);
    expect(rounded('ceil')).toEqual([4n, -3n, -3n, 4n, 2n, -3n]);
    expect(rounded('truncate')).toEqual([3n, -3n, -3n, 3n, 1n, -3n]);
    expect(rounded('halfUp')).toEqual([4n, -4n, -4n, 4n, 1n, -3n]);
  });

  it('has floor at or below and ceil at or above the quotient, less than one apart from it', () => {
    fc.assert(
      fc.property(integer, positive, (n, d) => {
        const [floor, ceil] = [divide(n, d, 'floor'), divide(n, d, 'ceil')];
        expect(floor * d <= n && n < (floor + 1n) * d).toBe(true);
        expect(ceil * d >= n && n > (ceil - 1n) * d).toBe(true);
      }),
    );
  });
});

describe('roots and divisors', () => {
  it('gives floor(√n) for every n, and refuses a negative one', () => {
    expect(() => squareRootFloor(-1n)).toThrow('square root of a negative number');
    expect([0n, 1n, 2n, 3n, 4n, 8n, 9n].map(squareRootFloor)).toEqual([0n, 1n, 1n, 1n, 2n, 2n, 3n]);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 120n }), (n) => {
        const root = squareRootFloor(n);
        expect(root * root <= n && n < (root + 1n) * (root + 1n)).toBe(true);
      }),
    );
  });

  it('gives a divisor of both', () => {
    expect([gcd(-12n, 18n), gcd(0n, 5n), gcd(0n, 0n)]).toEqual([6n, 5n, 0n]);
  });

  it('has the square root of a square exactly, and rounds any other as named', () => {
    expect(compare(squareRoot(decimal('2.25'), 'ceil'), decimal('1.5'))).toBe(0);
    const [below, above] = [squareRoot(decimal('2'), 'floor'), squareRoot(decimal('2'), 'ceil')];
    expect(compare(multiply(below, below), decimal('2'))).toBe(-1);
    expect(compare(multiply(above, above), decimal('2'))).toBe(1);
    expect(printDecimal(subtract(above, below), 'ceil', 40)).toBe(`0.${'0'.repeat(35)}1`);
    expect(() => squareRoot(decimal('-1'), 'floor')).toThrow('square root of a negative number');
  });
});

describe('decimal text', () => {
  it('refuses every other form', () => {
    const bad = ['', '-', '.5', '5.', '+1', ' 1', '1 ', '01', '-01', '1e5', '0x10', 'NaN', 'Infinity', '1.2.3', '1,5'];
    expect(bad.filter((text) => parseDecimal(text) !== undefined)).toEqual([]);
    expect(parseDecimal('١')).toBeUndefined();
    expect(() => decimal('x')).toThrow('x is not a decimal');
  });

  it('reads what the form allows and prints it back', () => {
    for (const text of [
      '0',
      '-1',
      '10.25',
      '-0.000000000000000000000000000000000001',
      '123456789012345678901234567890',
    ]) {
      expect(printDecimal(decimal(text), 'floor')).toBe(text);
    }
    expect(printDecimal(decimal('-0'), 'floor')).toBe('0');
    expect(printDecimal(decimal('1.500'), 'floor')).toBe('1.5');
  });

  it('is the same number after a way through text', () => {
    fc.assert(
      fc.property(decimalText, (text) => {
        const value = decimal(text);
        expect(compare(decimal(printDecimal(value, 'floor', 40)), value)).toBe(0);
      }),
    );
  });

  it('agrees with the pattern of the interface on any text', () => {
    const form = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/;
    const likely = fc.stringMatching(/^[-+]?[0-9.e]{0,6}$/);
    fc.assert(
      fc.property(fc.oneof(likely, fc.string(), decimalText), (text) => {
        expect(parseDecimal(text) !== undefined).toBe(form.test(text) && !text.includes('\n'));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps sign and order of a number with more decimals than are read', () => {
    const tiny = `0.${'0'.repeat(DIGITS_MAX + 500)}1`;
    expect(compare(decimal(tiny), ZERO)).toBe(1);
    expect(compare(decimal(`-${tiny}`), ZERO)).toBe(-1);
    expect(compare(decimal(`1.${'0'.repeat(5_000)}`), ONE)).toBe(0);
    expect(compare(decimal(`0.${'9'.repeat(5_000)}`), ONE)).toBe(-1);
  });

  it('refuses a whole part beyond the limit, and takes one at it', () => {
    expect(decimal('9'.repeat(DIGITS_MAX)).d).toBe(1n);
    expect(() => decimal('9'.repeat(DIGITS_MAX + 1))).toThrow(
      `a number has 1001 integer digits; expected 1000 at most`,
    );
    expect(powerOfTen(DIGITS_MAX)).toBe(10n ** 1000n);
    expect(() => powerOfTen(DIGITS_MAX + 2)).toThrow('is beyond the limit');
  });
});

describe('fractions', () => {
  it('refuse a divisor of 0', () => {
    expect(() => fraction(1n, 0n)).toThrow('a divisor is 0');
    expect(() => quotient(ONE, ZERO)).toThrow('a divisor is 0');
  });

  it('are a field: sums and products do not depend on order, and division undoes multiplication', () => {
    fc.assert(
      fc.property(anyFraction, anyFraction, anyFraction, (a, b, c) => {
        expect(compare(sum([a, b, c]), sum([c, b, a]))).toBe(0);
        expect(compare(multiply(a, add(b, c)), add(multiply(a, b), multiply(a, c)))).toBe(0);
        expect(compare(subtract(add(a, b), b), a)).toBe(0);
        fc.pre(b.n !== 0n);
        expect(compare(quotient(multiply(a, b), b), a)).toBe(0);
      }),
    );
  });

  it('print what has no end on the side that is named', () => {
    const third = fraction(1n, 3n);
    expect(printDecimal(third, 'floor')).toBe(`0.${'3'.repeat(PRINTED_DECIMALS)}`);
    expect(printDecimal(third, 'ceil', 4)).toBe('0.3334');
    expect(printDecimal(fraction(-1n, 3n), 'floor', 4)).toBe('-0.3334');
    expect(printDecimal(fraction(-1n, 3n), 'ceil', 0)).toBe('0');
    expect(printFraction(fraction(-6n, -4n))).toBe('3/2');
    expect(printFraction(fraction(0n, 7n))).toBe('0/1');
  });

  it('scale to integers and back', () => {
    expect(toScaled(decimal('-1.005'), 2, 'floor')).toBe(-101n);
    expect(compare(fromScaled(-101n, 2), decimal('-1.01'))).toBe(0);
  });

  it('stay between their bounds', () => {
    expect(compare(clamp(decimal('5'), ZERO, ONE), ONE)).toBe(0);
    expect(compare(clamp(decimal('-5'), ZERO, ONE), ZERO)).toBe(0);
  });
});
