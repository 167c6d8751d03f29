import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Fraction,
  ONE,
  ZERO,
  add,
  compare,
  fraction,
  maximum,
  minimum,
  multiply,
  printDecimal,
} from '@surety/margin';
import { futurePriceOf } from './linear-futures.js';
import { isAtMost, notNegative, positive, signed } from '../testing/arbitraries.js';
import { strategyMarginOf } from '../requirement/strategy-margin.js';
import { payoffAt, underlyingCollateralOf } from './payoff-profile.js';
import { scanRiskOf, scenarioGainsOf, spanRequirementOf } from './scan-risk.js';

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

describe('small cases', () => {
  it('a year of growth at a rate of 1 is a factor of e', () => {
    const grown = futurePriceOf(fraction(100n), fraction(1n), fraction(365n));
    expect(printDecimal(grown, 'floor').slice(0, 15)).toBe('271.82818284590');
  });

  it('an option struck at 0 asks for no quotient by its strike', () => {
    const held = { type: 'call', quantity: ONE, strike: ZERO } as const;
    expect(underlyingCollateralOf([held])).toEqual(ZERO);
    expect(underlyingCollateralOf([{ ...held, quantity: fraction(-1n) }])).toEqual(ONE);
  });
});
