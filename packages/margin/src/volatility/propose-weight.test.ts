import { WAD } from '@surety/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learnedModelOf } from './learned-forecast.js';
import { LEARNED_WEIGHTS } from './learned-weights.js';
import { PROPOSAL_TERMS, type RecordedPrice, estimateVolatility, proposeInitialBps } from './propose-weight.js';

const DAY_S = 86_400n;
const START = 1_700_006_400n;
const ONE = 10n ** 12n;

/** Prices at noon of each day, moved by so many thousandths from one to the next. */
function walk(moves: readonly number[], perDay = 1): readonly RecordedPrice[] {
  let price = 2_000n * ONE;
  return [0, ...moves].flatMap((move, day) => {
    const before = price;
    price = (price * BigInt(1_000 + move)) / 1_000n;
    return Array.from({ length: perDay }, (_, at) => ({
      at: START + BigInt(day) * DAY_S + BigInt(at * 1_000),
      price: before + ((price - before) * BigInt(at + 1)) / BigInt(perDay),
    }));
  });
}
const steady = (days: number, move = 20): number[] =>
  Array.from({ length: days }, (_, at) => (at % 2 === 0 ? move : -move));
const propose = (vol: bigint, ceilingBps = 8_000, stepBps = 50): number =>
  proposeInitialBps(vol, { ceilingBps, stepBps, terms: PROPOSAL_TERMS });

describe('volatility from recorded prices', () => {
  it('of days that move by 2 % is 2 %, by every estimator, and takes 7 % off', () => {
    const { returns, vols, haircut, firstDay, lastDay } = estimateVolatility(walk(steady(150)), PROPOSAL_TERMS);
    expect(returns).toBe(150);
    expect([firstDay, lastDay]).toEqual([START + DAY_S - (START % DAY_S), START - (START % DAY_S) + 150n * DAY_S]);
    for (const vol of [vols.fast, vols.slow, vols.garch, vols.stress, vols.used])
      expect(Number(vol) / 1e18).toBeCloseTo(0.02, 3);
    expect(Number(haircut) / 1e18).toBeCloseTo(0.07, 2);
  });

  it('has no GARCH of fewer than a hundred days, and refuses fewer than thirty, or days with gaps', () => {
    expect(estimateVolatility(walk(steady(40)), PROPOSAL_TERMS).vols.garch).toBeUndefined();
    const few = walk(steady(29));
    expect(() => estimateVolatility(few, PROPOSAL_TERMS)).toThrow(
      /30 days of prices give 29 returns; expected 30 at least/,
    );
    const gaps = walk(steady(80)).filter((_, at) => at % 2 === 0);
    expect(() => estimateVolatility(gaps, PROPOSAL_TERMS)).toThrow(/41 days of prices give 0 returns/);
    expect(() => estimateVolatility([{ at: START, price: 0n }], PROPOSAL_TERMS)).toThrow(/a price at 1700006400 is 0/);
  });

  it('rises with a crash, remembers its month, and counts the days that passed the haircut', () => {
    const calm = estimateVolatility(walk(steady(120, 5)), PROPOSAL_TERMS);
    const crash = estimateVolatility(walk([...steady(60, 5), -300, ...steady(60, 5)]), PROPOSAL_TERMS);
    expect(crash.vols.used > calm.vols.used).toBe(true);
    expect(Number(crash.worstFall) / 1e18).toBeCloseTo(0.3, 6);
    expect([calm.exceeded, crash.exceeded]).toEqual([0, 1]);
    expect(calm.vols.used).toBe(WAD / 100n + 1n);
  });

  it('of prices that do not move is the floor', () => {
    expect(estimateVolatility(walk(steady(120, 0)), PROPOSAL_TERMS).vols.used).toBe(WAD / 100n + 1n);
  });

  it('does not depend on the order of what was recorded', () => {
    const prices = walk(steady(50), 3);
    expect(estimateVolatility(prices.toReversed(), PROPOSAL_TERMS)).toEqual(estimateVolatility(prices, PROPOSAL_TERMS));
  });

  it('is raised by a learned forecast or left as it is, to twice as much at most', () => {
    const learned = learnedModelOf(LEARNED_WEIGHTS);
    const moves = fc.array(fc.integer({ min: -60, max: 60 }), { minLength: 40, maxLength: 60 });
    fc.assert(
      fc.property(moves, (some) => {
        const prices = walk(some, 6);
        const plain = estimateVolatility(prices, PROPOSAL_TERMS).vols.used;
        const raised = estimateVolatility(prices, { ...PROPOSAL_TERMS, learned }).vols;
        expect(raised.used >= plain && raised.used <= 2n * plain + 1n).toBe(true);
      }),
      { numRuns: 25 },
    );
    const seldom = estimateVolatility(walk(steady(60)), { ...PROPOSAL_TERMS, learned });
    expect(seldom.vols.learned).toBeUndefined();
  });
});

describe('a proposed weight', () => {
  it('is the ceiling while the sigmas fit into its haircut, else what they leave, down to a whole step', () => {
    expect(propose(5n * 10n ** 16n)).toBe(8_000);
    // 1 − 3.5 · 0.07 = 0.755
    expect(propose(7n * 10n ** 16n)).toBe(7_550);
    expect(propose(71n * 10n ** 15n)).toBe(7_500);
    expect(propose(71n * 10n ** 15n, 8_000, 1)).toBe(7_515);
    expect(propose(WAD)).toBe(0);
  });

  it('never rises with volatility and never passes the ceiling', () => {
    const vol = fc.bigInt({ min: 0n, max: WAD });
    fc.assert(
      fc.property(vol, vol, fc.integer({ min: 0, max: 9_500 }), (one, other, ceiling) => {
        const [low, high] = one < other ? [one, other] : [other, one];
        expect(propose(high, ceiling)).toBeLessThanOrEqual(propose(low, ceiling));
        expect(propose(low, ceiling)).toBeLessThanOrEqual(ceiling);
      }),
    );
  });
});
