import type { HealthPointView } from '@surety/client';
import { WAD, bytes32 } from '@surety/domain';
import { HEALTH_FACTOR_MAX } from '@surety/margin';
import { expect, it } from 'vitest';
import { formatHealthHistory } from './format-health-history.js';

const ACCOUNT = bytes32(`0x${'a1'.repeat(32)}`);
const OWING: HealthPointView = {
  height: 12n,
  timestamp: 1_800_000_000n,
  assetsWad: 1_234_560n * 10n ** 15n,
  requirementWad: 1_000n * WAD,
  healthFactorWad: 1_234_560n * 10n ** 12n,
};

it('shows the health of an account newest first, and the end of its debt', () => {
  const paid = {
    ...OWING,
    height: 1_340n,
    timestamp: 1_800_000_300n,
    requirementWad: 0n,
    healthFactorWad: HEALTH_FACTOR_MAX,
  };
  expect(formatHealthHistory({ account: ACCOUNT, points: [paid, OWING], next: null })).toEqual([
    'TIME                      BLOCK  HEALTH        MARGIN    REQUIRED',
    '2027-01-15T08:05:00.000Z  1340   nothing owed  1,234.56  0.00',
    '2027-01-15T08:00:00.000Z  12     1.23          1,234.56  1,000.00',
  ]);
});

it('names the command that shows older points, and says that there are none', () => {
  const lines = formatHealthHistory({ account: ACCOUNT, points: [OWING], next: 1_800_000_000n });
  expect(lines.slice(-2)).toEqual(['', `older: surety history ${ACCOUNT} --health --before 1800000000`]);
  expect(formatHealthHistory({ account: ACCOUNT, points: [], next: null })).toEqual([
    `${ACCOUNT} had no debt in the last 30 days while this aggregator watched`,
  ]);
});
