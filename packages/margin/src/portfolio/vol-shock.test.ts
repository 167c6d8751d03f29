import { WAD } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fixedOne, toFixed } from '../pricing/fixed-point.js';
import { decimal, toScaled } from '../number/decimal.js';
import {
  FACTOR_BITS,
  SECONDS_YEAR,
  discountOf,
  logStrikeOf,
  powerLaw,
  rootYearsOf,
  skewFactor,
  skewWidthOf,
  volShockFactors,
} from './vol-shock.js';

const wad = (text: string) => toScaled(decimal(text), 18, 'halfUp');
const ONE = fixedOne(FACTOR_BITS);
const DAY = 86_400n;
const shock = {
  rangeUp: wad('0.5'),
  rangeDown: wad('0.3'),
  shortPower: wad('0.5'),
  longPower: wad('0.25'),
  dteFloorDays: wad('1'),
};

describe('volatility shock', () => {
  test('refuses to divide by no time', () => {
    expect(() => powerLaw(0n, WAD)).toThrow('needs time or a floor of time');
    expect(() => volShockFactors({ ...shock, dteFloorDays: 0n }, 0n)).toThrow('needs time or a floor of time');
  });

  test('is the range at 30 days, grows towards expiry and stops at the floor', () => {
    expect(volShockFactors(shock, 30n * DAY)).toEqual({ up: wad('1.5'), down: wad('0.7') });
    // (30/7.5)^0.5 = 2 and (30/480)^0.25 = 1/2.
    expect(volShockFactors(shock, (15n * DAY) / 2n)).toEqual({ up: wad('2'), down: wad('0.4') });
    expect(volShockFactors(shock, 480n * DAY)).toEqual({ up: wad('1.25'), down: wad('0.85') });
    expect(volShockFactors(shock, 0n)).toEqual(volShockFactors(shock, DAY));
    expect(volShockFactors(shock, DAY).down).toBe(0n);
  });

  test('never grows with time', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 800n * DAY }), fc.bigInt({ min: 0n, max: 90n * DAY }), (time, more) => {
        expect(volShockFactors(shock, time + more).up <= volShockFactors(shock, time).up).toBe(true);
      }),
    );
  });
});

describe('skew shock', () => {
  const skew = {
    linearCBase: wad('-0.05'),
    linearCap: wad('0.15'),
    absCBase: wad('-0.05'),
    absCap: wad('0.15'),
    minKStar: wad('0.01'),
    widthScale: wad('4'),
    volStatic: wad('0.6'),
    volScale: wad('-0.1'),
  };

  test('has the width and the caps of its time, and a least width', () => {
    // √t = 1/2: k* = 0.5·4·(0.6 − 0.05) = 1.1, cap = 0.125.
    const width = skewWidthOf(skew, ONE >> 1n);
    const near = (found: bigint, text: string) => {
      const error = found - toFixed(decimal(text), FACTOR_BITS);
      expect(error >= -8n && error <= 8n).toBe(true);
    };
    near(width.kStar, '1.1');
    near(width.linearCap, '0.125');
    near(width.absCap, '0.125');
    near(skewWidthOf(skew, 0n).kStar, '0.01');
  });

  test('tilts by the cap at its width, no more beyond it, and not at all at the money', () => {
    const cap = ONE >> 3n;
    expect(skewFactor(0n, ONE, cap)).toBe(WAD);
    expect(skewFactor(ONE, ONE, cap)).toBe(wad('1.125'));
    expect(skewFactor(-2n * ONE, ONE, cap)).toBe(wad('0.875'));
    expect(skewFactor(9n * ONE, ONE, -cap)).toBe(wad('0.875'));
    expect(() => skewFactor(ONE, 0n, cap)).toThrow('a divisor is 0');
  });
});

test('a discount and a root of time are those of the year of 365 days', () => {
  expect(discountOf(SECONDS_YEAR, 0n)).toBe(ONE);
  expect(discountOf(0n, WAD)).toBe(ONE);
  expect(rootYearsOf(SECONDS_YEAR / 4n)).toBe(ONE >> 1n);
  // e^−1 from its series.
  let [sum, term] = [0n, ONE << 64n];
  for (let k = 1n; term !== 0n; k += 1n) {
    sum += term;
    term = -term / k;
  }
  const error = discountOf(SECONDS_YEAR / 2n, 2n * WAD) - (sum >> 64n);
  expect(error >= -2n && error <= 2n).toBe(true);
  expect(logStrikeOf(WAD, WAD)).toBe(0n);
});
