import { WAD } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { type InitialMargin, findLeavingPart } from './find-largest-release.js';

const UNIT = 10n ** 6n;

/** A line of a million units of value each, whose margin after a release a function gives; counts the questions. */
function line(assetsAfter: (amount: bigint) => bigint, requiredWad: bigint) {
  let asked = 0;
  const ask = async (amount: bigint): Promise<InitialMargin | undefined> => {
    asked += 1;
    const assetsWad = assetsAfter(amount);
    return assetsWad >= requiredWad ? undefined : { assetsWad, requiredWad };
  };
  const find = (seasoned: bigint, minimum = UNIT) =>
    findLeavingPart({ seasoned, minimum, now: { assetsWad: assetsAfter(0n), requiredWad }, ask });
  return { find, asked: () => asked };
}

describe('the largest release', () => {
  const straight = (amount: bigint): bigint => 10_000n * WAD - amount * (WAD / UNIT);

  it('is the whole line where the margin allows it', async () => {
    expect(await line(straight, 0n).find(4_000n * UNIT)).toEqual({ amount: 4_000n * UNIT, short: undefined });
    expect(await line(straight, 0n).find(0n)).toEqual({ amount: 0n, short: undefined });
  });

  it('leaves the requirement and a ten thousandth of it, in few questions', async () => {
    const { find, asked } = line(straight, 8_000n * WAD);
    const { amount, short } = await find(4_000n * UNIT);
    expect(amount).toBe(1_999_200_000n);
    expect(short).toEqual({ assetsWad: 6_000n * WAD, requiredWad: 8_000n * WAD });
    expect(asked()).toBeLessThanOrEqual(4);
  });

  it('is found within a thousandth of the line where the margin bends', async () => {
    // The first half counts a tenth.
    const bent = (amount: bigint): bigint => {
      const half = 2_000n * UNIT;
      const slow = amount < half ? amount : half;
      return 10_000n * WAD - slow * (WAD / UNIT / 10n) - (amount - slow) * (WAD / UNIT);
    };
    const { amount } = await line(bent, 9_000n * WAD).find(4_000n * UNIT);
    expect(amount).toBeLessThanOrEqual(2_800n * UNIT);
    expect(amount).toBeGreaterThan(2_790n * UNIT);
  });

  it('is nothing below the requirement, or below the smallest release', async () => {
    expect((await line(straight, 10_001n * WAD).find(4_000n * UNIT)).amount).toBe(0n);
    expect((await line(straight, 9_999n * WAD).find(4_000n * UNIT, 100n * UNIT)).amount).toBe(0n);
  });
});
