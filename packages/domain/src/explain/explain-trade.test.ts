import { describe, expect, it } from 'vitest';
import { explainMarket } from './explain-trade.js';

describe('a market', () => {
  const listed = { market: 'usds', listed: true, symbol: 'USDS', block: 20n };

  it.each([
    ['well: market usds lends and pays', 1n, 2n],
    ['well: market usds is open, and nobody supplies it yet: there is nothing to borrow', 0n, 0n],
    ['impaired: everything that lenders supplied to usds is lent', 0n, 2n],
  ])('is told as "%s"', (summary, cash, supplied) => {
    expect(explainMarket({ ...listed, cash, supplied }).summary.slice(0, summary.length)).toBe(summary);
  });
});
