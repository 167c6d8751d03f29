import { describe, expect, it } from 'vitest';
import { NO_FEED, type PriceReading } from '../ports/price-board.js';
import { movedBps, planPokes } from './plan-pokes.js';

const POLICY = { moveBps: 50, ageShareBps: 5_000 };

function reading(
  extra: Partial<{
    cached: bigint;
    confPpm: number;
    cachedAt: bigint;
    fed: bigint;
    fedAt: bigint;
    now: bigint;
    marked: boolean;
  }> = {},
): PriceReading {
  const {
    cached = 10_000n,
    cachedAt = 1_000n,
    fed = 10_000n,
    fedAt = 1_010n,
    now = 1_020n,
    marked = false,
    confPpm = 0,
  } = extra;
  return {
    slot: 3,
    cached: { price1e12: cached, confPpm, observedAt: cachedAt, maxAgeS: 3_600n, failing: marked },
    feed: { kind: 'price', price1e12: fed, observedAt: fedAt },
    timestamp: now,
  };
}

describe('a poke plan', () => {
  it('names a failing feed, and pokes it until its slot is marked', () => {
    const failing = (marked: boolean, name = 'PriceStale'): PriceReading => ({
      ...reading({ marked }),
      feed: { kind: 'failing', name },
    });
    const named = { failing: [{ slot: 3, name: 'PriceStale' }], stalled: [], resting: [] };
    expect(planPokes([failing(false)], POLICY)).toEqual({ pokes: [{ slot: 3, reason: 'failing' }], ...named });
    expect(planPokes([failing(true)], POLICY)).toEqual({ pokes: [], ...named });
    expect(planPokes([failing(false, NO_FEED)], POLICY).pokes).toEqual([]);
  });

  it('pokes a marked slot whose feed answers again, newer or not', () => {
    const answers = [{ slot: 3, reason: 'answers' }];
    expect(planPokes([reading({ marked: true, fedAt: 1_000n })], POLICY).pokes).toEqual(answers);
    expect(planPokes([reading({ marked: true, fed: 20_000n })], POLICY).pokes).toEqual(answers);
  });

  it('omits a feed without a newer observation, and names it once the cached price ages', () => {
    expect(planPokes([reading({ fed: 10_049n, fedAt: 1_000n })], POLICY)).toEqual({
      pokes: [],
      failing: [],
      stalled: [],
      resting: [],
    });
    expect(planPokes([reading({ fedAt: 1_000n, now: 2_800n })], POLICY).stalled).toEqual([{ slot: 3, ageS: 1_800n }]);
  });

  it('has a move without a newer observation told as doubt, until the confidence covers it', () => {
    const doubted = [{ slot: 3, reason: 'doubted' }];
    for (const fedAt of [999n, 1_000n]) {
      expect(planPokes([reading({ fed: 9_950n, fedAt })], POLICY).pokes).toEqual(doubted);
      expect(planPokes([reading({ fed: 9_000n, fedAt, confPpm: 50_000 })], POLICY).pokes).toEqual(doubted);
      expect(planPokes([reading({ fed: 9_000n, fedAt, confPpm: 100_000 })], POLICY).pokes).toEqual([]);
      expect(planPokes([reading({ fed: 99_999n, fedAt, confPpm: 1_000_000 })], POLICY).pokes).toEqual([]);
    }
    expect(planPokes([reading({ fed: 9_000n, fedAt: 999n, now: 2_800n })], POLICY)).toMatchObject({
      pokes: doubted,
      stalled: [{ slot: 3 }],
    });
  });

  it('pauses doubt alone after doubt, so that the next price is taken at once', () => {
    const after = [{ slot: 3, reason: 'doubted' }] as const;
    expect(planPokes([reading({ fed: 9_000n, fedAt: 999n })], POLICY, after)).toMatchObject({
      pokes: [],
      resting: [3],
    });
    expect(planPokes([reading({ fed: 9_000n })], POLICY, after).pokes).toEqual([{ slot: 3, reason: 'moved' }]);
  });

  it('pauses a recently skipped slot', () => {
    const moved = reading({ fed: 20_000n });
    expect(planPokes([moved], POLICY, [{ slot: 3, reason: 'moved' }])).toMatchObject({ pokes: [], resting: [3] });
    expect(planPokes([reading()], POLICY, [{ slot: 3, reason: 'moved' }])).toMatchObject({ pokes: [], resting: [] });
  });

  it('omits a small move of a young price', () => {
    expect(planPokes([reading({ fed: 10_049n })], POLICY).pokes).toEqual([]);
    expect(planPokes([reading({ now: 2_799n })], POLICY).pokes).toEqual([]);
  });

  it('includes a first price, a move at the threshold either way, and any newer one from half of the age limit', () => {
    expect(planPokes([reading({ cached: 0n, cachedAt: 0n })], POLICY).pokes).toEqual([{ slot: 3, reason: 'first' }]);
    expect(planPokes([reading({ fed: 10_050n })], POLICY).pokes).toEqual([{ slot: 3, reason: 'moved' }]);
    expect(planPokes([reading({ fed: 9_950n })], POLICY).pokes).toEqual([{ slot: 3, reason: 'moved' }]);
    expect(planPokes([reading({ now: 2_800n })], POLICY).pokes).toEqual([{ slot: 3, reason: 'ageing' }]);
  });

  it('rounds a move up and survives a cached price of 0', () => {
    expect(movedBps(30_000n, 30_001n)).toBe(1n);
    expect(movedBps(5n, 5n)).toBe(0n);
    expect(movedBps(0n, 5n)).toBe(50_000n);
  });
});
