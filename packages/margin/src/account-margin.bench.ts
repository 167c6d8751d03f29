import { tokenUnits } from '@surety/domain';
import { bench, describe } from 'vitest';
import { type Line, accountMarginOf } from './index.js';

const NOW = 1_800_000_000n;
const ACCOUNTS = 1_000;
const lines: Line[] = [6, 8, 18, 6, 8, 18].map((decimals, at) => ({
  amount: tokenUnits(10n ** BigInt(decimals) * BigInt(at + 3)),
  unseasoned: tokenUnits(0n),
  seasonEnd: 0n,
  asset: { decimals, baseInitialBps: 8_000, baseMaintenanceBps: 8_500 },
  source: {
    state: 'LIVE',
    stateUntil: 0n,
    asOf: NOW - 7_000n,
    weightInitialBps: 9_500,
    weightMaintenanceBps: 10_000,
    staleAfterMinutes: 90,
    darkAfterMinutes: 360,
    floorAfterMinutes: 4_320,
    frozenMaintenanceBps: 10_000,
  },
  prices: [{ price1e12: 2_000n * 10n ** 12n, observedAt: NOW, maxAgeS: 3_600 }],
}));

/** The floor: six products and sums for three grades, without a factor computed or explained. */
function floorOf(): bigint {
  let sum = 0n;
  for (const line of lines) {
    for (let grade = 0; grade < 3; grade++)
      sum += (line.amount * 2_000n * 10n ** 12n * 10n ** 30n) / 10n ** BigInt(line.asset.decimals + 24);
  }
  return sum;
}
if (accountMarginOf(lines, NOW).grades.maintenance.assets >= floorOf())
  throw new Error('a margin cannot exceed its worth');

describe(`margins of ${ACCOUNTS} accounts with 6 lines`, () => {
  bench('the engine, with every factor explained', () => {
    for (let at = 0; at < ACCOUNTS; at++) accountMarginOf(lines, NOW);
  });
  bench('the bare arithmetic', () => {
    for (let at = 0; at < ACCOUNTS; at++) floorOf();
  });
});
