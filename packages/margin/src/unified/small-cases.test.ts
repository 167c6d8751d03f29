import { WAD } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { WORLD, accountOf, at, perpOf } from '../testing/unified-world.js';
import type { UnifiedAccount } from './account.js';
import { marketPositionsOf, perpExposureOf } from './market-position.js';
import { type OffsetStanding, creditShareOf } from './offset-credit.js';
import { RevaluedMarket } from './portfolio-requirement.js';
import { SHIPPED_TERMS } from './shipped-terms.js';
import { JudgedPrices } from './unified-collateral.js';

function revalued(account: UnifiedAccount): RevaluedMarket {
  const [position] = marketPositionsOf(account, WORLD, new JudgedPrices(WORLD));
  if (position === undefined) throw new TypeError('the account has no position');
  return new RevaluedMarket(position);
}

const NO_HEDGE = { initial: 0n, exit: 0n, maintenance: 0n };
const call = { underlying: 'BTC', strike: at('60000'), type: 'call', quantity: WAD } as const;

describe('positions of one market', () => {
  it('are refused if one perpetual is listed twice', () => {
    const account = accountOf({ perps: [perpOf('BTC', WAD), perpOf('BTC', WAD)] });
    expect(() => revalued(account)).toThrow('two positions in the perpetual of BTC');
  });

  it('lose at once what orders would fill worse than the mark, rounded up on either side', () => {
    const mark = at('2');
    const orderLoss = (size: bigint, price: bigint) =>
      perpExposureOf({ ...perpOf('BTC', 0n), orders: [{ size, price }] }, mark).orderLoss;
    expect([orderLoss(1n, at('2.5')), orderLoss(-1n, at('1.5'))]).toEqual([1n, 1n]);
    expect([orderLoss(1n, at('1.5')), orderLoss(-1n, at('2.5'))]).toEqual([0n, 0n]);
    expect(orderLoss(-at('3'), at('1.5'))).toBe(at('1.5'));
  });

  it('have the marks of their options summed, expiry by expiry, and no gain of options without one', () => {
    const market = revalued(accountOf({ options: ['7d', '30d'].map((expiry) => ({ ...call, expiry })) }));
    const [near = 0n, far = 0n] = market.marks;
    expect(near > 0n && far > near).toBe(true);
    expect(market.requirement(NO_HEDGE).optionMark).toBe(near + far);
    const perp = revalued(accountOf({ perps: [perpOf('BTC', WAD)] }));
    expect(perp.requirement(NO_HEDGE).optionMark).toBe(0n);
    expect(new Set(perp.optionGains)).toEqual(new Set([0n]));
  });
});

describe('the share of an offset', () => {
  const sound: OffsetStanding = { sure: true, pegged: true, settlement: 'USD' };
  const [pair] = SHIPPED_TERMS.offsets.pairs;
  const shareOf = (left?: OffsetStanding, right?: OffsetStanding): bigint => {
    if (pair === undefined) throw new TypeError('no pair is shipped');
    const known = [['BTC', left] as const, ['ETH', right] as const];
    const standings = new Map(known.flatMap(([name, one]) => (one === undefined ? [] : [[name, one] as const])));
    return creditShareOf(pair, 'maintenance', { standings, terms: SHIPPED_TERMS.offsets });
  };

  it('is zero unless both are at their pegs, and a tenth less between two stablecoins', () => {
    expect(shareOf(sound, sound)).toBe(at('0.6'));
    expect(shareOf(sound, { ...sound, settlement: 'EUR' })).toBe(at('0.54'));
    const unpegged = { ...sound, pegged: false };
    for (const [left, right] of [[sound], [undefined, sound], [], [sound, unpegged], [unpegged, sound]]) {
      expect(shareOf(left, right)).toBe(0n);
    }
  });
});
