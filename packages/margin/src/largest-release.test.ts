import { describe, expect, it } from 'vitest';
import { largestReleaseOf } from './largest-release.js';

const LINE = { held: 1_000n, seasoned: 1_000n, minimum: 10n };
const upTo = (most: bigint) => (amount: bigint) => (amount <= most ? 'allowed' : 'margin');

describe('the largest release of a line', () => {
  it('is the whole line, or its seasoned part, where the margin allows it', () => {
    expect(largestReleaseOf({ ...LINE, afterRelease: upTo(1_000n) })).toEqual({ amount: 1_000n, bound: 'line' });
    const unseasoned = { ...LINE, seasoned: 400n, afterRelease: upTo(1_000n) };
    expect(largestReleaseOf(unseasoned)).toEqual({ amount: 400n, bound: 'season' });
  });

  it('is the last unit that the margin allows, for each of them', () => {
    for (let most = 10n; most < 1_000n; most++)
      expect(largestReleaseOf({ ...LINE, afterRelease: upTo(most) })).toEqual({ amount: most, bound: 'margin' });
    const huge = { held: 2n ** 104n - 1n, seasoned: 2n ** 104n - 1n, minimum: 1n };
    const most = 2n ** 103n + 12_345n;
    expect(largestReleaseOf({ ...huge, afterRelease: upTo(most) }).amount).toBe(most);
  });

  it('is nothing below the smallest release, unless that is the line', () => {
    expect(largestReleaseOf({ ...LINE, afterRelease: upTo(9n) })).toEqual({ amount: 0n, bound: 'minimum' });
    const dust = { held: 9n, seasoned: 9n, minimum: 10n, afterRelease: upTo(9n) };
    expect(largestReleaseOf(dust)).toEqual({ amount: 9n, bound: 'line' });
    const young = { held: 50n, seasoned: 9n, minimum: 10n, afterRelease: upTo(50n) };
    expect(largestReleaseOf(young)).toEqual({ amount: 0n, bound: 'minimum' });
  });

  it('is nothing of an empty line, or where the margin allows nothing, by its reason', () => {
    expect(largestReleaseOf({ held: 0n, seasoned: 0n, minimum: 10n, afterRelease: upTo(9n) })).toEqual({
      amount: 0n,
      bound: 'line',
    });
    expect(largestReleaseOf({ ...LINE, afterRelease: () => 'unanswered' })).toEqual({
      amount: 0n,
      bound: 'unanswered',
    });
  });

  it('is the whole line where only that ends what keeps the margin unknown', () => {
    const afterRelease = (amount: bigint) => (amount === 1_000n ? 'allowed' : 'price-missing');
    expect(largestReleaseOf({ ...LINE, afterRelease })).toEqual({ amount: 1_000n, bound: 'line' });
    expect(largestReleaseOf({ ...LINE, seasoned: 999n, afterRelease })).toEqual({ amount: 0n, bound: 'price-missing' });
  });
});
