import { WAD } from '@surety/domain';
import type { ByGrade, Grade } from '../line-margin.js';
import { divide } from '../number/division.js';
import { ExpiryBook, type OptionPosition, forwardParts, netShortOptions } from '../portfolio/expiry-book.js';
import { type RevaluedExpiry, basisContingency, scenarioGains } from '../portfolio/scenario-revaluation.js';
import { FACTOR_BITS, discountOf } from '../portfolio/vol-shock.js';
import { leastOf, positivePartOf, productDown, productUp, scaleDown, sizeOf } from '../portfolio/wad.js';
import { type ExpiryExposure, type MarketPosition, grossShorts, greatestOf } from './market-position.js';
import { portfolioScenarios } from './portfolio-scenarios.js';
import {
  confidenceChargeOf,
  liquidityChargeOf,
  pegOf,
  perpRequirementOf,
  requirementPriceOf,
} from './requirement-charges.js';
import type { MarketRequirement } from './standard-requirement.js';
import type { PortfolioTerms } from './unified-terms.js';

/** Collateral of the same underlying, valued by chain weight: the part that a scenario moves; 18 decimals. */
export type HedgeValue = bigint;

/** Forwards settle against an average over their last half hour. @source Derive, PMRMLib_2 */
export const AVERAGE_SECONDS = 1_800n;
/** A hundredth of the price on each side measures a delta. */
const DELTA_STEP = 10n ** 16n;

/**
 * One underlying of a portfolio, revalued once in all scenarios. Its requirement follows for each grade, with or without a
 * hedge.
 * @source margin-engines 3.5, Derive PMRM_2
 */
export class RevaluedMarket {
  readonly position: MarketPosition;
  /** Present value of each expiry now, rounded to −∞. */
  readonly marks: readonly bigint[];
  /** Gain of the options in every scenario, dampened, in the order of {@link portfolioScenarios}. */
  readonly optionGains: readonly bigint[];
  /** Units of the underlying that the position is like, perpetual first, then each expiry. */
  readonly deltas: readonly bigint[];
  readonly #basis: bigint;

  constructor(position: MarketPosition) {
    this.position = position;
    const { market, price } = position;
    const { portfolio } = market.terms;
    const expiries = position.expiries.map((expiry) => revaluedExpiryOf(expiry, market.rate, portfolio));
    this.marks = expiries.map(({ mark }) => mark);
    this.optionGains = scenarioGains({ expiries, linear: 0n }, portfolioScenarios(portfolio));
    this.#basis = basisContingency({ expiries, linear: 0n }, portfolio.basis);
    this.deltas = [position.perp.size, ...expiries.map((expiry) => deltaOf(expiry, price.mark))];
  }

  /** Units of the underlying that the position is like; negative short. */
  get delta(): bigint {
    return this.deltas.reduce((sum, each) => sum + each, 0n);
  }

  /** Returns the requirement, and the risk that may offset others, for the hedge of each grade. */
  requirement(hedges: ByGrade<HedgeValue>): MarketRequirement {
    const maintenance = this.#required('maintenance', hedges.maintenance);
    const exit = this.#required('exit', hedges.exit);
    const initial = this.#required('initial', hedges.initial);
    return {
      underlying: this.position.underlying,
      required: { initial, exit, maintenance },
      directional: {
        initial: this.#directional(hedges.initial),
        exit: this.#directional(hedges.exit),
        maintenance: this.#directional(hedges.maintenance),
      },
      optionMark: this.marks.reduce((sum, each) => sum + each, 0n),
    };
  }

  /** Returns the largest loss of all scenarios and the basis, 0 at least, rounded up. */
  scan(hedge: HedgeValue): bigint {
    const { market, perp } = this.position;
    const linear = productDown(perp.size, market.perpPrice) + hedge;
    let worst = this.#basis;
    for (const [index, { spot, vol, dampening }] of portfolioScenarios(market.terms.portfolio).entries()) {
      const skewed = vol === 'skew-linear' || vol === 'skew-abs';
      const moved = skewed ? 0n : productDown(linear, spot - WAD, dampening);
      worst = leastOf(worst, (this.optionGains[index] ?? 0n) + moved);
    }
    return positivePartOf(-worst);
  }

