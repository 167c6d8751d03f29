import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HealthAccount, accountHealthOf } from './token-health.js';
import {
  type SpotBalance,
  collateralAndRequirementOf,
  priceBandOf,
  withdrawableOf,
} from './collateral-and-requirement.js';
import {
  type Fraction,
  ONE,
  ZERO,
  add,
  compare,
  decimal,
  fraction,
  multiply,
  negate,
  quotient,
  subtract,
} from '@surety/margin';
import { isAtMost, notNegative, positive, share, signed } from '../testing/arbitraries.js';

describe('health of an account', () => {
  const account: fc.Arbitrary<HealthAccount> = fc.record({
    tokens: fc
      .tuple(signed, signed, positive, positive, share, share)
      .map(([base, quote, basePrice, quotePrice, asset, liability]) => {
        const weights = { asset, liability: add(ONE, liability) };
        return [
          { token: 'B', balance: base, price: basePrice, weights, available: true },
          { token: 'Q', balance: quote, price: quotePrice, weights, available: true },
        ];
      }),
    markets: fc
      .tuple(notNegative, notNegative)
      .map(([reservedBase, reservedQuote]) => [{ base: 'B', quote: 'Q', reservedBase, reservedQuote }]),
    perps: fc
      .tuple(signed, signed, notNegative, notNegative, positive)
      .map(([base, quote, bidsBase, asksBase, price]) => [
        {
          price,
          settleToken: 'Q',
          base,
          quote,
          bidsBase,
          asksBase,
          weights: { asset: decimal('0.8'), liability: decimal('1.2') },
          overallWeight: decimal('0.9'),
        },
      ]),
  });
  const withWeights = (one: HealthAccount, change: Fraction): HealthAccount => ({
    ...one,
    tokens: one.tokens.map((token) => ({
      ...token,
      weights: { asset: multiply(token.weights.asset, change), liability: quotient(token.weights.liability, change) },
    })),
  });

  it('is lower under every stricter set of weights: initial below the end of a liquidation below maintenance', () => {
    fc.assert(
      fc.property(account, (one) => {
        const [strict, middle, loose] = ['0.8', '0.9', '1'].map((by) => accountHealthOf(withWeights(one, decimal(by))));
        expect(strict && middle && loose && isAtMost(strict, middle) && isAtMost(middle, loose)).toBe(true);
      }),
    );
  });

  it('never falls when collateral is added, and never rises with a debt or an open order', () => {
    fc.assert(
      fc.property(account, positive, (one, amount) => {
        const before = accountHealthOf(one);
        const moved = (change: Fraction) =>
          accountHealthOf({
            ...one,
            tokens: one.tokens.map((token, at) =>
              at === 0 ? { ...token, balance: add(token.balance, change) } : token,
            ),
          });
        expect(isAtMost(before, moved(amount))).toBe(true);
        expect(isAtMost(moved(negate(amount)), before)).toBe(true);
        const perps = one.perps.map((perp) => ({ ...perp, bidsBase: add(perp.bidsBase, amount) }));
        expect(isAtMost(accountHealthOf({ ...one, perps }), before)).toBe(true);
      }),
    );
  });

  it('triples with everything held', () => {
    const three = fraction(3n);
    fc.assert(
      fc.property(account, (one) => {
        const tripled = accountHealthOf({
          tokens: one.tokens.map((token) => ({ ...token, balance: multiply(token.balance, three) })),
          markets: one.markets.map((market) => ({
            ...market,
            reservedBase: multiply(market.reservedBase, three),
            reservedQuote: multiply(market.reservedQuote, three),
          })),
          perps: one.perps.map((perp) => ({
            ...perp,
            base: multiply(perp.base, three),
            quote: multiply(perp.quote, three),
            bidsBase: multiply(perp.bidsBase, three),
            asksBase: multiply(perp.asksBase, three),
          })),
        });
        expect(compare(tripled, multiply(accountHealthOf(one), three))).toBe(0);
      }),
    );
  });

  it('of nothing is 0', () => {
    expect(accountHealthOf({ tokens: [], markets: [], perps: [] })).toEqual(ZERO);
  });
});

describe('collateral and requirement', () => {
  const spot = fc
    .tuple(signed, positive, positive, share, share, notNegative, notNegative)
    .map(([amount, price, slower, asset, liability, bids, asks]) => ({
      amount,
      price,
      band: priceBandOf(price, slower),
      weights: { asset, liability: add(ONE, liability) },
      openBids: bids,
      openAsks: negate(asks),
      orderFees: ZERO,
    }));
  const accountOf = (quote: Fraction, spots: SpotBalance[]) => ({
    quote,
    quoteBand: priceBandOf(ONE, undefined),
    spots,
    perps: [],
  });

  it('are not better for an open order, a wider price band or a buffer', () => {
    fc.assert(
      fc.property(signed, spot, share, (quote, one, buffer) => {
        const free = (spots: SpotBalance[]) => {
          const { collateral, requirement } = collateralAndRequirementOf(accountOf(quote, spots), ZERO);
          return subtract(collateral, requirement);
        };
        const narrow = { ...one, band: priceBandOf(one.price, undefined) };
        expect(isAtMost(free([one]), free([{ ...one, openBids: ZERO, openAsks: ZERO }]))).toBe(true);
        expect(isAtMost(free([one]), free([narrow]))).toBe(true);
        const buffered = collateralAndRequirementOf(accountOf(quote, [one]), buffer);
        expect(isAtMost(buffered.requirement, buffered.requirementWithBuffer)).toBe(true);
        expect(isAtMost(buffered.collateralWithBuffer, buffered.collateral)).toBe(true);
      }),
    );
  });

  it('let leave no more than keeps the account covered', () => {
    fc.assert(
      fc.property(signed, spot, (quote, one) => {
        const still = { ...one, openBids: ZERO, openAsks: ZERO };
        const before = collateralAndRequirementOf(accountOf(quote, [still]), ZERO);
        const leaves = withdrawableOf(still, subtract(before.collateral, before.requirement), ZERO);
        const left = { ...still, amount: subtract(still.amount, leaves) };
        const after = collateralAndRequirementOf(accountOf(quote, [left]), ZERO);
        expect(leaves.n >= 0n && (leaves.n === 0n || left.amount.n >= 0n)).toBe(true);
        fc.pre(leaves.n > 0n);
        expect(isAtMost(after.requirement, after.collateral)).toBe(true);
      }),
    );
  });
});
