import { describe, expect, test } from 'vitest';
import { type Totals, addTotals, describeTotals, figuresOf, judgeRepairs } from './totals.js';

const half = (more: Partial<Totals>): Totals => ({
  seeds: 1,
  simulatedMs: 3_600_000,
  events: 1_000,
  signatures: 2,
  entries: 3,
  releases: 4,
  faults: { crash: { fired: 5, seeds: 1 }, lie: { fired: 0, seeds: 0 } },
  points: { healed: 1 },
  repaired: 0,
  slowestHealMs: 60_000,
  failures: [],
  hashes: ['1 aa'],
  ...more,
});
const failure = { seed: 10, invariant: 'I1', detail: 'lost' };
const even = half({ slowestHealMs: 180_000, hashes: ['2 bb', '10 cc'], failures: [failure], points: { healed: 6 } });

describe('addTotals', () => {
  test('sums what can be summed, keeps the slowest, and orders hashes by seed', () => {
    expect(addTotals([half({}), even])).toEqual({
      seeds: 2,
      simulatedMs: 7_200_000,
      events: 2_000,
      signatures: 4,
      entries: 6,
      releases: 8,
      faults: { crash: { fired: 10, seeds: 2 }, lie: { fired: 0, seeds: 0 } },
      points: { healed: 7 },
      repaired: 0,
      slowestHealMs: 180_000,
      failures: [failure],
      hashes: ['1 aa', '2 bb', '10 cc'],
    });
  });

  test('gives the same whichever half comes first', () => {
    expect(addTotals([even, half({})])).toEqual(addTotals([half({}), even]));
  });
});

test('counts the kinds that fired, and hashes the hashes', () => {
  const figures = figuresOf(addTotals([half({}), even]));
  expect(figures).toMatchObject({ fired: '10', kinds: '1 of 2', hours: '2', slowestHealing: '3 simulated minutes' });
  expect(figures.hash).toMatch(/^[0-9a-f]{16}$/);
  expect(figuresOf(half({})).hash).not.toBe(figures.hash);
});

test('writes a row for each measure, fault and point', () => {
  const lines = describeTotals(addTotals([half({}), even]), 7, '1.0 s').split('\n');
  expect(lines).toContain('| seeds | 2, from 7 |');
  expect(lines).toContain('| broken invariants | 1 |');
  expect(lines).toContain('| events, each followed by a check | 2,000 |');
  expect(lines).toContain('| crash | 10 | 2 |');
  expect(lines).toContain('| healed | 7 |');
});

test('judges the share of repairs only of many seeds', () => {
  expect(judgeRepairs({ repaired: 0, seeds: 4_999 })).toBeUndefined();
  expect(judgeRepairs({ repaired: 1_500, seeds: 5_000 })).toBeUndefined();
  expect(judgeRepairs({ repaired: 1_450, seeds: 5_000 })).toBe('29 % of the seeds repair; expected at least 30 %');
});
