import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AuctionedAccount,
  bufferMarginOf,
  insolventPayoutOf,
  maxFractionOf,
  solventBidOf,
} from '../auction/account-bid.js';
import { type DiscountSchedule, bidPercentAt } from '../auction/discount-schedule.js';
import { type HealthAccount, accountHealthOf } from '../account/token-health.js';
import {
  type SpotBalance,
  collateralAndRequirementOf,
  priceBandOf,
  withdrawableOf,
} from '../account/collateral-and-requirement.js';
import {
  depositScaledWeight,
  sizePremiumOf,
  sizeScaledAssetWeight,
  sizeScaledLiabilityWeight,
} from '../collateral/size-weights.js';
import { type Tier, tieredAmountOf } from '../collateral/tiered-amount.js';
import { bankruptcyQuoteOf, fillablePriceOf } from '../liquidation/closing-price.js';
import { isUndercollateralised } from '../liquidation/liquidation-predicates.js';
import { assetForLiability, liabilityForAsset, socialisedLossPerUnit } from '../liquidation/shortage-size.js';
import { debtToTargetOf, liquidationAmountsOf, liquidationBonusOf } from '../liquidation/target-health.js';
import {
  type Fraction,
  ONE,
  ZERO,
  absolute,
  add,
  compare,
  decimal,
  fraction,
  fromScaled,
  maximum,
  minimum,
  multiply,
  negate,
  quotient,
  subtract,
} from '../number/decimal.js';
import { divide } from '../number/division.js';
import { openInterestScaledPpm, ppmOfNotional } from '../requirement/open-interest-scaled.js';
import { strategyMarginOf } from '../requirement/strategy-margin.js';
import { payoffAt, underlyingCollateralOf } from '../scenario/payoff-profile.js';
import { scanRiskOf, scenarioGainsOf, spanRequirementOf } from '../scenario/scan-risk.js';

/** Amounts with six decimals, below a million. */
const signed = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }).map((n) => fromScaled(BigInt(n), 6));
const notNegative = fc.integer({ min: 0, max: 1_000_000_000 }).map((n) => fromScaled(BigInt(n), 6));
const positive = fc.integer({ min: 1, max: 1_000_000_000 }).map((n) => fromScaled(BigInt(n), 6));
const share = fc.integer({ min: 0, max: 1_000 }).map((n) => fromScaled(BigInt(n), 3));

const isAtMost = (left: Fraction, right: Fraction) => compare(left, right) <= 0;

describe('tiers', () => {
  const falling: fc.Arbitrary<readonly Tier[]> = fc
    .tuple(fc.array(positive, { maxLength: 5 }), fc.array(share, { minLength: 6, maxLength: 6 }))
    .map(([widths, rates]) => {
      let edge = ZERO;
      const down = rates.toSorted((left, right) => compare(right, left));
      const bounded = widths.map((width, at) => ({ upTo: (edge = add(edge, width)), rate: down[at] ?? ZERO }));
      return [...bounded, { rate: down.at(-1) ?? ZERO }];
    });

  it('value an amount continuously, without a fall, and ever less for more of it', () => {
    fc.assert(
      fc.property(falling, notNegative, notNegative, (tiers, a, b) => {
        const valueOf = (amount: Fraction) => tieredAmountOf(amount, tiers).weighted;
        const [low, high] = [minimum(a, b), maximum(a, b)];
        const middle = multiply(add(low, high), fraction(1n, 2n));
        expect(isAtMost(valueOf(low), valueOf(high))).toBe(true);
        // No slice counts more than its whole, so that value never jumps at an edge.
        expect(isAtMost(subtract(valueOf(high), valueOf(low)), subtract(high, low))).toBe(true);
        const chord = multiply(add(valueOf(low), valueOf(high)), fraction(1n, 2n));
        expect(isAtMost(chord, valueOf(middle))).toBe(true);
      }),
    );
  });
});

describe('size terms', () => {
  it('never raise an asset’s weight and never lower a liability’s as size grows', () => {
    fc.assert(
      fc.property(notNegative, notNegative, share, share, (a, b, imf, weight) => {
        const [small, large] = [sizePremiumOf(minimum(a, b), imf), sizePremiumOf(maximum(a, b), imf)];
        expect(isAtMost(sizeScaledAssetWeight(weight, large), sizeScaledAssetWeight(weight, small))).toBe(true);
        const liability = add(ONE, weight);
        const [less, more] = [sizeScaledLiabilityWeight(liability, small), sizeScaledLiabilityWeight(liability, large)];
        expect(isAtMost(less, more) && isAtMost(liability, less)).toBe(true);
      }),
    );
  });

  it('count no more of a token than its start, however much of it is deposited', () => {
    fc.assert(
      fc.property(positive, positive, share, (deposits, start, weight) => {
        const scaled = depositScaledWeight(weight, deposits, start);
        expect(isAtMost(scaled, weight)).toBe(true);
        expect(isAtMost(multiply(scaled, deposits), multiply(weight, start))).toBe(true);
      }),
    );
  });

  it('of open interest raise margin from its base up to the whole, never further', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.bigInt({ min: 0n, max: 10n ** 12n }), (a, b) => {
        const caps = { lowerCap: 10n ** 11n, upperCap: 5n * 10n ** 11n };
        const ppmAt = (open: bigint) => openInterestScaledPpm(50_000n, { notional: fraction(open), ...caps });
        const [low, high] = a < b ? [ppmAt(a), ppmAt(b)] : [ppmAt(b), ppmAt(a)];
        expect(50_000n <= low && low <= high && high <= 1_000_000n).toBe(true);
        const notional = fraction(b);
        expect(ppmOfNotional(notional, high) * 1_000_000n >= b * high).toBe(true);
      }),
    );
  });
});

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

