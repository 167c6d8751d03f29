import { WAD } from '@surety/domain';
import { fromScaled, toScaled } from '../number/decimal.js';
import { divide } from '../number/division.js';
import { forwardParts } from '../portfolio/expiry-book.js';
import { SECONDS_YEAR } from '../portfolio/vol-shock.js';
import { positivePartOf } from '../portfolio/wad.js';
import { CARRY_BITS, type Carry, carryFromForward, greeksOf } from '../pricing/black-scholes.js';
import { exp } from '../pricing/elementary.js';
import { divideFixed, fromFixed, multiplyFixed, toFixed } from '../pricing/fixed-point.js';
import type { UnifiedAccount } from './account.js';
import { type ExpiryExposure, type MarketPosition, marketPositionsOf } from './market-position.js';
import type { MarketSnapshot } from './market-snapshot.js';
import { AVERAGE_SECONDS } from './portfolio-requirement.js';
import { JudgedPrices, assetOf, tokensOf } from './unified-collateral.js';

/**
 * An account's gains as one underlying moves and everything else is constant; 18 decimals, to the nearest. Deltas are units of
 * the underlying, gamma units for a price higher by 1, vega value for 1.00 of annual volatility, theta value for a year, rho
 * value for 1.00 of rate.
 */
export interface UnderlyingGreeks {
  readonly underlying: string;
  /** Tokens owned, tokens owed (never above 0), the perpetual's size, and options. */
  readonly deltas: Readonly<Record<'collateral' | 'debt' | 'perp' | 'options', bigint>>;
  /** Sum of them. */
  readonly delta: bigint;
  /** The same at the mark; 0 without a price. */
  readonly deltaValue: bigint;
  readonly gamma: bigint;
  readonly vega: bigint;
  readonly theta: bigint;
  readonly rho: bigint;
}

type OptionGreeks = Readonly<Record<'delta' | 'gamma' | 'vega' | 'theta' | 'rho', bigint>>;

const NONE: OptionGreeks = { delta: 0n, gamma: 0n, vega: 0n, theta: 0n, rho: 0n };
const times = (left: bigint, right: bigint) => multiplyFixed(left, right, CARRY_BITS);
const fixed = (value: bigint): bigint => toFixed(fromScaled(value, 18), CARRY_BITS);
const nearest = (value: bigint): bigint => toScaled(fromFixed(value, CARRY_BITS), 18, 'halfUp');

/**
 * Returns an account's Greeks by underlying, in order of name. Options are valued as in the revaluation: Black on the
 * forward at the strike's volatility; the part already fixed by the last half hour's average does not move. For
 * display; requirements come from scenarios.
 * @throws INCONSISTENT_INPUT for an unlisted name, UNDEFINED_RESULT for an option at the money without volatility.
 */
export function accountGreeksOf(account: UnifiedAccount, snapshot: MarketSnapshot): readonly UnderlyingGreeks[] {
  const prices = new JudgedPrices(snapshot);
  const positions = new Map(marketPositionsOf(account, snapshot, prices).map((one) => [one.underlying, one]));
  const collateral = new Map<string, bigint>();
  const debt = new Map<string, bigint>();
  const add = (sums: Map<string, bigint>, name: string, value: bigint) =>
    sums.set(name, (sums.get(name) ?? 0n) + value);
  for (const { asset, amount } of account.lines) {
    const { underlying, asset: listed } = assetOf(snapshot, asset);
    add(collateral, underlying, tokensOf(amount, listed.decimals));
  }
  for (const { asset, amount } of account.debts) add(debt, assetOf(snapshot, asset).underlying, -amount);
  const names = new Set([...collateral.keys(), ...debt.keys(), ...positions.keys()]);
  return [...names].sort().map((underlying) => {
    const { mark } = prices.ofUnderlying(underlying);
    const position = positions.get(underlying);
    const { delta: options, ...others } = position === undefined ? NONE : optionGreeksOf(position, mark);
    const deltas = {
      collateral: collateral.get(underlying) ?? 0n,
      debt: debt.get(underlying) ?? 0n,
      perp: position?.perp.size ?? 0n,
      options,
    };
    const delta = deltas.collateral + deltas.debt + deltas.perp + deltas.options;
    return { underlying, deltas, delta, deltaValue: divide(delta * mark, WAD, 'halfUp'), ...others };
  });
}

/** Sums the Greeks of all options on an underlying; nothing moves them without a price. */
function optionGreeksOf({ expiries, market }: MarketPosition, mark: bigint): OptionGreeks {
  let sum = NONE;
  if (mark <= 0n) return sum;
  for (const expiry of expiries) sum = addGreeks(sum, expiryGreeksOf(expiry, mark, market.rate));
  return {
    delta: nearest(sum.delta),
    gamma: nearest(sum.gamma),
    vega: nearest(sum.vega),
    theta: nearest(sum.theta),
    rho: nearest(sum.rho),
  };
}

function expiryGreeksOf({ market, options }: ExpiryExposure, mark: bigint, annualRate: bigint): OptionGreeks {
  const { forward, secondsToExpiry } = market;
  // All of the settlement price is known.
  if (secondsToExpiry === 0n || forward <= 0n) return NONE;
  const carry = carryOf({ spot: mark, forward, secondsToExpiry, rate: positivePartOf(annualRate) });
  const { forwardVariable } = forwardParts(forward, secondsToExpiry, AVERAGE_SECONDS);
  // Units that the forward moves for one of the spot.
  const moves = divideFixed(fixed(forwardVariable), fixed(mark), CARRY_BITS);
  let sum = NONE;
  for (const { type, strike, vol, quantity } of options) {
    const units = fixed(quantity);
    const greeks = greeksOf({ type, strike: fixed(strike), vol: fixed(vol), carry });
    sum = addGreeks(sum, {
      delta: times(units, times(greeks.deltaForward, moves)),
      gamma: times(units, times(greeks.gammaForward, times(moves, moves))),
      vega: times(units, greeks.vega),
      theta: times(units, greeks.theta),
      rho: times(units, greeks.rho),
    });
  }
  return sum;
}

function carryOf(of: {
  readonly spot: bigint;
  readonly forward: bigint;
  readonly secondsToExpiry: bigint;
  readonly rate: bigint;
}): Carry {
  const years = divide(of.secondsToExpiry << BigInt(CARRY_BITS), SECONDS_YEAR, 'halfUp');
  const discountFactor = exp(-times(fixed(of.rate), years), CARRY_BITS);
  return carryFromForward({ spot: fixed(of.spot), years, forward: fixed(of.forward), discountFactor });
}

function addGreeks(left: OptionGreeks, right: OptionGreeks): OptionGreeks {
  return {
    delta: left.delta + right.delta,
    gamma: left.gamma + right.gamma,
    vega: left.vega + right.vega,
    theta: left.theta + right.theta,
    rho: left.rho + right.rho,
  };
}
