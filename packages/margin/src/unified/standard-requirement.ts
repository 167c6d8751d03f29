import { WAD } from '@surety/domain';
import type { ByGrade, Grade } from '../line-margin.js';
import { type StandardMarginParameters, standardMargin, unpricedOptionsMargin } from '../portfolio/standard-margin.js';
import { positivePartOf, productUp } from '../portfolio/wad.js';
import { type MarketPosition, grossShorts, greatestOf } from './market-position.js';
import {
  confidenceChargeOf,
  liquidityChargeOf,
  pegOf,
  perpRequirementOf,
  requirementPriceOf,
} from './requirement-charges.js';

/** The requirement of one underlying at each grade, and the part that may offset others; 18 decimals. */
export interface MarketRequirement {
  readonly underlying: string;
  readonly required: ByGrade<bigint>;
  /** Directional risk, signed by the side of its delta; 0 where nothing may offset. */
  readonly directional: ByGrade<bigint>;
  /** Mark of all options. */
  readonly optionMark: bigint;
}

/**
 * Returns an underlying's requirement by rules: the perpetual at the worst of its orders, options by strike but at most
 * their greatest loss, and liquidity; at initial also open interest, confidence and a stablecoin below its peg. A long
 * option is worth nothing here. Without a price of the underlying, an expiry requires its greatest loss.
 * @source margin-engines 3.4, Derive StandardManager
 */
export function standardRequirementOf(position: MarketPosition): MarketRequirement {
  const { market, perp, underlying } = position;
  const options = optionMarginOf(position);
  const net = perp.worstSize + grossShorts(position);
  const required = (grade: Grade): bigint => {
    const price = requirementPriceOf(position, grade);
    const of = { grade, openInterest: market.openInterest };
    const ofPerp = perpRequirementOf(market.terms.perp, { size: perp.worstSize, price }, of);
    const orders = perp.orderLoss + perp.orderCount * market.terms.perp.orderCharge;
    const liquidity = liquidityChargeOf(net, price, { terms: market.terms.liquidity, market });
    return ofPerp + orders + liquidity + (grade === 'maintenance' ? options.maintenance : options.initial);
  };
  const maintenance = required('maintenance');
  const exit = greatestOf(required('exit'), maintenance);
  const price = requirementPriceOf(position, 'initial');
  const depeg = productUp(pegOf(position), price, perp.worstSize + grossShorts(position));
  const initial = greatestOf(required('initial') + confidenceChargeOf(position, price) + depeg, exit);
  return {
    underlying,
    required: { initial, exit, maintenance },
    directional: { initial: 0n, exit: 0n, maintenance: 0n },
    optionMark: options.mark,
  };
}

/** The rules of options alone: no perpetual, no base, full confidence, a stablecoin at its peg. */
function optionMarginOf({ market, price, expiries }: MarketPosition) {
  if (expiries.length === 0) return { initial: 0n, maintenance: 0n, mark: 0n };
  const options = expiries.flatMap(({ market: expiry, options: held }) =>
    held.map((option) => ({
      ...option,
      secondsToExpiry: expiry.secondsToExpiry,
      forward: expiry.forward,
      confidence: WAD,
    })),
  );
  const rules: StandardMarginParameters = {
    option: market.terms.option,
    perp: { im: 0n, mm: 0n },
    base: { marginFactor: 0n, imScale: 0n },
    oracleContingency: { perpThreshold: 0n, optionThreshold: 0n, baseThreshold: 0n, factor: 0n },
    depeg: { threshold: 0n, factor: 0n },
  };
  const markets = [{ spot: price.mark, spotConfidence: WAD, base: 0n, options }];
  const margin =
    price.mark === 0n
      ? unpricedOptionsMargin(options, rules.option)
      : standardMargin({ cash: 0n, stablePrice: WAD, markets }, rules);
  return {
    initial: positivePartOf(-margin.initialMargin),
    maintenance: positivePartOf(-margin.maintenanceMargin),
    mark: margin.markToMarket,
  };
}
