import type { ConfidenceTerms } from '../portfolio/contingency.js';
import type { StandardMarginParameters } from '../portfolio/standard-margin.js';
import type { BasisShock } from '../portfolio/scenario-revaluation.js';
import type { SkewShock, VolShock } from '../portfolio/vol-shock.js';
import type { ByGrade } from '../line-margin.js';

/** The addition for a large position that cannot be closed at the mark; shares with 18 decimals. */
export interface LiquidityTerms {
  /** Share of the value that a position of any size needs, and the most. */
  readonly least: bigint;
  readonly most: bigint;
  /** Times daily volatility times √(position / daily volume). */
  readonly impact: bigint;
}

/** The growth of a perpetual's margin; ratios with 18 decimals. */
export interface PerpMarginTerms {
  readonly initialRatio: bigint;
  readonly maintenanceRatio: bigint;
  /** Per √unit of size. */
  readonly sizeFactor: bigint;
  /** Open interest, as a value, between which the initial ratio rises to 1; equal for no scaling. */
  readonly openInterestLower: bigint;
  readonly openInterestUpper: bigint;
  /** For each open order, at every grade. */
  readonly orderCharge: bigint;
}

/** Scenarios of an underlying and the charge on the worst one; 18 decimals. */
export interface PortfolioTerms {
  /** Price scan range, as a share. */
  readonly scanRange: bigint;
  /** A tail of n scan ranges counts as if its move were a scan range divided by this. */
  readonly tailDivisor: bigint;
  readonly volShock: VolShock;
  readonly skew: SkewShock;
  readonly basis: BasisShock;
  /** Factors on the worst loss; initial not below exit not below maintenance. */
  readonly lossFactor: ByGrade<bigint>;
  /** Shares of notional for each net short option and for a perpetual. */
  readonly shortOption: ByGrade<bigint>;
  readonly perp: ByGrade<bigint>;
  /** Share of spot for each unit that is long in one expiry and short in another. */
  readonly calendar: bigint;
  /** Least requirement for each contract short. */
  readonly shortMinimum: bigint;
  /** Discounts on option value after a shock: premium owned counts for less the further out, premium owed for more. */
  readonly staticDiscount: {
    readonly longBase: bigint;
    readonly longRateMult: bigint;
    readonly longRateAdd: bigint;
    readonly shortBase: bigint;
    readonly shortRateMult: bigint;
    readonly shortRateAdd: bigint;
  };
}

/** Terms of one underlying's derivatives. */
export interface MarketTerms {
  readonly perp: PerpMarginTerms;
  readonly option: StandardMarginParameters['option'];
  readonly portfolio: PortfolioTerms;
  readonly liquidity: LiquidityTerms;
  readonly confidence: ConfidenceTerms;
  readonly peg: { readonly threshold: bigint; readonly factor: bigint };
}

/** A pair of underlyings whose opposite risks offset each other; 18 decimals. */
export interface OffsetPair {
  readonly left: string;
  readonly right: string;
  /** Lowest correlation over a long, a short and a crash window. */
  readonly stressCorrelation: bigint;
}

/** Terms of accounts as a whole; shares with 18 decimals. */
export interface UnifiedTerms {
  /** Named by every result: both sides weigh by the same. */
  readonly version: string;
  /** Weight of gains not yet realised, and the most that counts for initial. */
  readonly gainWeight: ByGrade<bigint>;
  readonly gainCap: bigint;
  readonly offsets: {
    /** In the order in which risk is consumed. */
    readonly pairs: readonly OffsetPair[];
    /** Taken off a correlation before it counts. */
    readonly correlationMargin: bigint;
    readonly creditMax: bigint;
    /** Taken off a credit between two stablecoins. */
    readonly settlementSpread: bigint;
  };
}