  #required(grade: Grade, hedge: HedgeValue): bigint {
    const { position } = this;
    const { market, perp } = position;
    const { portfolio, liquidity } = market.terms;
    const price = requirementPriceOf(position, grade);
    const factor = portfolio.lossFactor[grade] + (grade === 'initial' ? pegOf(position) : 0n);
    const shorts = position.expiries.reduce((sum, { options }) => sum + netShortOptions(options), 0n);
    const needed =
      productUp(this.scan(hedge), factor) +
      productUp(shorts, price, portfolio.shortOption[grade]) +
      productUp(sizeOf(perp.size), price, portfolio.perp[grade]) +
      productUp(this.#calendarUnits(), price, portfolio.calendar) +
      liquidityChargeOf(this.delta, price, { terms: liquidity, market }) +
      this.#orderMargin(grade, price) +
      (grade === 'initial' ? confidenceChargeOf(position, price) : 0n);
    const floored = greatestOf(needed, productUp(shorts, portfolio.shortMinimum));
    // Options that are only owned cannot lose more than they count.
    const onlyOwned = perp.worstSize === 0n && grossShorts(position) === 0n;
    return onlyOwned ? leastOf(floored, positivePartOf(this.#countedMarks())) : floored;
  }

  /** Risk of the delta alone, no more than the whole scan; signed. None without a price: it offsets nothing. */
  #directional(hedge: HedgeValue): bigint {
    const { market, price } = this.position;
    if (price.mark <= 0n) return 0n;
    const exposed = productDown(this.delta, price.mark) + hedge;
    const risk = leastOf(productDown(sizeOf(exposed), market.terms.portfolio.scanRange), this.scan(hedge));
    return exposed < 0n ? -risk : risk;
  }

  /** Units long in one expiry and short in another: what a parallel move of all forwards does not see. */
  #calendarUnits(): bigint {
    let [long, short] = [0n, 0n];
    for (const delta of this.deltas) {
      if (delta > 0n) long += delta;
      else short -= delta;
    }
    return long < short ? long : short;
  }

  #orderMargin(grade: Grade, price: bigint): bigint {
    const { market, perp } = this.position;
    const of = { grade, openInterest: market.openInterest };
    const worst = perpRequirementOf(market.terms.perp, { size: perp.worstSize, price }, of);
    const held = perpRequirementOf(market.terms.perp, { size: sizeOf(perp.size), price }, of);
    return worst - held + perp.orderLoss + perp.orderCount * market.terms.perp.orderCharge;
  }

  #countedMarks(): bigint {
    return this.marks.reduce((sum, each) => sum + each, 0n);
  }
}

function revaluedExpiryOf(
  { market, options }: ExpiryExposure,
  annualRate: bigint,
  terms: PortfolioTerms,
): RevaluedExpiry {
  const { secondsToExpiry, forward } = market;
  const { volShock, skew, staticDiscount } = terms;
  const rate = positivePartOf(annualRate);
  const parts = forwardParts(forward, secondsToExpiry, AVERAGE_SECONDS);
  const book = new ExpiryBook({ secondsToExpiry, options: mergedOptions(options), ...parts }, { volShock, skew });
  const discount = discountOf(secondsToExpiry, rate);
  const present = (value: bigint) => scaleDown(value, discount, FACTOR_BITS);
  const staticOf = (mult: bigint, add: bigint) => discountOf(secondsToExpiry, productDown(rate, mult) + add);
  const long = productDown(staticDiscount.longBase, staticOf(staticDiscount.longRateMult, staticDiscount.longRateAdd));
  // Against the present value that `present` gave: a debt counts for more, the further out the more.
  const short = divide(
    staticDiscount.shortBase << BigInt(2 * FACTOR_BITS),
    WAD * staticOf(staticDiscount.shortRateMult, staticDiscount.shortRateAdd),
    'ceil',
  );
  const mark = present(book.valueAt(WAD, 'none'));
  return {
    book,
    mark,
    present,
    counted: (value) => scaleDown(value, value >= 0n ? long : short, FACTOR_BITS),
  };
}

/** The same contract bought and sold nets before it is priced. */
function mergedOptions(options: readonly OptionPosition[]): readonly OptionPosition[] {
  const merged = new Map<string, OptionPosition>();
  for (const option of options) {
    const key = `${option.type}${option.strike}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? option : { ...known, quantity: known.quantity + option.quantity });
  }
  return [...merged.values()].filter(({ quantity }) => quantity !== 0n);
}

/** While the underlying has no price, its units are counted at what the forward says of it: what is unknown is not nothing. */
function deltaOf({ book, present }: RevaluedExpiry, mark: bigint): bigint {
  const spot = mark > 0n ? mark : book.positions.forwardFixed + book.positions.forwardVariable;
  if (spot <= 0n) return 0n;
  const up = present(book.valueAt(WAD + DELTA_STEP, 'none'));
  const down = present(book.valueAt(WAD - DELTA_STEP, 'none'));
  return divide((up - down) * WAD * WAD, 2n * DELTA_STEP * spot, 'floor');
}
