import type { MarginView } from '@surety/client';
import { HEALTH_FACTOR_MAX } from '@surety/margin';
import { describe, expect, it } from 'vitest';
import { type TimedHealth, describeTrail, drawTrail, healthAt, joinTrail } from './health-trail.js';

const at = (seconds: number, thousandths: bigint | undefined): TimedHealth => ({
  timestamp: BigInt(seconds),
  healthFactorWad: thousandths === undefined ? HEALTH_FACTOR_MAX : thousandths * 10n ** 15n,
});
const point = (seconds: number, thousandths: bigint | undefined) => {
  return { ...at(seconds, thousandths), height: BigInt(seconds), assetsWad: 1n, requirementWad: 1n };
};

describe('the health of an account over time', () => {
  it('is drawn oldest first, up to now, with a gap where nothing was owed', () => {
    const trail = joinTrail([point(30, 1_420n), point(20, undefined), point(10, 1_750n)], at(45, 1_425n));
    expect(drawTrail(trail)).toEqual({ times: [10, 20, 30, 45], healths: [1.75, null, 1.42, 1.425] });
  });

  it('shows no moment twice, and nothing after what is noted where the margin is of an older block', () => {
    for (const now of [at(10, 9n), at(5, 9n)])
      expect(drawTrail(joinTrail([point(10, 1_750n)], now))).toEqual({ times: [10], healths: [1.75] });
  });

  it('ends with what was noted last, and says so, where no worth is known now', () => {
    const margin = {
      healthFactorWad: 0n,
      conditions: ['unanswered'],
      block: { timestamp: 45n },
    } as unknown as MarginView;
    expect([healthAt(margin), healthAt(undefined)]).toEqual([undefined, undefined]);
    expect(healthAt({ ...margin, conditions: [] })).toEqual({ timestamp: 45n, healthFactorWad: 0n });
    const trail = joinTrail([point(1_800_000_000, 1_750n)], healthAt(margin));
    expect(drawTrail(trail).healths).toEqual([1.75]);
    expect(describeTrail(trail, false)).toMatch(/with 1\.750; now it is not known\.$/);
  });

  it('is cut above 5, so that a small debt does not flatten the rest', () => {
    expect(drawTrail([at(1, 4_999n), at(2, 5_001n), at(3, 900_000_000n)]).healths).toEqual([4.999, 5, 5]);
  });

  it('is said in words: its lowest, and now', () => {
    const trail = [at(1_800_000_000, 1_750n), at(1_800_000_060, 1_105n), at(1_800_000_120, 1_300n)];
    expect(describeTrail(trail)).toBe(
      'Since 2027-01-15T08:00:00Z the health was lowest at 2027-01-15T08:01:00Z with 1.105; now it is 1.300.',
    );
    expect(describeTrail([...trail, at(1_800_000_180, undefined)])).toMatch(/with 1\.105; now nothing is owed\.$/);
    expect([describeTrail([]), describeTrail([at(9, undefined)])]).toEqual(['Nothing was owed.', 'Nothing was owed.']);
  });
});
