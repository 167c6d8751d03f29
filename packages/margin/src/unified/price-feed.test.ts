import { describe, expect, test } from 'vitest';
import { at, feedAt } from '../testing/unified-world.js';
import { judgeFeed } from './price-feed.js';
import { perpRatioOf, rootUp } from './requirement-charges.js';
import { SHIPPED_FEED_TERMS, SHIPPED_MARKET_TERMS } from './shipped-terms.js';

describe('a price', () => {
  test('counts at initial from the worse of itself and its slow one, a band and a half away; elsewhere as it is', () => {
    const judge = (price: string, slow: string) => {
      const { assetInitial, debtInitial, mark } = judgeFeed(
        feedAt(at(price), { slow: at(slow), halfWidth: at('1') }),
        SHIPPED_FEED_TERMS,
      );
      return [assetInitial, debtInitial, mark];
    };
    expect(judge('110', '100')).toEqual([at('98.5'), at('111.5'), at('110')]);
    expect(judge('90', '100')).toEqual([at('88.5'), at('101.5'), at('90')]);
  });

  test('loses its use at initial just past each limit of its ladder, and pauses liquidation where it says nothing', () => {
    const judge = (of: Parameters<typeof feedAt>[1], price = at('100')) => {
      const { faults, assetInitial, debtInitial, paused, mark } = judgeFeed(feedAt(price, of), SHIPPED_FEED_TERMS);
      return [faults, assetInitial === 0n, debtInitial === undefined, paused, mark];
    };
    const mark = at('100');
    const sound = [[], false, false, false, mark];
    expect([judge({ halfWidth: at('2') }), judge({ ageS: 3_600n }), judge({ slow: at('80') })]).toEqual([
      sound,
      sound,
      sound,
    ]);
    expect(judge({ halfWidth: at('2') + 1n })).toEqual([['tooUncertain'], true, true, true, mark]);
    expect(judge({ ageS: 3_601n })).toEqual([['stale'], true, true, false, mark]);
    expect(judge({ ageS: 21_601n })).toEqual([['stale'], true, true, true, mark]);
    // A feed that speaks once a day: its slot lets a price be old.
    expect(judge({ ageS: 90_000n, maxAgeS: 90_000n })).toEqual([['stale'], true, true, false, mark]);
    expect(judge({ ageS: 90_001n, maxAgeS: 90_000n })).toEqual([['stale'], true, true, true, mark]);
    expect(judge({ ageS: 21_600n, maxAgeS: 3_600n })).toEqual([['stale'], true, true, false, mark]);
    expect(judge({ slow: at('80') - 1n })).toEqual([['diverged'], true, true, true, mark]);
    expect(judge({ slow: at('100'), lastValid: mark }, 0n)).toEqual([
      ['nonPositive', 'diverged'],
      true,
      true,
      true,
      mark,
    ]);
  });
});

describe('the ratio of a perpetual', () => {
  const terms = { ...SHIPPED_MARKET_TERMS.perp, openInterestLower: at('100'), openInterestUpper: at('200') };
  const ratio = (grade: 'initial' | 'exit' | 'maintenance', openInterest: string, size = '0') =>
    perpRatioOf(terms, at(size), { grade, openInterest: at(openInterest) });

  test('rises with open interest at initial only, from its own to the whole', () => {
    expect(['100', '150', '200', '900'].map((each) => ratio('initial', each))).toEqual([
      at('0.1'),
      at('0.55'),
      at('1'),
      at('1'),
    ]);
    expect([ratio('exit', '900'), ratio('maintenance', '900')]).toEqual([at('0.1'), at('0.05')]);
  });

  test('grows with the root of its size once that passes a fifth of it', () => {
    expect(ratio('maintenance', '0', '400')).toBe(at('0.05'));
    expect(ratio('maintenance', '0', '40000')).toBe(at('0.14'));
    expect([rootUp(at('2')) ** 2n > 2n * 10n ** 36n, rootUp(-1n), rootUp(at('9'))]).toEqual([true, 0n, at('3')]);
  });
});
