import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimal } from '../number/decimal.js';
import {
  CARRY_BITS,
  type CarriedOption,
  type Greeks,
  blackScholes,
  carryFromForward,
  carryFromRates,
  greeksOf,
} from './black-scholes.js';
import { multiplyFixed, toFixed } from './fixed-point.js';

const BITS = CARRY_BITS;
const at = (text: string) => toFixed(decimal(text), BITS);
const scaled = (min: number, max: number) =>
  fc.integer({ min, max }).map((thousandths) => toFixed({ n: BigInt(thousandths), d: 1_000n }, BITS));

interface Terms {
  readonly type: 'call' | 'put';
  readonly spot: bigint;
  readonly strike: bigint;
  readonly years: bigint;
  readonly vol: bigint;
  readonly rate: bigint;
  readonly dividendYield: bigint;
}

const terms: fc.Arbitrary<Terms> = fc.record({
  type: fc.constantFrom('call' as const, 'put' as const),
  spot: scaled(50_000, 200_000),
  strike: scaled(50_000, 200_000),
  years: scaled(50, 2_000),
  vol: scaled(100, 1_500),
  rate: scaled(-50, 300),
  dividendYield: scaled(-50, 300),
});

const optionOf = ({ type, strike, vol, ...carry }: Terms): CarriedOption => ({
  type,
  strike,
  vol,
  carry: carryFromRates(carry),
});
const valueOf = (of: Terms) => blackScholes(optionOf(of));

/** Whether a derivative agrees to 1e-5 of itself or of a unit with the difference that shows it. */
function assertNear(found: bigint, expected: bigint, of: string): void {
  const size = (value: bigint) => (value < 0n ? -value : value);
  const scale = size(found) + (1n << BigInt(BITS));
  expect(size(found - expected) < scale / 100_000n, `${of}: ${found} against ${expected}`).toBe(true);
}

/** Steps 2^-18 of values, whose error is the kernel's 1e-17, and 2^-40 of Greeks, which have all bits. */
const VALUE_STEP = 18n;
const GREEK_STEP = 40n;

function slopeOf(of: Terms, name: keyof Terms, value: (of: Terms) => bigint): bigint {
  const places = value === valueOf ? VALUE_STEP : GREEK_STEP;
  const step = (1n << BigInt(BITS)) >> places;
  const moved = (by: bigint) => value({ ...of, [name]: (of[name] as bigint) + by });
  return (moved(step) - moved(-step)) << (places - 1n);
}

describe('Black-Scholes-Merton', () => {
  test('refuses a forward carry without time', () => {
    const prices = { spot: at('98'), forward: at('100'), discountFactor: at('0.95') };
    expect(() => carryFromForward({ ...prices, years: 0n })).toThrow('a divisor is 0');
  });

  test('refuses Greeks at the money without volatility, and gives those of intrinsic value elsewhere', () => {
    const still = { type: 'call', spot: at('100'), years: 0n, vol: at('0.2'), rate: 0n, dividendYield: 0n } as const;
    expect(() => greeksOf(optionOf({ ...still, strike: at('100') }))).toThrowErrorMatchingInlineSnapshot(
      `[AppError: Greeks at the money need volatility and time]`,
    );
    const inside = greeksOf(optionOf({ ...still, strike: at('90') }));
    expect([inside.price, inside.delta, inside.gamma, inside.vega]).toEqual([at('10'), at('1'), 0n, 0n]);
    const outside = greeksOf(optionOf({ ...still, strike: at('110') }));
    expect([outside.price, outside.delta, outside.theta, outside.speed]).toEqual([0n, 0n, 0n, 0n]);
  });

  test('gives back the rates that a forward and a discount factor came from', () => {
    fc.assert(
      fc.property(terms, ({ spot, years, rate, dividendYield }) => {
        const carry = carryFromRates({ spot, years, rate, dividendYield });
        const back = carryFromForward(carry);
        assertNear(back.rate, rate, 'rate');
        assertNear(back.dividendYield, dividendYield, 'dividend yield');
      }),
      { numRuns: 40 },
    );
  });

  test('keeps put-call parity S·e^(−qt) − K·e^(−rt) to the last bits', () => {
    fc.assert(
      fc.property(terms, (of) => {
        const { carry, strike } = optionOf(of);
        const difference = valueOf({ ...of, type: 'call' }) - valueOf({ ...of, type: 'put' });
        const parity = multiplyFixed(carry.discountFactor, carry.forward - strike, BITS);
        expect(difference - parity >= -2n && difference - parity <= 2n).toBe(true);
      }),
    );
  });

  test('has the Greeks that its values show when they are moved', () => {
    fc.assert(
      fc.property(terms, (of) => {
        const greeks = greeksOf(optionOf(of));
        const greek = (name: keyof Greeks) => (moved: Terms) => greeksOf(optionOf(moved))[name];
        assertNear(greeks.delta, slopeOf(of, 'spot', valueOf), 'delta');
        assertNear(greeks.gamma, slopeOf(of, 'spot', greek('delta')), 'gamma');
        assertNear(greeks.speed, slopeOf(of, 'spot', greek('gamma')), 'speed');
        assertNear(greeks.strikeSensitivity, slopeOf(of, 'strike', valueOf), 'strike sensitivity');
        assertNear(greeks.strikeGamma, slopeOf(of, 'strike', greek('strikeSensitivity')), 'strike gamma');
        assertNear(greeks.vanna, slopeOf(of, 'vol', greek('delta')), 'vanna');
        for (const [name, by] of [
          ['vega', 'vol'],
          ['rho', 'rate'],
          ['dividendRho', 'dividendYield'],
        ] as const) {
          assertNear(greeks[name], slopeOf(of, by, valueOf), name);
        }
        assertNear(greeks.volga, slopeOf(of, 'vol', greek('vega')), 'volga');
        assertNear(-greeks.theta, slopeOf(of, 'years', valueOf), 'theta');
      }),
      { numRuns: 25 },
    );
  });

  test('shares gamma, vega, volga, vanna and speed between call and put', () => {
    fc.assert(
      fc.property(terms, (of) => {
        const call = greeksOf(optionOf({ ...of, type: 'call' }));
        const put = greeksOf(optionOf({ ...of, type: 'put' }));
        for (const name of ['gamma', 'gammaForward', 'vega', 'volga', 'vanna', 'speed', 'strikeGamma'] as const) {
          expect(put[name]).toBe(call[name]);
        }
        expect(call.gamma >= 0n && call.vega >= 0n).toBe(true);
        expect(call.itmCashProbability + put.itmCashProbability).toBe(1n << BigInt(BITS));
      }),
      { numRuns: 40 },
    );
  });
});
