import { WAD } from '@surety/domain';
import { expect, it } from 'vitest';
import { type BreachedPosition, withFixedBonus, withoutKeepers } from './other-rules.js';

/** Half a bitcoin, at a price of 8 decimals. */
const breachAt = (answer: bigint, debtWad: bigint): BreachedPosition => ({
  collateral: 50_000_000n,
  debtWad,
  worthWad: 50_000_000n * answer * 100n,
});

const AT_2000 = breachAt(2_000n * 10n ** 8n, 800n * WAD);

it('prices collateral in WAD', () => {
  expect(AT_2000.worthWad).toBe(1_000n * WAD);
});

it('pays a fixed bonus on the whole debt, and loses nothing while the collateral reaches', () => {
  // 840 are sold for 800.
  expect(withFixedBonus([AT_2000], 50_000n)).toEqual({ discountPpm: 47_619n, lostWad: 0n, left: 0 });
});

it('loses under a fixed bonus what the collateral does not reach', () => {
  const at = breachAt(2_000n * 10n ** 8n, 1_000n * WAD);
  // 1,000 are sold for 952.38.
  const { discountPpm, lostWad } = withFixedBonus([at], 50_000n);
  expect([discountPpm, lostWad / 10n ** 16n]).toEqual([47_619n, 4_761n]);
});

it('loses without keepers what is owed beyond the collateral at the last price', () => {
  const none = (...[dollars, breaches]: [bigint, readonly BreachedPosition[]]) => {
    const { lostWad, left } = withoutKeepers(breaches, dollars * 10n ** 8n);
    return [lostWad, left];
  };
  expect(none(1_600n, [AT_2000])).toEqual([0n, 1]);
  expect(none(1_500n, [AT_2000, AT_2000])).toEqual([100n * WAD, 2]);
  expect(none(2_001n, [AT_2000])).toEqual([0n, 0]);
});

it('makes nothing of no breach', () => {
  expect([withFixedBonus([], 50_000n), withoutKeepers([], 1n)]).toEqual([
    { discountPpm: 0n, lostWad: 0n, left: 0 },
    { discountPpm: 0n, lostWad: 0n, left: 0 },
  ]);
});
