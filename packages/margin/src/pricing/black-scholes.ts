import { marginError } from '../errors.js';
import { type OptionType, black76, moneynessOf, preparedTotalVol } from './black76.js';
import { exp, ln, sqrt } from './elementary.js';
import { divideFixed, multiplyFixed, fixedOne, shift } from './fixed-point.js';
import { KERNEL_BITS } from './kernel-tables.js';
import { normalCumulative, normalDensity } from './normal-distribution.js';

/** Bits of every number in this file: spot and strike in their currency, rates per year, years, volatility per √year. */
export const CARRY_BITS = 192;

const BITS = CARRY_BITS;
const ONE = fixedOne(BITS);
const times = (...factors: readonly bigint[]) => factors.reduce((left, right) => multiplyFixed(left, right, BITS));
const over = (left: bigint, right: bigint) => divideFixed(left, right, BITS);

/** The cost of carrying a spot price to an expiry. Fixed-point with {@link CARRY_BITS} bits. */
export interface Carry {
  readonly spot: bigint;
  readonly years: bigint;
  /** Continuous annual rate of the quote currency. */
  readonly rate: bigint;
  /** Continuous annual yield of the underlying. */
  readonly dividendYield: bigint;
  readonly forward: bigint;
  readonly discountFactor: bigint;
}

/** Returns a carry from rates: F = S·e^((r − q)t), D = e^(−rt). @throws UNDEFINED_RESULT where an exponential overflows. */
export function carryFromRates(terms: Pick<Carry, 'spot' | 'years' | 'rate' | 'dividendYield'>): Carry {
  const { spot, years, rate, dividendYield } = terms;
  const growth = exp(times(rate - dividendYield, years), BITS);
  return { ...terms, forward: times(spot, growth), discountFactor: exp(-times(rate, years), BITS) };
}

/** Returns a carry from a forward: r = −ln(D)/t, q = r − ln(F/S)/t. @throws UNDEFINED_RESULT for t = 0 or a price of 0. */
export function carryFromForward(terms: Pick<Carry, 'spot' | 'years' | 'forward' | 'discountFactor'>): Carry {
  const { spot, years, forward, discountFactor } = terms;
  const rate = over(-ln(discountFactor, BITS), years);
  return { ...terms, rate, dividendYield: rate - over(ln(forward, BITS) - ln(spot, BITS), years) };
}

/** An option on a carried spot; strike and annual volatility with {@link CARRY_BITS} bits. */
export interface CarriedOption {
  readonly type: OptionType;
  readonly strike: bigint;
  readonly vol: bigint;
  readonly carry: Carry;
}

/**
 * Returns the Black-Scholes-Merton value, error below 1e-14 of it where {@link black76} is that exact.
 * @source Black and Scholes 1973; Merton 1973
 */
export function blackScholes({ type, strike, vol, carry }: CarriedOption): bigint {
  const totalVol = times(vol, sqrt(carry.years, BITS));
  const pair = black76(moneynessOf(carry.forward, strike), preparedTotalVol(shift(totalVol, KERNEL_BITS - BITS)));
  return times(carry.discountFactor, pair[type]);
}

/**
 * Derivatives of an option's value, by spot unless named otherwise. Vega, volga and vanna per 1.00 of volatility, both rhos
 * per 1.00 of rate, theta per year of calendar time.
 */
export interface Greeks {
  readonly price: bigint;
  readonly delta: bigint;
  readonly deltaForward: bigint;
  readonly gamma: bigint;
  readonly gammaForward: bigint;
  readonly vega: bigint;
  readonly theta: bigint;
  readonly rho: bigint;
  readonly dividendRho: bigint;
  /** N(±d2): the chance of ending in the money where the quote currency is the measure. */
  readonly itmCashProbability: bigint;
  /** N(±d1): the same where the underlying is the measure. */
  readonly itmAssetProbability: bigint;
  readonly strikeSensitivity: bigint;
  readonly strikeGamma: bigint;
  readonly vanna: bigint;
  readonly volga: bigint;
  readonly speed: bigint;
}

/**
 * Returns an option's value and Greeks with {@link CARRY_BITS} bits, error below 1e-40 of the largest of spot, strike and
 * their quotients by the total volatility. Without volatility or time they are those of the discounted intrinsic value.
 * @source Haug, The Complete Guide to Option Pricing Formulas, 2nd ed., chapter 2
 * @throws UNDEFINED_RESULT at the money without volatility, where the value has a kink.
 */
export function greeksOf(option: CarriedOption): Greeks {
  const { type, strike, vol, carry } = option;
  const { spot, forward, discountFactor, years, rate, dividendYield } = carry;
  const sign = type === 'call' ? 1n : -1n;
  const rootYears = sqrt(years, BITS);
  const totalVol = times(vol, rootYears);
  const { d1, d2, density, ofAsset, ofCash } = standardised({ forward, strike, totalVol, sign });
  const perVol = (value: bigint, divisor: bigint) => (density === 0n ? 0n : over(value, divisor));
  const carried = over(times(discountFactor, forward), spot);
  const vega = times(discountFactor, forward, density, rootYears);
  const gamma = perVol(times(carried, density), times(spot, totalVol));
  const decay = perVol(times(discountFactor, forward, density, vol), rootYears << 1n);
  const asset = sign * times(discountFactor, forward, ofAsset);
  const cash = sign * times(discountFactor, strike, ofCash);
  return {
    price: blackScholes(option),
    delta: sign * times(carried, ofAsset),
    deltaForward: sign * times(discountFactor, ofAsset),
    gamma,
    gammaForward: perVol(times(discountFactor, density), times(forward, totalVol)),
    vega,
    theta: times(dividendYield, asset) - times(rate, cash) - decay,
    rho: times(years, cash),
    dividendRho: -times(years, asset),
    itmCashProbability: ofCash,
    itmAssetProbability: ofAsset,
    strikeSensitivity: -sign * times(discountFactor, ofCash),
    // K·φ(d2) = F·φ(d1).
    strikeGamma: perVol(times(discountFactor, forward, density), times(strike, strike, totalVol)),
    vanna: -perVol(times(carried, density, d2), vol),
    volga: perVol(times(vega, d1, d2), vol),
    speed: density === 0n ? 0n : -times(over(gamma, spot), over(d1, totalVol) + ONE),
  };
}

interface Standardised {
  readonly d1: bigint;
  readonly d2: bigint;
  /** φ(d1), 0 without volatility. */
  readonly density: bigint;
  /** N(±d1). */
  readonly ofAsset: bigint;
  /** N(±d2). */
  readonly ofCash: bigint;
}

/** d1 and d2 with what the Greeks need of them. */
function standardised(of: { forward: bigint; strike: bigint; totalVol: bigint; sign: 1n | -1n }): Standardised {
  const { forward, strike, totalVol, sign } = of;
  const intrinsic = sign * (forward - strike);
  if (totalVol === 0n || forward === 0n || strike === 0n) {
    if (intrinsic === 0n) throw marginError('UNDEFINED_RESULT', 'Greeks at the money need volatility and time');
    const certain = intrinsic > 0n ? ONE : 0n;
    return { d1: 0n, d2: 0n, density: 0n, ofAsset: certain, ofCash: certain };
  }
  const d1 = over(ln(forward, BITS) - ln(strike, BITS), totalVol) + (totalVol >> 1n);
  const d2 = d1 - totalVol;
  return {
    d1,
    d2,
    density: normalDensity(d1, BITS),
    ofAsset: normalCumulative(sign * d1, BITS),
    ofCash: normalCumulative(sign * d2, BITS),
  };
}
