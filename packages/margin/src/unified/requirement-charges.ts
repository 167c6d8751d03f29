import { WAD } from '@surety/domain';
import type { Grade } from '../line-margin.js';
import { divide, squareRootFloor } from '../number/division.js';
import { confidenceCharge, depegFactor } from '../portfolio/contingency.js';
import { positivePartOf, productUp, sizeOf } from '../portfolio/wad.js';
import { type MarketPosition, grossOptions, greatestOf, leastConfidence } from './market-position.js';
import type { DerivativeMarket } from './market-snapshot.js';
import type { LiquidityTerms, PerpMarginTerms } from './unified-terms.js';

/** Share of the price within which depth is measured. @source margin-engines 3.6 */
const DEPTH_SHARE = 2n * 10n ** 16n;

/** Returns √value, 18 decimals, rounded up; 0 below 0. */
export function rootUp(value: bigint): bigint {
  const radicand = positivePartOf(value) * WAD;
  const root = squareRootFloor(radicand);
  return root * root < radicand ? root + 1n : root;
}

/**
 * Returns max(r, 0.8·r + factor·√size), rounded up; at initial it then rises with open interest to 1. Maintenance does
 * not, since other people's trades must not liquidate.
 * @source Drift v2, dYdX v4, margin-engines 3.4
 */
export function perpRatioOf(
  terms: PerpMarginTerms,
  size: bigint,
  of: { readonly grade: Grade; readonly openInterest: bigint },
): bigint {
  const { grade, openInterest } = of;
  const base = grade === 'maintenance' ? terms.maintenanceRatio : terms.initialRatio;
  const sized = greatestOf(base, divide(base * 4n, 5n, 'ceil') + productUp(terms.sizeFactor, rootUp(size)));
  const span = terms.openInterestUpper - terms.openInterestLower;
  const passed = positivePartOf(openInterest - terms.openInterestLower);
  if (grade !== 'initial' || passed === 0n || span <= 0n) return sized;
  const share = passed < span ? passed : span;
  return sized + divide(positivePartOf(WAD - sized) * share, span, 'ceil');
}

/** Returns the requirement of a perpetual's size at a price, rounded up once. */
export function perpRequirementOf(
  terms: PerpMarginTerms,
  { size, price }: { readonly size: bigint; readonly price: bigint },
  of: { readonly grade: Grade; readonly openInterest: bigint },
): bigint {
  return productUp(size, price, perpRatioOf(terms, size, of));
}

/**
 * Returns the cost of closing a net position beyond the mark: value·min(most, least + impact·σ·√(|Q|/volume)), at least half of
 * the depth consumed. Rounded up, and more than proportional in size.
 * @source margin-engines 3.6
 */
export function liquidityChargeOf(
  net: bigint,
  price: bigint,
  {
    terms,
    market,
  }: { readonly terms: LiquidityTerms; readonly market: Pick<DerivativeMarket, 'dailyVol' | 'dailyVolume' | 'depth'> },
): bigint {
  const size = sizeOf(net);
  if (size === 0n) return 0n;
  // Without volume the position cannot be closed at all: the most is charged.
  const shared = market.dailyVolume > 0n ? rootUp(divide(size * WAD, market.dailyVolume, 'ceil')) : undefined;
  const grown = shared === undefined ? terms.most : terms.least + productUp(terms.impact, market.dailyVol, shared);
  const bySize = productUp(size, price, grown < terms.most ? grown : terms.most);
  if (market.depth === undefined || market.depth <= 0n) return bySize;
  const byDepth = divide(size * size * price * DEPTH_SHARE, 2n * market.depth * WAD * WAD, 'ceil');
  return greatestOf(bySize, byDepth);
}

/** Returns the addition to initial for feeds of low confidence, on gross notional. */
export function confidenceChargeOf(position: MarketPosition, price: bigint): bigint {
  const { market, perp, confidence } = position;
  const terms = market.terms.confidence;
  const perpNotional = productUp(perp.worstSize, price);
  const options = productUp(grossOptions(position), price);
  return (
    confidenceCharge(perpNotional, confidence, terms) + confidenceCharge(options, leastConfidence(position), terms)
  );
}

/** Returns the addition to a factor on losses at initial for a stablecoin below its peg. */
export function pegOf({ market, settlementPrice }: MarketPosition): bigint {
  return depegFactor(settlementPrice, market.terms.peg);
}

/** Returns the price at which a grade values a requirement: at initial the higher end of the band, if it is known. */
export function requirementPriceOf({ price, market }: MarketPosition, grade: Grade): bigint {
  const mark = market.perpPrice;
  return grade === 'initial' && price.debtInitial !== undefined ? greatestOf(mark, price.debtInitial) : mark;
}
