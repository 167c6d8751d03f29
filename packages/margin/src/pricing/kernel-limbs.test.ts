import fc from 'fast-check';
import { expect, test } from 'vitest';
import { divide } from '../number/division.js';
import { outOfTheMoneyShare, totalVolOf } from './black-kernel.js';
import { fixedOne } from './fixed-point.js';
import { addLimbs, kernelLimbs, timesDensity, writeRatio } from './kernel-limbs.js';
import { EXP_STEP_BITS, KERNEL_BITS, densityAtWhole, exponentialSteps, millsCell } from './kernel-tables.js';

/* The kernel as its formulas are written, one bigint after the other, as `OptionKernel.sol` computes it. */
const BITS = BigInt(KERNEL_BITS);
const ONE = fixedOne(KERNEL_BITS);
const THIRD = divide(ONE, 3n, 'halfUp');
const [coarseSteps, fineSteps] = [exponentialSteps(EXP_STEP_BITS), exponentialSteps(2 * EXP_STEP_BITS)];

function plainRatio(z: bigint): bigint {
  const below = ONE - z;
  const cell = millsCell(Number(below >> 88n));
  const r = (below & ((1n << 88n) - 1n)) - (1n << 87n);
  return [cell.c5, cell.c4, cell.c3, cell.c2, cell.c1, cell.c0].reduce((sum, c) => ((sum * r) >> BITS) + c, cell.c6);
}

function plainDensity(value: bigint, d: bigint): bigint {
  const exponent = (d * d) >> (BITS + 1n);
  const index = Number(exponent >> 76n);
  const { mantissa, places } = densityAtWhole(index >> 20);
  const rest = exponent & ((1n << 76n) - 1n);
  let series = ONE - ((rest * THIRD) >> BITS);
  series = ONE - ((rest * series) >> (BITS + 1n));
  series = ONE - ((rest * series) >> BITS);
  const coarse = coarseSteps[(index >> 10) & 1_023] ?? 0n;
  const steps = (((coarse * (fineSteps[index & 1_023] ?? 0n)) >> BITS) * series) >> BITS;
  return (((mantissa * steps) >> BITS) * value) >> places;
}

const readLimbs = (limbs: Float64Array): bigint => limbs.reduceRight((sum, limb) => (sum << 24n) + BigInt(limb), 0n);
const edges = [-64n << BITS, -40n << BITS, -ONE, -1n, 0n, 1n, ONE - 1n, ONE];
const cellEdges = Array.from({ length: 65 * 4 }, (_, at) => ONE - (BigInt(at) << (BITS - 2n))).flatMap((z) => [
  z,
  z - 1n,
]);

test('the ratio in limbs is the integer of the formulas, at every edge of its cells and in between', () => {
  const limbs = kernelLimbs();
  const check = (z: bigint) => {
    writeRatio(z, limbs);
    expect(readLimbs(limbs)).toBe(plainRatio(z));
    expect(limbs.slice(0, 4).every((limb) => limb >= 0 && limb < 2 ** 24)).toBe(true);
  };
  for (const z of [...edges, ...cellEdges].filter((at) => at >= -64n << BITS)) check(z);
  fc.assert(fc.property(fc.bigInt({ min: -64n << BITS, max: ONE }), check), { numRuns: 500 });
  fc.assert(fc.property(fc.bigInt({ min: -4n << BITS, max: ONE }), check), { numRuns: 500 });
});

test('the density in limbs is the integer of the formulas, also where a step or what is left of it is 0', () => {
  const limbs = kernelLimbs();
  const check = (z: bigint, d: bigint) => {
    writeRatio(z, limbs);
    expect(timesDensity(limbs, d)).toBe(plainDensity(plainRatio(z), d));
  };
  for (const z of [-40n << BITS, ONE])
    for (const d of [...edges.slice(1), 2n << BITS, 1n << 90n, 40n << BITS]) check(z, d);
  const size = fc.bigInt({ min: -40n << BITS, max: 40n << BITS });
  fc.assert(fc.property(fc.bigInt({ min: -64n << BITS, max: ONE }), size, check), { numRuns: 300 });
  fc.assert(
    fc.property(
      fc.bigInt({ min: -64n << BITS, max: ONE }),
      size.map((d) => d >> 6n),
      check,
    ),
    { numRuns: 300 },
  );
});

test('sums and differences carry through every limb and keep their sign', () => {
  const value = fc.bigInt({ min: -(1n << 100n), max: 1n << 100n });
  const limbsOf = (of: bigint) =>
    Float64Array.from(
      [0, 24, 48, 72].map((bits) => Number((of >> BigInt(bits)) & 0xffffffn)).concat(Number(of >> 96n)),
    );
  fc.assert(
    fc.property(value, value, fc.constantFrom(1, -1), (left, right, sign) => {
      const sum = limbsOf(left);
      addLimbs(sum, limbsOf(right), sign);
      expect([...sum]).toEqual([...limbsOf(left + BigInt(sign) * right)]);
    }),
  );
});

test('a share is the integer of the formulas on both sides of d1 = 1 and where two ratios cancel', () => {
  const vol = fc.bigInt({ min: 1n << 76n, max: 24n << BITS });
  fc.assert(
    fc.property(vol, fc.bigInt({ min: 0n, max: 12_000n }), (s, thousandths) => {
      const total = totalVolOf(s);
      const m = -(s * thousandths) / 1_000n;
      const d1 = ((m * total.inverse) >> BITS) + (s >> 1n);
      const d2 = d1 - s;
      const whole =
        d1 > ONE
          ? (1n << 192n) - plainDensity(plainRatio(-d1) + plainRatio(d2), d1)
          : plainDensity(plainRatio(d1) - plainRatio(d2), d1);
      expect(outOfTheMoneyShare(m, total)).toBe(whole);
    }),
    { numRuns: 500 },
  );
});
