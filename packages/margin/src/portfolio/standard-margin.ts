import { WAD } from '@surety/domain';
import { divide } from '../number/division.js';
import { black76, moneynessOf, preparedTotalVol } from '../pricing/black76.js';
import { type PerpPosition, confidenceCharge, depegFactor } from './contingency.js';
import type { OptionPosition } from './expiry-book.js';
import { rootYearsOf } from './vol-shock.js';
import { leastOf, positivePartOf, productDown, productUp, sizeOf, wadQuotient } from './wad.js';

/** Parameters of the standard margin; shares and factors with 18 decimals. */
export interface StandardMarginParameters {
  readonly option: {
    readonly maxSpotReq: bigint;
    readonly minSpotReq: bigint;
    readonly mmCallSpotReq: bigint;
    readonly mmPutSpotReq: bigint;
    readonly mmPutMtmReq: bigint;
    readonly imOverMmScale: bigint;
    readonly unpairedIMScale: bigint;
    readonly unpairedMMScale: bigint;
  };
  readonly perp: { readonly im: bigint; readonly mm: bigint };
  readonly base: { readonly marginFactor: bigint; readonly imScale: bigint };
  readonly oracleContingency: {
    readonly perpThreshold: bigint;
    readonly optionThreshold: bigint;
    readonly baseThreshold: bigint;
    readonly factor: bigint;
  };
  readonly depeg: { readonly threshold: bigint; readonly factor: bigint };
}

/** An option with its market; the smaller confidence of its forward and its volatility. */
export interface StandardOption extends OptionPosition {
  readonly secondsToExpiry: bigint;
  readonly forward: bigint;
  readonly confidence: bigint;
}

/** Everything of one account on one underlying; 18 decimals. */
export interface StandardMarket {
  readonly spot: bigint;
  readonly spotConfidence: bigint;
  /** Units of the underlying held. */
  readonly base: bigint;
  readonly perp?: PerpPosition;
  readonly options: readonly StandardOption[];
}

/** An account on all its underlyings; 18 decimals. */
export interface StandardAccount {
  readonly cash: bigint;
  readonly stablePrice: bigint;
  readonly markets: readonly StandardMarket[];
}

/** Net margins: positive is a surplus, negative a shortfall; rounded to −∞, 18 decimals. */
export interface StandardMargin {
  readonly initialMargin: bigint;
  readonly maintenanceMargin: bigint;
  /** Unweighted value, cash included. */
  readonly markToMarket: bigint;
}

/**
 * Returns the rule-based margin of an account (Derive SRM): cash, the counted base, perps, and every expiry at the better of
 * its isolated rules and its greatest loss; nothing offsets between expiries. The initial margin also pays for oracles of
 * low confidence and for a stablecoin below its peg. @source Derive, StandardManager
 */
export function standardMargin(account: StandardAccount, parameters: StandardMarginParameters): StandardMargin {
  const total = { initialMargin: account.cash, maintenanceMargin: account.cash, markToMarket: account.cash };
  for (const market of account.markets) {
    const parts = [
      baseMargin(market, parameters),
      perpMargin(market, parameters),
      ...expiriesOf(market.options).map((options) => expiryMargin(market, options, parameters)),
    ];
    for (const part of parts) {
      total.initialMargin += part.initialMargin;
      total.maintenanceMargin += part.maintenanceMargin;
      total.markToMarket += part.markToMarket;
    }
    total.initialMargin -= depegCharge(market, account.stablePrice, parameters);
  }
  return total;
}

/**
 * Returns the requirement of options whose underlying has no price: the greatest loss of each expiry, but at least the
 * requirement of their rules at any price.
 * @source margin-engines 1.7: without a price the requirement is not 0
 */
export function unpricedOptionsMargin(
  options: readonly StandardOption[],
  rules: StandardMarginParameters['option'],
): StandardMargin {
  const total = { initialMargin: 0n, maintenanceMargin: 0n, markToMarket: 0n };
  for (const expiry of expiriesOf(options)) {
    total.initialMargin += greatestLoss(expiry, rules.unpairedIMScale);
    total.maintenanceMargin += greatestLoss(expiry, rules.unpairedMMScale);
    for (const each of expiry) total.markToMarket += markOf(each);
  }
  return total;
}

function baseMargin(market: StandardMarket, { base, oracleContingency }: StandardMarginParameters): StandardMargin {
  const value = productDown(market.base, market.spot);
  // Debts count in full: a weight below 1 is for holdings.
  const counted = (...factors: readonly bigint[]) => leastOf(productDown(market.base, market.spot, ...factors), value);
  const terms = { threshold: oracleContingency.baseThreshold, margin: oracleContingency.factor };
  return {
    initialMargin:
      counted(base.marginFactor, base.imScale) - confidenceCharge(sizeOf(value), market.spotConfidence, terms),
    maintenanceMargin: counted(base.marginFactor),
    markToMarket: value,
  };
}

function perpMargin(market: StandardMarket, parameters: StandardMarginParameters): StandardMargin {
  const { perp, spot, spotConfidence } = market;
  if (perp === undefined) return { initialMargin: 0n, maintenanceMargin: 0n, markToMarket: 0n };
  const { oracleContingency } = parameters;
  const size = sizeOf(perp.size);
  const charge = confidenceCharge(productUp(size, spot), leastOf(perp.confidence, spotConfidence), {
    threshold: oracleContingency.perpThreshold,
    margin: oracleContingency.factor,
  });
  return {
    initialMargin: perp.unrealisedPnl - productUp(size, perp.price, parameters.perp.im) - charge,
    maintenanceMargin: perp.unrealisedPnl - productUp(size, perp.price, parameters.perp.mm),
    markToMarket: perp.unrealisedPnl,
  };
}

