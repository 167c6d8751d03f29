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
  type SkewShock,
  type VolShock,
  basisContingency,
  confidenceCharge,
  depegFactor,
  discountOf,
  forwardParts,
  netShortOptions,
  scenarioGains,
  worstGain,
} from '@surety/margin';
import { divide, leastOf, positivePartOf, productDown, productUp, scaleDown, sizeOf } from '@surety/margin/arithmetic';

/** Names of the factors of its margins, as parameters state them. */
export const PORTFOLIO2_MARGIN = [
  'mmFactor',
  'imFactor',
  'longBaseDiscount',
  'longRateMult',
  'longRateAdd',
  'shortBaseDiscount',
  'shortRateMult',
  'shortRateAdd',
] as const;

/** Names of its contingencies, as parameters state them. */
export const PORTFOLIO2_OTHER = [
  'pegThreshold',
  'pegFactor',
  'confThreshold',
  'confMargin',
  'mmPerp',
  'imPerp',
  'mmOption',
  'imOption',
] as const;

/** Parameters of a portfolio margin with skew scenarios; all numbers with 18 decimals. */
export interface PortfolioMargin2Parameters {
  readonly scenarios: readonly Scenario[];
  readonly volShock: VolShock;
  readonly skew: SkewShock;
  readonly basis: BasisShock;
  readonly margin: Readonly<Record<(typeof PORTFOLIO2_MARGIN)[number], bigint>>;
  readonly other: Readonly<Record<(typeof PORTFOLIO2_OTHER)[number], bigint>>;
}

/** A collateral of a portfolio; amount in its own units, 18 decimals. */
export interface PortfolioCollateral {
  readonly amount: bigint;
  readonly price: bigint;
  readonly confidence: bigint;
  readonly mmHaircut: bigint;
  readonly imHaircut: bigint;
  /** True if it moves with the underlying and is part of the scenarios. */
  readonly riskCancelling: boolean;
}

/** One expiry and its market. */
export interface PortfolioExpiry {
  readonly secondsToExpiry: bigint;
  readonly forward: bigint;
  /** Annual, continuous; below 0 counts as 0. */
  readonly rate: bigint;
  readonly confidence: bigint;
  readonly options: readonly OptionPosition[];
}

/** Everything of one account on one underlying. */
export interface Portfolio2 {
  readonly cash: bigint;
  readonly spot: bigint;
  readonly spotConfidence: bigint;
  readonly stablePrice: bigint;
  readonly perp?: PerpPosition & { readonly unrealisedFunding: bigint };
  readonly collaterals: readonly PortfolioCollateral[];
  readonly expiries: readonly PortfolioExpiry[];
}

/** Net margins: positive is a surplus, negative a shortfall; rounded to −∞, 18 decimals. */
export interface PortfolioMargin {
  readonly initialMargin: bigint;
  readonly maintenanceMargin: bigint;
  /** Mark-to-market of everything plus cash. */
  readonly mtmPlusCash: bigint;
  /** Gain in every scenario, in their order. */
  readonly gains: readonly bigint[];
  /** At most 0. */
  readonly basisContingency: bigint;
}

/** Forwards settle against an average over their last half hour. @source Derive, PMRMLib_2 */
const AVERAGE_SECONDS = 1_800n;

/**
 * Returns the margin of a portfolio by revaluing it in scenarios (Derive PMRM_2):
 * worst = min(basis contingency, worst scenario); maintenance = worst·mmFactor − C_mm + value;
 * initial = worst·(imFactor + depeg) − C_mm − C_im + value. C are charges on perps, net short options and collaterals.
 * More scenarios never raise a margin; order and duplicates do not matter. @source Derive, PMRM_2 and PMRMLib_2
 */
