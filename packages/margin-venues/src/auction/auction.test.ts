import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AuctionedAccount,
  bufferMarginOf,
  insolventPayoutOf,
  maxFractionOf,
  solventBidOf,
} from './account-bid.js';
import { type DiscountSchedule, bidPercentAt } from './discount-schedule.js';
import { ONE, ZERO, compare, decimal, fromScaled, minimum, negate, subtract } from '@surety/margin';
import { isAtMost, positive, share, signed } from '../testing/arbitraries.js';

describe('auctions', () => {
  const schedule: DiscountSchedule = {
    startPercent: ONE,
    cutoffPercent: decimal('0.8'),
    fastSeconds: 600n,
    slowSeconds: 7_200n,
  };
  const seconds = fc.bigInt({ min: 0n, max: 10_000n });

  it('of a solvent account never ask more as time passes, of an insolvent one never pay less', () => {
    fc.assert(
      fc.property(seconds, seconds, signed, positive, share, (a, b, markToMarket, lacking, taken) => {
        const [early, late] = a < b ? [a, b] : [b, a];
        expect(isAtMost(bidPercentAt(schedule, late), bidPercentAt(schedule, early))).toBe(true);
        const account = { markToMarket, maintenanceMargin: subtract(minimum(markToMarket, ZERO), lacking) };
        const payout = (elapsedSeconds: bigint) =>
          insolventPayoutOf(account, { elapsedSeconds, lengthSeconds: 600n }, taken);
        expect(isAtMost(payout(early), payout(late)) && payout(early).n >= 0n).toBe(true);
      }),
    );
  });

  it('sell no more than brings the buffer margin to 0, and exactly to 0 where all of that is sold', () => {
    const account: fc.Arbitrary<AuctionedAccount> = fc
      .tuple(positive, positive)
      .map(([markToMarket, lacking]) => ({ markToMarket, maintenanceMargin: negate(lacking), reservedCash: ZERO }));
    const percent = fc.integer({ min: 1, max: 100 }).map((n) => fromScaled(BigInt(n), 2));
    fc.assert(
      fc.property(account, share, percent, share, (one, bufferPercent, bidPercent, wanted) => {
        const terms = { bufferPercent, bidPercent };
        const largest = maxFractionOf(one, terms);
        expect(isAtMost(ZERO, largest) && isAtMost(largest, ONE)).toBe(true);
        const all = solventBidOf(one, terms, ONE);
        expect(compare(all.bufferMarginAfter, ZERO)).toBe(0);
        expect(compare(all.maxFractionAfter, ZERO)).toBe(0);
        const some = solventBidOf(one, terms, wanted);
        expect(isAtMost(some.bufferMarginAfter, ZERO)).toBe(true);
        expect(isAtMost(bufferMarginOf(one, bufferPercent), some.bufferMarginAfter)).toBe(true);
      }),
    );
  });
});
