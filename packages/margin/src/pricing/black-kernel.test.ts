import { describe, expect, test } from 'vitest';
import { TOTAL_VOL_MAX, logarithmOf, outOfTheMoneyShare, totalVolOf } from './black-kernel.js';
import { KERNEL_BITS, densityAtWhole } from './kernel-tables.js';

/*
 * The reference shares nothing with the kernel: N from the alternating series of erf, e^x from its plain series, both with
 * 832 bits (250 digits) and bare integer division, of which 700 bits survive what cancels for |x| ≤ 17.
 */
const WIDE = 832n;
const ONE = 1n << WIDE;
const multiply = (left: bigint, right: bigint) => (left * right) >> WIDE;

function referenceExp(x: bigint): bigint {
  // 16 halvings, then the series, then 16 squarings.
  const reduced = x >> 16n;
  let [sum, term] = [ONE, ONE];
  for (let k = 1n; term !== 0n && term !== -1n; k += 1n) {
    term = multiply(term, reduced) / k;
    sum += term;
  }
  for (let done = 0; done < 16; done += 1) sum = multiply(sum, sum);
  return sum;
}

const ROOT_TWO_PI = (() => {
  // √(2π), with π from 4·atan(1/2) + 4·atan(1/3).
  const arcTangent = (n: bigint) => {
    let [sum, power] = [0n, ONE / n];
    for (let k = 1n; power !== 0n; k += 2n) {
      sum += k % 4n === 1n ? power / k : -(power / k);
      power /= n * n;
    }
    return sum;
  };
  const square = (8n * (arcTangent(2n) + arcTangent(3n))) << WIDE;
  let root = ONE << 2n;
  for (let next = 0n; ; root = next) {
    next = (root + square / root) >> 1n;
    if (next >= root) return root;
  }
})();

/** N(x) = 1/2 + (1/√2π)·Σ (−1)^k x^(2k+1)/(2^k·k!·(2k+1)). */
function referenceCumulative(x: bigint): bigint {
  const square = multiply(x, x);
  let [sum, power] = [0n, x];
  for (let k = 0n; power !== 0n && power !== -1n; k += 1n) {
    sum += power / (2n * k + 1n);
    power = -multiply(power, square) / (2n * (k + 1n));
  }
  return (ONE >> 1n) + (sum << WIDE) / ROOT_TWO_PI;
}

function referenceShare(m: bigint, s: bigint): bigint {
  const [wideM, wideS] = [m << (WIDE - 96n), s << (WIDE - 96n)];
  const d1 = (wideM << WIDE) / wideS + (wideS >> 1n);
  return referenceCumulative(d1) - multiply(referenceExp(-wideM), referenceCumulative(d1 - wideS));
}

/** Fractions of 2^32, always the same ones. */
function* fractions(seed: bigint): Generator<bigint, never> {
  for (let state = seed; ;) {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & ((1n << 64n) - 1n);
    yield state >> 32n;
  }
}

/** Numbers from 2^low to 2^high whose logarithm is spread evenly, as far as an interpolation by halves goes. */
function powerBetween(low: bigint, high: bigint, fraction: bigint): bigint {
  const steps = (high - low) * fraction;
  const [whole, part] = [steps >> 32n, steps & 0xffffffffn];
  return (((1n << 32n) + part) << BigInt(KERNEL_BITS)) >> (32n - low - whole);
}

const scientific = (value: bigint) => {
  const digits = value.toString();
  return `${digits.slice(0, 2)}e${digits.length - 2 - 60}`;
};

/** The worst error of a grid in units of 1e-60, and where. */
function worstOf(grid: readonly (readonly [bigint, bigint])[], relative: boolean): bigint {
  let worst = 0n;
  for (const [m, s] of grid) {
    const reference = referenceShare(m, s);
    const found = outOfTheMoneyShare(m, totalVolOf(s)) << (WIDE - 192n);
    const error = found > reference ? found - reference : reference - found;
    const scaled = (error * 10n ** 60n) / (relative ? reference : ONE);
    if (scaled > worst) worst = scaled;
  }
  return worst;
}

const decimal = (numerator: bigint, denominator: bigint) => (numerator << BigInt(KERNEL_BITS)) / denominator;

