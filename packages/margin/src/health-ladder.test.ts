import { wad } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GradeMargin, isLiquidatable } from './account-margin.js';
import {
  HEALTH_HYSTERESIS_BPS,
  HEALTH_STEPS_BPS,
  formatHealthStep,
  healthCrossings,
  healthRungOf,
  healthStepOf,
  isInBand,
  rungBandOf,
} from './health-ladder.js';

const SEED = 20_261_121;
const graded = (assets: bigint, requirement: bigint): GradeMargin => ({
  assets: wad(assets),
  requirement: wad(requirement),
});
const amount = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), fc.bigInt({ min: 0n, max: 30_000n }));
const anyGrade = fc.tuple(amount, amount).map(([assets, requirement]) => graded(assets, requirement));
const rung = fc.integer({ min: 0, max: 4 });

describe('the ladder of health', () => {
  it.each([
    [15_000n, 0],
    [14_999n, 1],
    [12_000n, 1],
    [11_999n, 2],
    [10_500n, 2],
    [10_499n, 3],
    [10_000n, 3],
    [9_999n, 4],
    [0n, 4],
  ])('puts %d assets against 10,000 below %d steps: equality is above', (assets, expected) => {
    expect(healthRungOf(graded(assets, 10_000n))).toBe(expected);
  });

  it.each([
    [10_099n, 4],
    [10_100n, 3],
    [10_599n, 3],
    [10_600n, 2],
    [12_099n, 2],
    [12_100n, 1],
    [15_099n, 1],
    [15_100n, 0],
  ])('lets %d assets against 10,000 climb from the bottom to %d: a hundredth above the step', (assets, expected) => {
    expect(healthRungOf(graded(assets, 10_000n), 4)).toBe(expected);
  });

  it('has no step for an account without debt, even without assets', () => {
    for (const before of [0, 1, 4]) {
      expect(healthRungOf(graded(0n, 0n), before)).toBe(0);
      expect(healthRungOf(graded(5n, 0n), before)).toBe(0);
    }
    expect(healthStepOf(graded(0n, 0n))).toBeUndefined();
    expect(healthStepOf(graded(1n, 1n))).toBe(10_500n);
  });

  it('ends exactly where an account may be liquidated, if it stood below no step before', () => {
    fc.assert(
      fc.property(anyGrade, (maintenance) => {
        const whole = { grades: { initial: maintenance, exit: maintenance, maintenance } };
        expect(healthRungOf(maintenance) === HEALTH_STEPS_BPS.length).toBe(isLiquidatable(whole));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it('puts a liquidatable account below all steps whatever its history, and holds others there up to 1.01', () => {
    fc.assert(
      fc.property(anyGrade, rung, (maintenance, before) => {
        const whole = { grades: { initial: maintenance, exit: maintenance, maintenance } };
        expect(!isLiquidatable(whole) || healthRungOf(maintenance, before) === HEALTH_STEPS_BPS.length).toBe(true);
      }),
      { seed: SEED, numRuns: 500 },
    );
    const recovering = graded(10_099n, 10_000n);
    expect(healthRungOf(recovering, 4)).toBe(4);
    expect(isLiquidatable({ grades: { initial: recovering, exit: recovering, maintenance: recovering } })).toBe(false);
  });

  it('does not move when judged again: nothing is announced twice', () => {
    fc.assert(
      fc.property(anyGrade, rung, (maintenance, before) => {
        const after = healthRungOf(maintenance, before);
        expect(healthRungOf(maintenance, after)).toBe(after);
        expect(healthCrossings(after, after)).toEqual([]);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it('leaves an account on its rung exactly within its band', () => {
    const edge = fc.constantFrom(-1n, 0n, 1n);
    fc.assert(
      fc.property(amount, rung, amount, edge, (requirement, before, drawn, beside) => {
        const band = rungBandOf(wad(requirement), before);
        for (const assets of [drawn, band.from + beside, (band.below ?? band.from) + beside]) {
          if (assets < 0n) continue;
          const stays = healthRungOf(graded(assets, requirement), before) === before;
          expect(isInBand(wad(assets), band)).toBe(stays);
        }
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  it('announces a noisy price around a step once, and a fall and a rise once per step', () => {
    const tremble = fc.array(fc.bigInt({ min: -99n, max: 99n }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(fc.constantFrom(...HEALTH_STEPS_BPS), tremble, (step, moves) => {
        let told = 0;
        let stood = healthRungOf(graded(step + HEALTH_HYSTERESIS_BPS, 10_000n));
        for (const move of moves) {
          const next = healthRungOf(graded(step + move, 10_000n), stood);
          told += healthCrossings(stood, next).length;
          stood = next;
        }
        expect(told).toBe(moves.some((move) => move < 0n) ? 1 : 0);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('leads from any rung to any other by single steps that undo each other', () => {
    fc.assert(
      fc.property(rung, rung, (from, to) => {
        const there = healthCrossings(from, to);
        expect(there).toHaveLength(Math.abs(from - to));
        const back = healthCrossings(to, from);
        expect(back.map(({ stepBps }) => stepBps)).toEqual(there.map(({ stepBps }) => stepBps).toReversed());
        for (const { direction } of there) expect(direction).toBe(to > from ? 'down' : 'up');
      }),
      { seed: SEED, numRuns: 100 },
    );
    expect(healthCrossings(0, 4).map(({ stepBps }) => formatHealthStep(stepBps))).toEqual(['1.5', '1.2', '1.05', '1']);
    expect(healthCrossings(4, 2).map(({ stepBps }) => formatHealthStep(stepBps))).toEqual(['1', '1.05']);
  });
});
