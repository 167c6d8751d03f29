import type { Bytes32 } from '@surety/domain';
import type { TimedBlockView } from './wire.js';

/** A value at the three grades. */
export interface ByGrade<Value> {
  readonly initial: Value;
  readonly exit: Value;
  readonly maintenance: Value;
}

/** Weighted assets, requirement and the difference (below 0 as decimal text with a sign), 18 decimals. */
export interface GradeView {
  readonly assetsWad: bigint;
  /** 2^256 − 1 at the initial grade while a protocol does not answer. */
  readonly requirementWad: bigint;
  readonly freeWad: bigint;
  /** Requirement over assets in parts per million, rounded up; 0 without one, null where no assets cover it. For display only. */
  readonly utilisationPpm: bigint | null;
}

/** The five factors of a weight in parts per million. */
export interface FactorsView {
  readonly base: number;
  readonly source: number;
  readonly freshness: number;
  readonly size: number;
  readonly vol: number;
}

/** One line's part of a margin. */
export interface MarginLineView {
  readonly assetId: number;
  readonly source: number;
  readonly chainId: number;
  readonly symbol: string;
  /** Units, whatever part of a unit counts. */
  readonly amount: bigint;
  /** Part of each unit that counts, 18 decimals; null while all of it does. */
  readonly coverageWad: bigint | null;
  /** True while a rewind left something open of the asset: it counts nothing for initial, and nothing of it leaves. */
  readonly unsettled: boolean;
  /** What counts for initial: the amount at its coverage, as far as it has seasoned. */
  readonly amountInitial: bigint;
  readonly price1e12: bigint;
  /** Whose price that is, the lower of the two: the asset's own feed's or its underlying's. */
  readonly priceFrom: 'feed' | 'underlying';
  readonly factors: ByGrade<FactorsView>;
  readonly valueWad: ByGrade<bigint>;
  /** Status bits of this line alone. */
  readonly status: number;
}

/** How much of one underlying an account's collateral is like, over all chains. */
export interface CollateralDeltaView {
  /** The ledger's number of the underlying. */
  readonly underlying: number;
  /** Symbols of the lines in it, sorted. */
  readonly symbols: readonly string[];
  /** Whole tokens, 18 decimals. */
  readonly deltaWad: bigint;
  /** The same at the prices of the lines, without weights, 18 decimals. */
  readonly valueWad: bigint;
}

/** Answer of `GET /v1/accounts/:account/margin`. */
export interface MarginView {
  readonly account: Bytes32;
  readonly block: TimedBlockView;
  readonly grades: ByGrade<GradeView>;
  /** Status bits as `marginOf` gives them. */
  readonly status: number;
  /** Seconds; the oldest `asOf` that the margin rests on. */
  readonly oldestAsOf: bigint;
  /** 18 decimals; 2^256 - 1 without debt. For display only. */
  readonly healthFactorWad: bigint;
  /** Lowest step of the ladder that health is below, `1.5`, `1.2`, `1.05` or `1`; null above all and without debt. */
  readonly healthStep: string | null;
  /** Q_M > A_M, by integers. */
  readonly liquidatable: boolean;
  /** A_I ≥ Q_I, by integers. */
  readonly mayTakeRisk: boolean;
  /** Hash of every weight, age and haircut that lines were weighed with; prices and ages themselves are not in it. */
  readonly parameters: Bytes32;
  readonly lines: readonly MarginLineView[];
  /** Ascending by underlying. Positions of protocols are in the requirement alone: their Greeks are not known here. */
  readonly deltas: readonly CollateralDeltaView[];
}

/** Data of the event `health`: an account's health has crossed a step of the ladder. The same step at the same block is one crossing. */
export interface HealthCrossingView {
  readonly account: Bytes32;
  /** `1.5`, `1.2`, `1.05` or `1`; below the last the account may be liquidated. */
  readonly step: string;
  readonly direction: 'down' | 'up';
  /** Maintenance assets and requirement, 18 decimals. */
  readonly aM: bigint;
  readonly qM: bigint;
  readonly block: TimedBlockView;
}