describe('out-of-the-money share of Black', () => {
  test('is right to 1e-15 of itself for |ln(F/K)| up to 10 total volatilities from 1e-4 to 10', () => {
    const next = fractions(1n);
    const grid: (readonly [bigint, bigint])[] = [];
    while (grid.length < 1_500) {
      const s = powerBetween(-14n, 4n, next.next().value);
      const inside = s >= decimal(1n, 10_000n) && s <= decimal(10n, 1n);
      if (inside) grid.push([-(10n * s * next.next().value) >> 32n, s]);
    }
    const corners = [decimal(1n, 10_000n), decimal(1n, 100n), decimal(1n, 4n), decimal(2n, 1n), decimal(10n, 1n)];
    for (const s of corners) for (const tenths of [0n, 1n, 10n, 50n, 99n, 100n]) grid.push([(-tenths * s) / 10n, s]);
    const worst = worstOf(grid, true);
    expect(scientific(worst)).toMatchInlineSnapshot(`"17e-18"`);
    expect(worst < 10n ** 45n).toBe(true);
  });

  test('is right to 1e-19 everywhere else', () => {
    const next = fractions(2n);
    const grid: (readonly [bigint, bigint])[] = [];
    for (let count = 0; count < 300; count += 1) {
      const s = powerBetween(-40n, 4n, next.next().value);
      // Beyond 17 the reference itself would need more bits: the share is below 1e-60 there.
      const limit = 16n * s - ((s * s) >> BigInt(KERNEL_BITS + 1));
      if (limit > 0n) grid.push([-(limit * next.next().value) >> 32n, s]);
    }
    const worst = worstOf(grid, false);
    expect(scientific(worst)).toMatchInlineSnapshot(`"32e-23"`);
    expect(worst < 10n ** 41n).toBe(true);
  });

  test('vanishes far from the money and tends to 1 for the largest total volatility', () => {
    expect(outOfTheMoneyShare(-50n << 96n, totalVolOf(1n << 96n))).toBe(0n);
    expect(outOfTheMoneyShare(-(1n << 200n), totalVolOf(1n))).toBe(0n);
    const most = outOfTheMoneyShare(0n, totalVolOf(TOTAL_VOL_MAX));
    expect((1n << 192n) - most < (1n << 192n) / 10n ** 31n).toBe(true);
    expect(most < 1n << 192n).toBe(true);
  });

  test('is never below 0, also where a volatility is less than the steps of its tables', () => {
    for (let cell = 0n; cell < 2_000n; cell += 1n) {
      for (const s of [1n, 256n, 1n << 20n, 1n << 32n]) {
        expect(outOfTheMoneyShare(-(s * cell) / 256n, totalVolOf(s)) >= 0n, `${cell} ${s}`).toBe(true);
      }
    }
  });

  test('does not depend on what was priced before', () => {
    const ask = () => outOfTheMoneyShare(decimal(-3n, 10n), totalVolOf(decimal(3n, 7n)));
    const first = ask();
    for (let step = 1n; step < 200n; step += 1n)
      outOfTheMoneyShare(decimal(-step, 40n), totalVolOf(decimal(step, 30n)));
    expect(ask()).toBe(first);
  });
});

describe('table of densities', () => {
  test('has 95 bits of every entry, however small', () => {
    for (let whole = 0; whole <= 400; whole += 25) {
      const { mantissa, places } = densityAtWhole(whole);
      const reference = (referenceExp(-BigInt(whole) << WIDE) << WIDE) / ROOT_TWO_PI;
      const found = (mantissa << (WIDE - 96n)) >> places;
      const error = found - reference;
      expect((error < 0n ? -error : error) <= reference >> 94n, `${whole}`).toBe(true);
      expect(mantissa >= 1n << 95n && mantissa <= 1n << 96n).toBe(true);
    }
  });
});

describe('logarithm of an integer', () => {
  test('is right to 2^-90 against e^x', () => {
    const next = fractions(3n);
    for (let count = 0; count < 300; count += 1) {
      const integer = (next.next().value << (next.next().value & 127n)) + 1n;
      // e^(ln n) = n·(1 + error), with the logarithm halved into the range of the series.
      const half = referenceExp((logarithmOf(integer) << (WIDE - 96n)) >> 7n);
      let power = half;
      for (let done = 0; done < 7; done += 1) power = multiply(power, power);
      const error = power - integer * ONE;
      expect((error < 0n ? -error : error) < (integer * ONE) >> 90n, `${integer}`).toBe(true);
    }
  });

  test('of 1 is 0 and of nothing is refused', () => {
    expect(logarithmOf(1n)).toBe(0n);
    expect(() => logarithmOf(0n)).toThrowErrorMatchingInlineSnapshot(
      `[AppError: the logarithm of a number that is not above 0]`,
    );
  });
});
