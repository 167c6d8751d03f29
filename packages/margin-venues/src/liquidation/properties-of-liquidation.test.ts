import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bufferMarginOf, insolventPayoutOf, solventBidOf } from '../auction/account-bid.js';
import { bidPercentAt } from '../auction/discount-schedule.js';
import { badDebtSplitOf } from './bad-debt-split.js';
import { debtToTargetOf, liquidationBonusOf } from './target-health.js';
import {
  type Fraction,
  ONE,
  ZERO,
  add,
  compare,
  decimal,
  fraction,
  fromScaled,
  multiply,
  negate,
  quotient,
  subtract,
  toScaled,
} from '@surety/margin';
import { isAtMost, notNegative, positive, share } from '../testing/arbitraries.js';

const WEIGHT = decimal('0.8');
const TARGET = decimal('1.05');
const CURVE = { maxBonusBps: fraction(10_800n), bonusFactorBps: fraction(5_000n), healthForMaxBonus: decimal('0.9') };
const bonusAt = (health: Fraction) => quotient(liquidationBonusOf(CURVE, health), fraction(10_000n));

interface Indebted {
  readonly debt: Fraction;
  readonly collateral: Fraction;
}

/** An account with one debt and one collateral, in WAD, whose health lies between that of the largest bonus and 1. */
const unhealthy = fc
  .tuple(fc.bigInt({ min: 10n ** 18n, max: 10n ** 27n }), fc.integer({ min: 900, max: 999 }))
  .map(([debt, promille]): Indebted => ({ debt: fraction(debt), collateral: fraction(debt * BigInt(promille), 800n) }));
const healthOf = ({ debt, collateral }: Indebted) => quotient(multiply(collateral, WEIGHT), debt);
const repaid = ({ debt, collateral }: Indebted, paid: bigint, bonus: Fraction): Indebted => ({
  debt: subtract(debt, fraction(paid)),
  collateral: subtract(collateral, multiply(fraction(paid), bonus)),
});

describe('properties of liquidations', () => {
  test('22. the size brings health to its target, one unit less does not, parts never pay more, and no more than the bonus is lost', () => {
    fc.assert(
      fc.property(unhealthy, fc.integer({ min: 1, max: 999 }), (account, promille) => {
        const health = healthOf(account);
        const bonus = bonusAt(health);
        const exact = debtToTargetOf({
          debtValue: account.debt,
          healthFactor: health,
          targetHealthFactor: TARGET,
          bonus,
          collateralFactor: WEIGHT,
        });
        const size = toScaled(exact, 0, 'ceil');
        expect(compare(healthOf(repaid(account, size, bonus)), TARGET) >= 0).toBe(true);
        expect(compare(healthOf(repaid(account, size - 1n, bonus)), TARGET) < 0).toBe(true);
        const first = (size * BigInt(promille)) / 1_000n;
        const between = repaid(account, first, bonus);
        const gainOf = (paid: bigint, rate: Fraction) => multiply(fraction(paid), subtract(rate, ONE));
        const inParts = add(gainOf(first, bonus), gainOf(size - first, bonusAt(healthOf(between))));
        expect(isAtMost(inParts, gainOf(size, bonus))).toBe(true);
        const after = repaid(account, size, bonus);
        const netOf = ({ debt, collateral }: Indebted) => subtract(collateral, debt);
        expect(isAtMost(subtract(netOf(account), netOf(after)), gainOf(size, bonus))).toBe(true);
      }),
    );
  });

  test('23. a price falls with time, a payout grows, a bid takes a share of 0 to 1 and never leaves less than the buffer', () => {
    const schedule = {
      startPercent: decimal('0.98'),
      cutoffPercent: decimal('0.8'),
      fastSeconds: 600n,
      slowSeconds: 7_200n,
    };
    const seconds = fc.bigInt({ min: 0n, max: 9_000n });
    fc.assert(
      fc.property(seconds, seconds, positive, positive, share, (a, b, short, worth, wanted) => {
        const [early, late] = a < b ? [a, b] : [b, a];
        expect(isAtMost(bidPercentAt(schedule, late), bidPercentAt(schedule, early))).toBe(true);
        const insolvent = { maintenanceMargin: negate(add(short, worth)), markToMarket: negate(worth) };
        const payout = (elapsedSeconds: bigint) =>
          insolventPayoutOf(insolvent, { elapsedSeconds, lengthSeconds: 600n }, ONE);
        expect(isAtMost(payout(early), payout(late))).toBe(true);
        const account = { maintenanceMargin: negate(short), markToMarket: worth, reservedCash: ZERO };
        const terms = { bufferPercent: decimal('0.3'), bidPercent: bidPercentAt(schedule, early) };
        const bid = solventBidOf(account, terms, wanted);
        expect(isAtMost(ZERO, bid.fractionTaken) && isAtMost(bid.fractionTaken, ONE)).toBe(true);
        const largest = solventBidOf(account, terms, ONE);
        // Below the whole the largest bid leaves exactly the buffer; it never leaves less than the account had.
        const isWhole = !isAtMost(largest.fractionTaken, decimal('0.999999'));
        expect(isWhole || toScaled(largest.bufferMarginAfter, 18, 'truncate') === 0n).toBe(true);
        expect(isAtMost(bufferMarginOf(account, terms.bufferPercent), bid.bufferMarginAfter)).toBe(true);
      }),
    );
  });

  test('24. nothing is made or lost: insurance, lenders and what is uncovered sum to the loss, each lender rounded up', () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 24n });
    fc.assert(
      fc.property(amount, amount, fc.array(amount, { maxLength: 8 }), (loss, insurance, claims) => {
        const split = badDebtSplitOf(loss, { insurance, claims });
        const paid = split.fromLenders.reduce((sum, each) => sum + each, 0n);
        expect(split.fromInsurance + paid + split.uncovered).toBe(loss);
        const total = claims.reduce((sum, each) => sum + each, 0n);
        for (const [at, each] of split.fromLenders.entries()) {
          const claim = claims[at] ?? 0n;
          expect(each >= 0n && each <= claim).toBe(true);
          const rest = loss > insurance ? loss - insurance : 0n;
          expect(each * total >= (rest < total ? rest : total) * claim).toBe(true);
        }
        expect(split.uncovered === 0n || paid === total).toBe(true);
        expect(split.fromInsurance <= insurance && split.fromInsurance > -BigInt(claims.length + 1)).toBe(true);
      }),
    );
    expect(badDebtSplitOf(100n, { insurance: 40n, claims: [30n, 60n, 30n] })).toEqual({
      fromInsurance: 40n,
      fromLenders: [15n, 30n, 15n],
      uncovered: 0n,
    });
  });

  test('a bonus never grows with health', () => {
    fc.assert(
      fc.property(notNegative, notNegative, (a, b) => {
        const scaled = (value: Fraction) => add(decimal('0.9'), multiply(value, fromScaled(1n, 4)));
        const [low, high] = compare(a, b) < 0 ? [scaled(a), scaled(b)] : [scaled(b), scaled(a)];
        expect(isAtMost(bonusAt(high), bonusAt(low))).toBe(true);
      }),
    );
  });
});