describe('liquidation', () => {
  it('spares an account at its requirement exactly, and one without a position whatever it owes', () => {
    fc.assert(
      fc.property(signed, positive, share, (size, price, maintenanceMarginRatio) => {
        const position = { size, price, maintenanceMarginRatio };
        const requirement = multiply(absolute(size), price, maintenanceMarginRatio);
        const exact = subtract(requirement, multiply(size, price));
        expect(isUndercollateralised(exact, [position])).toBe(false);
        const short = subtract(exact, fromScaled(1n, 18));
        expect(isUndercollateralised(short, [position])).toBe(requirement.n > 0n);
        expect(isUndercollateralised(size, [])).toBe(false);
      }),
    );
  });

  it('to a target reaches it exactly, and a smaller repayment does not', () => {
    const bonus = fc.integer({ min: 1_000, max: 1_200 }).map((n) => fromScaled(BigInt(n), 3));
    const factor = fc.integer({ min: 100, max: 800 }).map((n) => fromScaled(BigInt(n), 3));
    fc.assert(
      fc.property(positive, share, bonus, factor, (debtValue, healthFactor, paid, collateralFactor) => {
        const target = { debtValue, healthFactor, targetHealthFactor: ONE, bonus: paid, collateralFactor };
        const counted = multiply(debtValue, healthFactor);
        const shortfallAfter = (repaid: Fraction) =>
          subtract(subtract(debtValue, repaid), subtract(counted, multiply(repaid, paid, collateralFactor)));
        const repaid = debtToTargetOf(target);
        expect(shortfallAfter(repaid).n).toBe(0n);
        fc.pre(repaid.n > 0n);
        expect(shortfallAfter(multiply(repaid, decimal('0.999'))).n > 0n).toBe(true);
      }),
    );
  });

  it('seizes no more than there is, and the protocol takes of the bonus alone', () => {
    fc.assert(
      fc.property(
        positive,
        positive,
        positive,
        notNegative,
        share,
        (debt, debtPrice, collateralPrice, available, fee) => {
          const bonus = decimal('1.05');
          const terms = { debtPrice, collateralPrice, bonus, protocolFeeOnBonus: fee, available };
          const { debtRepaid, collateralSeized, collateralToLiquidator } = liquidationAmountsOf(debt, terms);
          expect(isAtMost(collateralSeized, available) && isAtMost(debtRepaid, debt)).toBe(true);
          expect(isAtMost(collateralToLiquidator, collateralSeized)).toBe(true);
          expect(isAtMost(quotient(collateralSeized, bonus), collateralToLiquidator)).toBe(true);
          const paidFor = quotient(multiply(debtRepaid, debtPrice, bonus), collateralPrice);
          expect(compare(paidFor, collateralSeized)).toBe(0);
        },
      ),
    );
  });

  it('pays a bonus that never falls as health does, up to its largest', () => {
    const curve = {
      maxBonusBps: fraction(10_500n),
      bonusFactorBps: fraction(8_000n),
      healthForMaxBonus: decimal('0.85'),
    };
    fc.assert(
      fc.property(share, share, (a, b) => {
        const [sick, well] = [minimum(a, b), maximum(a, b)];
        expect(isAtMost(liquidationBonusOf(curve, well), liquidationBonusOf(curve, sick))).toBe(true);
        expect(isAtMost(liquidationBonusOf(curve, sick), curve.maxBonusBps)).toBe(true);
      }),
    );
  });

  it('closes a position at a price that leaves the account as healthy as before, up to a quantum', () => {
    const account = fc
      .tuple(fc.bigInt({ min: 1n, max: 10n ** 9n }), fc.bigInt({ min: -(10n ** 10n), max: 10n ** 10n }))
      .map(([baseQuantums, quoteBalanceQuantums]) => ({
        quoteBalanceQuantums,
        positions: ['A', 'B'].map((market) => ({
          market,
          baseQuantums,
          oraclePrice: decimal('50'),
          atomicResolution: -6n,
          maintenanceMarginRatio: decimal('0.1'),
        })),
        closingMarket: 'A',
      }));
    fc.assert(
      fc.property(account, (one) => {
        const [held] = one.positions;
        if (held === undefined) return;
        const paid = bankruptcyQuoteOf(one, -held.baseQuantums);
        const perPosition = held.baseQuantums * 50n;
        const net = one.quoteBalanceQuantums + 2n * perPosition;
        // Both positions need the same, so that half of what is left goes with the one that is closed.
        const expected = perPosition - divide(net, 2n, 'floor');
        expect(paid).toBe(expected);
        const terms = { bankruptcyAdjustment: ONE, spreadToMaintenance: decimal('0.5') };
        expect(isAtMost(fillablePriceOf(one, terms), fraction(50n))).toBe(true);
      }),
    );
  });

  it('transfers there and back without gain, and socialises no less than the loss', () => {
    fc.assert(
      fc.property(positive, positive, positive, positive, (amount, assetPrice, liabilityPrice, loss) => {
        const terms = {
          assetPrice,
          assetMultiplier: decimal('1.01'),
          liabilityPrice,
          liabilityMultiplier: decimal('0.99'),
        };
        expect(compare(assetForLiability(liabilityForAsset(amount, terms), terms), amount)).toBe(0);
        const perUnit = socialisedLossPerUnit(loss, amount, negate(assetPrice));
        expect(compare(multiply(perUnit, add(amount, assetPrice)), loss)).toBe(0);
      }),
    );
  });
});

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