/** Returns the margin of one expiry: the better of isolated and greatest loss, separately for initial and maintenance. */
function expiryMargin(
  market: StandardMarket,
  options: readonly StandardOption[],
  { option, oracleContingency }: StandardMarginParameters,
): StandardMargin {
  const isolated = { initialMargin: 0n, maintenanceMargin: 0n, markToMarket: 0n };
  let least = market.spotConfidence;
  for (const each of options) {
    const part = isolatedMargin(each, market.spot, option);
    isolated.initialMargin += part.initialMargin;
    isolated.maintenanceMargin += part.maintenanceMargin;
    isolated.markToMarket += part.markToMarket;
    least = leastOf(least, each.confidence);
  }
  const charge = confidenceCharge(productUp(shortsOf(options), market.spot), least, {
    threshold: oracleContingency.optionThreshold,
    margin: oracleContingency.factor,
  });
  return {
    initialMargin: better(isolated.initialMargin, greatestLoss(options, option.unpairedIMScale)) - charge,
    maintenanceMargin: better(isolated.maintenanceMargin, greatestLoss(options, option.unpairedMMScale)),
    markToMarket: isolated.markToMarket,
  };
}

/** Returns the margin of one option alone. A long option gives and needs nothing. */
function isolatedMargin(each: StandardOption, spot: bigint, rules: StandardMarginParameters['option']): StandardMargin {
  const { quantity, type, strike } = each;
  const markToMarket = markOf(each);
  if (quantity >= 0n) return { initialMargin: 0n, maintenanceMargin: 0n, markToMarket };
  const size = -quantity;
  const outside = positivePartOf(type === 'call' ? strike - spot : spot - strike);
  // Rounded down: a smaller out-of-the-money share asks for more.
  const share = better(rules.maxSpotReq - wadQuotient(outside, spot, 'floor'), rules.minSpotReq);
  const initial = markToMarket - productUp(share, spot, size);
  if (type === 'call') {
    const maintenanceMargin = markToMarket - productUp(rules.mmCallSpotReq, spot, size);
    return { initialMargin: initial, maintenanceMargin, markToMarket };
  }
  const bySpot = -productUp(rules.mmPutSpotReq, spot, size);
  const maintenanceMargin = markToMarket + leastOf(bySpot, productDown(rules.mmPutMtmReq, markToMarket));
  const initialMargin = leastOf(initial, productDown(rules.imOverMmScale, maintenanceMargin));
  return { initialMargin, maintenanceMargin, markToMarket };
}

/**
 * Returns the greatest loss at expiry, ≤ 0. The payoff is linear between its kinks, so 0 and the strikes suffice; above them
 * only net short calls lose more, covered by a factor times the forward. Premium is not counted.
 */
function greatestLoss(options: readonly StandardOption[], unpairedScale: bigint): bigint {
  let worst = 0n;
  for (const settlement of [0n, ...options.map(({ strike }) => strike)]) {
    worst = leastOf(worst, payoffAt(options, settlement));
  }
  let [netCalls, forward] = [0n, 0n];
  for (const option of options) {
    if (option.type === 'call') netCalls += option.quantity;
    forward = better(forward, option.forward);
  }
  return netCalls < 0n ? worst + productDown(netCalls, forward, unpairedScale) : worst;
}

/** The payoff of all options at a settlement price, rounded to −∞. */
function payoffAt(options: readonly OptionPosition[], settlement: bigint): bigint {
  let sum = 0n;
  for (const { type, strike, quantity } of options) {
    sum += quantity * positivePartOf(type === 'call' ? settlement - strike : strike - settlement);
  }
  return divide(sum, WAD, 'floor');
}

function markOf({ type, strike, quantity, vol, forward, secondsToExpiry }: StandardOption): bigint {
  const totalVol = preparedTotalVol(divide(vol * rootYearsOf(secondsToExpiry), WAD, 'halfUp'));
  return productDown(quantity, black76(moneynessOf(forward, strike), totalVol)[type]);
}

function depegCharge(market: StandardMarket, stablePrice: bigint, { depeg }: StandardMarginParameters): bigint {
  const exposed = shortsOf(market.options) + sizeOf(market.perp?.size ?? 0n);
  return productUp(depegFactor(stablePrice, depeg), market.spot, exposed);
}

/** Short quantities, not netted: a hedge with a bad feed is no hedge. */
function shortsOf(options: readonly StandardOption[]): bigint {
  let shorts = 0n;
  for (const { quantity } of options) if (quantity < 0n) shorts -= quantity;
  return shorts;
}

function expiriesOf(options: readonly StandardOption[]): readonly (readonly StandardOption[])[] {
  const expiries = new Map<bigint, StandardOption[]>();
  for (const option of options) {
    const known = expiries.get(option.secondsToExpiry);
    if (known === undefined) expiries.set(option.secondsToExpiry, [option]);
    else known.push(option);
  }
  return [...expiries.values()];
}

function better(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
