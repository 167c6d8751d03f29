import { WAD } from '@surety/domain';
import {
  type BasisShock,
  type ConfidenceTerms,
  ExpiryBook,
  FACTOR_BITS,
  type OptionPosition,
  type PerpPosition,
  type RevaluedExpiry,
  type Scenario,
  type VolShock,
  basisContingency,
  confidenceCharge,
  depegFactor,
  discountOf,
  netShortOptions,
  scenarioGains,
  worstGain,
} from '@surety/margin';
import { leastOf, productDown, productUp, scaleDown, sizeOf } from '@surety/margin/arithmetic';
import type { PortfolioMargin } from './portfolio-margin-2.js';

/** Names of the factors of its margins, as parameters state them. */
export const PORTFOLIO1_MARGIN = ['imFactor', 'staticDiscount', 'rateMult', 'rateAdd'] as const;

/** Names of its contingencies, as parameters state them. */
export const PORTFOLIO1_OTHER = [
  'pegThreshold',
  'pegFactor',
  'confThreshold',
  'confMargin',
  'basePercent',
  'perpPercent',
  'optionPercent',
] as const;

/** Parameters of a portfolio margin without skew; all numbers with 18 decimals. */
export interface PortfolioMargin1Parameters {
  readonly scenarios: readonly Scenario[];
  readonly volShock: VolShock;
  readonly basis: BasisShock;
  readonly margin: Readonly<Record<(typeof PORTFOLIO1_MARGIN)[number], bigint>>;
  readonly other: Readonly<Record<(typeof PORTFOLIO1_OTHER)[number], bigint>>;
}

/** One expiry and its market. */
export interface Portfolio1Expiry {
  readonly secondsToExpiry: bigint;
  readonly forwardFixed: bigint;
  readonly forwardVariable: bigint;
  readonly rate: bigint;
  /** Of the forward's feed. */
  readonly confidence: bigint;
  readonly options: readonly (OptionPosition & { readonly volConfidence: bigint })[];
}

/** Everything of one account on one underlying. */
export interface Portfolio1 {
  readonly cash: bigint;
  readonly spot: bigint;
  readonly spotConfidence: bigint;
  readonly stablePrice: bigint;
  /** Units of the underlying held. */
  readonly base: bigint;
  readonly perp?: PerpPosition;
  readonly expiries: readonly Portfolio1Expiry[];
}

/**
 * Returns the margin of a portfolio by revaluing it in scenarios (Derive PMRM): loss = min(basis contingency, worst scenario)
 * − static charges; maintenance = loss + value; initial = loss·(imFactor + depeg) − confidence charges + value.
 * Marks are not discounted; a shocked value is, where it is positive. @source Derive, PMRM and PMRMLib
 */
export function portfolioMargin1(portfolio: Portfolio1, parameters: PortfolioMargin1Parameters): PortfolioMargin {
  const { perp, spot, base, cash } = portfolio;
  const { margin, other } = parameters;
  const expiries = portfolio.expiries.map((expiry) => revaluedExpiry(expiry, parameters));
  const baseValue = productDown(base, spot);
  const perpNotional = perp === undefined ? 0n : productDown(perp.size, perp.price);
  const revalued = { expiries, linear: baseValue + perpNotional };
  const gains = scenarioGains(revalued, parameters.scenarios);
  const contingency = basisContingency(revalued, parameters.basis);
  const loss = worstGain(gains, contingency) - staticCharges(portfolio, parameters);
  let mtmPlusCash = cash + baseValue + (perp?.unrealisedPnl ?? 0n);
  for (const { mark } of expiries) mtmPlusCash += mark;
  const peg = depegFactor(portfolio.stablePrice, { threshold: other.pegThreshold, factor: other.pegFactor });
  return {
    initialMargin: productDown(loss, margin.imFactor + peg) - confidenceCharges(portfolio, parameters) + mtmPlusCash,
    maintenanceMargin: loss + mtmPlusCash,
    mtmPlusCash,
    gains,
    basisContingency: contingency,
  };
}

function revaluedExpiry(expiry: Portfolio1Expiry, parameters: PortfolioMargin1Parameters): RevaluedExpiry {
  const { margin, volShock } = parameters;
  const { secondsToExpiry, rate } = expiry;
  const book = new ExpiryBook(expiry, { volShock });
  const discount = discountOf(secondsToExpiry, productDown(rate, margin.rateMult) + margin.rateAdd);
  const factor = productDown(margin.staticDiscount, discount);
  return {
    book,
    mark: book.valueAt(WAD, 'none'),
    present: (value) => value,
    counted: (value) => (value > 0n ? scaleDown(value, factor, FACTOR_BITS) : value),
  };
}

function staticCharges({ perp, base, spot, expiries }: Portfolio1, { other }: PortfolioMargin1Parameters): bigint {
  let charges = productUp(base, spot, other.basePercent);
  if (perp !== undefined) charges += productUp(sizeOf(perp.size), spot, other.perpPercent);
  for (const { options } of expiries) charges += productUp(netShortOptions(options), spot, other.optionPercent);
  return charges;
}

function confidenceCharges(portfolio: Portfolio1, { other }: PortfolioMargin1Parameters): bigint {
  const { perp, base, spot, spotConfidence, expiries } = portfolio;
  const terms: ConfidenceTerms = { threshold: other.confThreshold, margin: other.confMargin };
  let charges = confidenceCharge(productUp(base, spot), spotConfidence, terms);
  if (perp !== undefined) {
    const notional = productUp(sizeOf(perp.size), spot);
    charges += confidenceCharge(notional, leastOf(perp.confidence, spotConfidence), terms);
  }
  for (const { options, confidence } of expiries) {
    let [quantity, least] = [0n, leastOf(confidence, spotConfidence)];
    for (const option of options) {
      quantity += sizeOf(option.quantity);
      least = leastOf(least, option.volConfidence);
    }
    charges += confidenceCharge(productUp(quantity, spot), least, terms);
  }
  return charges;
}