export function portfolioMargin2(portfolio: Portfolio2, parameters: PortfolioMargin2Parameters): PortfolioMargin {
  const { perp, cash } = portfolio;
  const values = portfolio.collaterals.map(({ amount, price }) =>
    divide(amount * price, portfolio.stablePrice, 'floor'),
  );
  const expiries = portfolio.expiries.map((expiry) => revaluedExpiry(expiry, parameters));
  const cancelling = sumOf(values.filter((_, index) => portfolio.collaterals[index]?.riskCancelling));
  const perpNotional = perp === undefined ? 0n : productDown(perp.size, perp.price);
  const revalued = { expiries, linear: perpNotional + cancelling };
  const gains = scenarioGains(revalued, parameters.scenarios);
  const contingency = basisContingency(revalued, parameters.basis);
  const worst = worstGain(gains, contingency);
  const perpPnl = perp === undefined ? 0n : perp.unrealisedPnl + perp.unrealisedFunding;
  const mtmPlusCash = cash + perpPnl + sumOf(values) + sumOf(expiries.map(({ mark }) => mark));
  const charges = chargesOf(portfolio, values, parameters);
  const { margin, other } = parameters;
  const peg = depegFactor(portfolio.stablePrice, { threshold: other.pegThreshold, factor: other.pegFactor });
  return {
    initialMargin: productDown(worst, margin.imFactor + peg) - charges.maintenance - charges.initial + mtmPlusCash,
    maintenanceMargin: productDown(worst, margin.mmFactor) - charges.maintenance + mtmPlusCash,
    mtmPlusCash,
    gains,
    basisContingency: contingency,
  };
}

function revaluedExpiry(expiry: PortfolioExpiry, parameters: PortfolioMargin2Parameters): RevaluedExpiry {
  const { secondsToExpiry, options, forward } = expiry;
  const { margin, volShock, skew } = parameters;
  const rate = positivePartOf(expiry.rate);
  const parts = forwardParts(forward, secondsToExpiry, AVERAGE_SECONDS);
  const book = new ExpiryBook({ secondsToExpiry, options, ...parts }, { volShock, skew });
  const discount = discountOf(secondsToExpiry, rate);
  const present = (value: bigint) => scaleDown(value, discount, FACTOR_BITS);
  const staticOf = (mult: bigint, add: bigint) => discountOf(secondsToExpiry, productDown(rate, mult) + add);
  const long = productDown(margin.longBaseDiscount, staticOf(margin.longRateMult, margin.longRateAdd));
  // A debt counts for more the further out it is, but never for more than without its discount.
  const short = leastOf(
    divide(1n << BigInt(2 * FACTOR_BITS), discount, 'floor'),
    divide(
      margin.shortBaseDiscount << BigInt(2 * FACTOR_BITS),
      WAD * staticOf(margin.shortRateMult, margin.shortRateAdd),
      'floor',
    ),
  );
  return {
    book,
    mark: present(book.valueAt(WAD, 'none')),
    present,
    counted: (value) => scaleDown(value, value >= 0n ? long : short, FACTOR_BITS),
  };
}

/** Charges that do not come from scenarios: on both margins, and those that only the initial margin adds. */
function chargesOf(portfolio: Portfolio2, values: readonly bigint[], parameters: PortfolioMargin2Parameters) {
  const { perp, spot, spotConfidence, collaterals, expiries } = portfolio;
  const { other } = parameters;
  const terms: ConfidenceTerms = { threshold: other.confThreshold, margin: other.confMargin };
  let [maintenance, initial] = [0n, 0n];
  if (perp !== undefined) {
    const notional = productUp(sizeOf(perp.size), spot);
    maintenance += productUp(notional, other.mmPerp);
    initial += productUp(notional, other.imPerp);
    initial += confidenceCharge(notional, leastOf(perp.confidence, spotConfidence), terms);
  }
  for (const { options, confidence } of expiries) {
    const shorts = productUp(netShortOptions(options), spot);
    maintenance += productUp(shorts, other.mmOption);
    initial += productUp(shorts, other.imOption);
    const notional = productUp(sumOf(options.map(({ quantity }) => sizeOf(quantity))), spot);
    const least = leastOf(confidence, spotConfidence, perp?.confidence ?? confidence);
    initial += confidenceCharge(notional, least, terms);
  }
  for (const [index, { confidence, mmHaircut, imHaircut }] of collaterals.entries()) {
    const value = values[index] ?? 0n;
    maintenance += productUp(value, mmHaircut);
    initial += productUp(value, imHaircut);
    initial += confidenceCharge(value, leastOf(confidence, spotConfidence), terms);
  }
  return { maintenance, initial };
}

function sumOf(values: readonly bigint[]): bigint {
  let sum = 0n;
  for (const value of values) sum += value;
  return sum;
}