describe('scenarios', () => {
  const position = fc
    .tuple(signed, fc.array(signed, { minLength: 4, maxLength: 4 }))
    .map(([quantity, gains]) => ({ quantity, gains }));
  const book = fc.array(position, { maxLength: 4 });

  it('add up scenario by scenario, so that together never needs more than apart', () => {
    fc.assert(
      fc.property(book, book, (a, b) => {
        const gains = [a, b, [...a, ...b]].map(scenarioGainsOf);
        const [left = [], right = [], both = []] = gains;
        for (const [at, gain] of both.entries()) {
          expect(compare(gain, add(left[at] ?? ZERO, right[at] ?? ZERO))).toBe(0);
        }
        expect(isAtMost(scanRiskOf([...a, ...b]), add(scanRiskOf(a), scanRiskOf(b)))).toBe(true);
      }),
    );
  });

  it('need no less with more of them, and the same in any order or twice', () => {
    fc.assert(
      fc.property(book, signed, (positions, extra) => {
        const changed = (change: (gains: readonly Fraction[]) => readonly Fraction[]) =>
          scanRiskOf(positions.map(({ quantity, gains }) => ({ quantity, gains: change(gains) })));
        const risk = scanRiskOf(positions);
        expect(
          isAtMost(
            risk,
            changed((gains) => [...gains, extra]),
          ),
        ).toBe(true);
        expect(
          compare(
            risk,
            changed((gains) => [...gains, ...gains].reverse()),
          ),
        ).toBe(0);
      }),
    );
  });

  it('leave a requirement that is never negative and grows with the risk', () => {
    fc.assert(
      fc.property(notNegative, notNegative, signed, (a, b, netOptionValue) => {
        const charges = {
          calendarSpread: ZERO,
          spotMonth: ZERO,
          interCommodityCredit: ZERO,
          shortOptionMinimum: ONE,
          netOptionValue,
        };
        const [low, high] = [minimum(a, b), maximum(a, b)].map((risk) => spanRequirementOf(risk, charges));
        expect(low && high && isAtMost(ZERO, low) && isAtMost(low, high)).toBe(true);
      }),
    );
  });

  it('at expiry are covered everywhere by the underlying that is asked for', () => {
    const option = fc.record({
      type: fc.constant<'call'>('call'),
      quantity: signed,
      strike: positive,
    });
    fc.assert(
      fc.property(fc.array(option, { maxLength: 5 }), notNegative, (options, price) => {
        const held = underlyingCollateralOf(options);
        expect(add(payoffAt(options, price), multiply(held, price)).n >= 0n).toBe(true);
      }),
    );
  });

  it('of a strategy do not depend on the order of its legs', () => {
    const leg = fc.oneof(
      fc.record({ type: fc.constant<'stock'>('stock'), quantity: signed }),
      fc.record({
        type: fc.constantFrom<'call' | 'put'>('call', 'put'),
        quantity: signed,
        strike: positive,
        premium: notNegative,
      }),
    );
    fc.assert(
      fc.property(fc.array(leg, { maxLength: 5 }), positive, (legs, underlyingPrice) => {
        const margin = (order: typeof legs) =>
          strategyMarginOf({ underlyingPrice, underlyingType: 'equity', multiplier: fraction(100n), legs: order });
        expect(compare(margin(legs), margin(legs.toReversed()))).toBe(0);
      }),
    );
  });
});
