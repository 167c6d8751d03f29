import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bankruptcyQuoteOf, fillablePriceOf } from './closing-price.js';
import { isUndercollateralised } from './liquidation-predicates.js';
import { assetForLiability, liabilityForAsset, socialisedLossPerUnit } from './shortage-size.js';
import { debtToTargetOf, liquidationAmountsOf, liquidationBonusOf } from './target-health.js';
import {
  type Fraction,
  ONE,
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
} from '@surety/margin';
import { divide } from '@surety/margin/arithmetic';
import { isAtMost, notNegative, positive, share, signed } from '../testing/arbitraries.js';

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

describe('small cases of liquidation', () => {
  it('liquidates for a requirement below one unit', () => {
    const position = { size: ONE, price: ONE, maintenanceMarginRatio: fraction(1n, 3n) };
    expect(isUndercollateralised(negate(ONE), [position])).toBe(true);
  });
});
