import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FeePolicy, planFees, planReplacementFees } from './plan-fees.js';

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
