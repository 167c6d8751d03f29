import { describe, expect, it } from 'vitest';
import { compareMarkets } from './markets.js';

const market = { settlement: 'USD', dailyVolume: '300000', dailyVol: '0.045' };
const written = (feed: object) => ({
  book: { at: '1800000000', underlyings: { USD: { price: '1' }, ETH: { price: '3000', ...feed } } },
});

describe('markets of a report and the signer’s own', () => {
  it('are equal if no figure differs, whether a confidence of 1 is written or left out', () => {
    expect(compareMarkets(written({ market }), { ETH: market })).toEqual([]);
    expect(compareMarkets(written({ market, confidence: '1' }), { ETH: market })).toEqual([]);
    expect(
      compareMarkets(written({ market, confidence: '0.4' }), { ETH: { ...market, confidence: '0.4' }, USD: {} }),
    ).toEqual([]);
  });

  it('differ by a figure of the market', () => {
    const [only, ...more] = compareMarkets(written({ market }), { ETH: { ...market, dailyVol: '0.05' } });
    expect([only?.field, more]).toEqual(['inputs.book.underlyings.ETH.market', []]);
    expect(compareMarkets(written({ market }), {})).toHaveLength(1);
  });

  it('differ by the confidence of a feed, which is outside the market', () => {
    const own = { ETH: { ...market, confidence: '0.4' } };
    const field = 'inputs.book.underlyings.ETH.confidence';
    expect(compareMarkets(written({ market }), own)).toEqual([{ field, seen: '"1"', expected: '"0.4"' }]);
    expect(compareMarkets(written({ market, confidence: '0.9' }), own)).toHaveLength(1);
    expect(compareMarkets(written({ confidence: '0.9' }), { ETH: { confidence: '0.4' } })).toHaveLength(1);
  });
});
