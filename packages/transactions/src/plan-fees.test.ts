import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FeePolicy, type Fees, capOf, planFees, planReplacementFees, planRise } from './plan-fees.js';

const POLICY: FeePolicy = { maxFeePerGasCap: 1_000n, maxPriorityFeePerGasCap: 100n, minPriorityFeePerGas: 1n };

describe('a fee plan', () => {
  it('is undefined when base fee and minimum tip exceed the cap, but not when they equal it', () => {
    expect(planFees({ baseFeePerGas: 1_000n, tipPerGas: 5n }, POLICY)).toBeUndefined();
    expect(planFees({ baseFeePerGas: 999n, tipPerGas: 5n }, POLICY)).toEqual({
      maxFeePerGas: 1_000n,
      maxPriorityFeePerGas: 1n,
    });
  });

  it('caps the tip and leaves room for the base fee to double', () => {
    expect(planFees({ baseFeePerGas: 100n, tipPerGas: 900n }, POLICY)).toEqual({
      maxFeePerGas: 300n,
      maxPriorityFeePerGas: 100n,
    });
  });

  it('offers more than twice the usual tip for a pressing call, within the caps', () => {
    const pressing = (tipPerGas: bigint) => planFees({ baseFeePerGas: 10n, tipPerGas }, POLICY, true);
    expect(pressing(20n)).toEqual({ maxFeePerGas: 61n, maxPriorityFeePerGas: 41n });
    expect(pressing(0n)).toEqual({ maxFeePerGas: 23n, maxPriorityFeePerGas: 3n });
    expect(pressing(60n)).toEqual({ maxFeePerGas: 120n, maxPriorityFeePerGas: 100n });
    expect(planFees({ baseFeePerGas: 999n, tipPerGas: 5n }, POLICY, true)).toEqual({
      maxFeePerGas: 1_000n,
      maxPriorityFeePerGas: 1n,
    });
  });

  it('raises both fees of a replacement by an eighth, rounded up', () => {
    const last = { maxFeePerGas: 301n, maxPriorityFeePerGas: 8n };
    expect(planReplacementFees(last, { baseFeePerGas: 10n, tipPerGas: 1n }, POLICY)).toEqual({
      maxFeePerGas: 339n,
      maxPriorityFeePerGas: 9n,
    });
  });

  it('is undefined for a replacement above a cap, but not for one that equals it', () => {
    const market = { baseFeePerGas: 10n, tipPerGas: 1n };
    expect(planReplacementFees({ maxFeePerGas: 889n, maxPriorityFeePerGas: 8n }, market, POLICY)).toBeUndefined();
    expect(planReplacementFees({ maxFeePerGas: 888n, maxPriorityFeePerGas: 8n }, market, POLICY)?.maxFeePerGas).toBe(
      999n,
    );
    expect(planReplacementFees({ maxFeePerGas: 500n, maxPriorityFeePerGas: 89n }, market, POLICY)).toBeUndefined();
  });

  it('lets the tip pass its cap where the base fee has overtaken the attempt, up to twice', () => {
    const roomy = { maxFeePerGasCap: 10_000_000n, maxPriorityFeePerGasCap: 10_000n, minPriorityFeePerGas: 1n };
    const tipPerGas = 10_000n;
    const rise = (last: Fees | undefined, baseFeePerGas: bigint) =>
      last === undefined ? undefined : planRise(last, { baseFeePerGas, tipPerGas }, roomy);
    const first = planFees({ baseFeePerGas: 2_000n, tipPerGas }, roomy);
    expect(first).toEqual({ maxFeePerGas: 14_000n, maxPriorityFeePerGas: 10_000n });
    expect(rise(first, 4_000n)).toBeUndefined();
    const tips: (bigint | undefined)[] = [];
    for (let last = first, at = 0; at < 7; at++) {
      last = rise(last, (last?.maxFeePerGas ?? 0n) - (last?.maxPriorityFeePerGas ?? 0n) + 1n);
      tips.push(last?.maxPriorityFeePerGas);
    }
    expect(tips).toEqual([11_250n, 12_657n, 14_240n, 16_020n, 18_023n, undefined, undefined]);
  });

  it('names the cap that stops a replacement', () => {
    const market = { baseFeePerGas: 900n, tipPerGas: 1n };
    expect(capOf({ maxFeePerGas: 500n, maxPriorityFeePerGas: 95n }, market, POLICY)).toBe('tip');
    expect(capOf({ maxFeePerGas: 950n, maxPriorityFeePerGas: 8n }, market, POLICY)).toBe('fee');
    expect(capOf({ maxFeePerGas: 500n, maxPriorityFeePerGas: 8n }, { ...market, baseFeePerGas: 1_000n }, POLICY)).toBe(
      'fee',
    );
  });

  it('of a first attempt at up to half the fee cap can be raised when the base fee trebles', () => {
    const fee = fc.bigInt({ min: 0n, max: 10n ** 12n });
    fc.assert(
      fc.property(
        fee,
        fee,
        fc.bigInt({ min: 2n, max: 10n ** 12n }),
        fc.boolean(),
        (baseFeePerGas, tipPerGas, cap, hurry) => {
          const caps = { maxFeePerGasCap: 2n * cap, maxPriorityFeePerGasCap: cap, minPriorityFeePerGas: 1n };
          const first = planFees({ baseFeePerGas, tipPerGas }, caps, hurry);
          fc.pre(first !== undefined && first.maxFeePerGas <= cap && baseFeePerGas > 0n);
          const next = planRise(first, { baseFeePerGas: 3n * baseFeePerGas, tipPerGas }, caps);
          expect(next?.maxFeePerGas).toBeGreaterThanOrEqual(3n * baseFeePerGas);
        },
      ),
    );
  });

  it('never exceeds a cap, and a replacement always meets the 10 % on both fees that nodes require', () => {
    const fee = fc.bigInt({ min: 0n, max: 10n ** 12n });
    const policy = fc.record({ maxFeePerGasCap: fee, maxPriorityFeePerGasCap: fee, minPriorityFeePerGas: fee });
    fc.assert(
      fc.property(policy, fee, fee, fee, (caps, baseFeePerGas, tipPerGas, nextBase) => {
        const first = planFees({ baseFeePerGas, tipPerGas }, caps);
        if (first === undefined) return;
        const next = planReplacementFees(first, { baseFeePerGas: nextBase, tipPerGas }, caps);
        for (const fees of next === undefined ? [first] : [first, next]) {
          expect(fees.maxFeePerGas <= caps.maxFeePerGasCap).toBe(true);
          expect(fees.maxPriorityFeePerGas <= caps.maxPriorityFeePerGasCap).toBe(true);
          expect(fees.maxPriorityFeePerGas <= fees.maxFeePerGas).toBe(true);
        }
        expect(first.maxFeePerGas >= baseFeePerGas).toBe(true);
        if (next === undefined) return;
        expect(next.maxFeePerGas * 10n >= first.maxFeePerGas * 11n).toBe(true);
        expect(next.maxPriorityFeePerGas * 10n >= first.maxPriorityFeePerGas * 11n).toBe(true);
      }),
    );
  });
});
