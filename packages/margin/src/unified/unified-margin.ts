import { type Wad, mulDivUp, wad } from '@surety/domain';
import { type GradeMargin, HEALTH_FACTOR_MAX, freeMargin } from '../account-margin.js';
import type { ByGrade, Grade } from '../line-margin.js';
import { leastOf, positivePartOf, productDown, productUp, sizeOf } from '../portfolio/wad.js';
import { divide } from '../number/division.js';
import type { OwedDebt, UnifiedAccount } from './account.js';
import { type MarketPosition, greatestOf, marketPositionsOf } from './market-position.js';
import type { MarketSnapshot } from './market-snapshot.js';
import { type OffsetStanding, offsetRequirement } from './offset-credit.js';
import { RevaluedMarket } from './portfolio-requirement.js';
import { SourceRoom } from './source-room.js';
import { type MarketRequirement, standardRequirementOf } from './standard-requirement.js';
import {
  JudgedPrices,
  type UnifiedCollateral,
  assetOf,
  splitForHedge,
  underlyingOf,
  unifiedCollateralOf,
} from './unified-collateral.js';

/** The three grades, the strictest first. */
export const GRADES: readonly Grade[] = ['initial', 'exit', 'maintenance'];

/** An account's margin over everything it holds and owes; 18 decimals. */
export interface UnifiedMargin {
  readonly grades: ByGrade<GradeMargin>;
  /** Σ without weights: what would be left if all were sold at the mark. Negative is bad debt. */
  readonly netValue: bigint;
  /** False while a debt or a derivative has no valid price. Then no new risk, whatever the grades say. */
  readonly initialDefined: boolean;
  /** Underlyings on whose price liquidation is paused, in order of name. */
  readonly paused: readonly string[];
  /** The requirement of each underlying alone, without offsets. */
  readonly markets: readonly MarketRequirement[];
  readonly collateral: UnifiedCollateral;
  /** Of the terms that were weighed by. */
  readonly version: string;
}

/**
 * Returns the unified margin of an account: collateral of all chains, debts, gains and losses, and the requirement of
 * its derivatives, at three grades with U_I ≤ U_E ≤ U_M for U = assets − requirement. Integers only; assets and gains
 * round down, debts and requirements up.
 * @source margin-engines 3, PROTOCOL section 9
 * @throws INCONSISTENT_INPUT for an unlisted name.
 */
export function unifiedMarginOf(account: UnifiedAccount, snapshot: MarketSnapshot): UnifiedMargin {
  const prices = new JudgedPrices(snapshot);
  const positions = marketPositionsOf(account, snapshot, prices);
  const collateral = unifiedCollateralOf(account.lines, snapshot, { prices });
  const context = { account, snapshot, prices, positions, collateral };
  const { markets, grades } = account.mode === 'standard' ? ruledGrades(context) : revaluedGrades(context);
  const watched = watchedUnderlyings(context);
  return {
    grades: orderedGrades(grades),
    netValue: netValueOf(context, markets),
    initialDefined: watched.every(({ valid }) => valid),
    paused: watched.filter(({ paused }) => paused).map(({ name }) => name),
    markets,
    collateral,
    version: snapshot.terms.version,
  };
}

/** True if a liquidation must end: A_E ≥ Q_E. */
export function mayEndLiquidation({ grades }: Pick<UnifiedMargin, 'grades'>): boolean {
  return grades.exit.assets >= grades.exit.requirement;
}

/** True if an account may open: every price is valid and A_I ≥ Q_I. */
export function mayOpen({ grades, initialDefined }: UnifiedMargin): boolean {
  return initialDefined && grades.initial.assets >= grades.initial.requirement;
}

/**
 * Compares risk without a quotient, Q·A' against Q'·A: below 0, 0 or above 0 as left is less risky, as risky or
 * riskier.
 */
export function compareRisk(left: GradeMargin, right: GradeMargin): number {
  // Without debt there is no risk, even without holdings.
  if (left.requirement === 0n || right.requirement === 0n) {
    return Number(left.requirement > 0n) - Number(right.requirement > 0n);
  }
  const [ours, theirs] = [left.requirement * right.assets, right.requirement * left.assets];
  return ours < theirs ? -1 : ours > theirs ? 1 : 0;
}

/**
 * True if an account below its initial requirement may still act: it becomes no riskier and loses no more than the
 * act's fees.
 */
export function mayActBelowInitial(before: UnifiedMargin, after: UnifiedMargin, fees: bigint): boolean {
  const riskier = compareRisk(after.grades.maintenance, before.grades.maintenance) > 0;
  return !riskier && after.netValue >= before.netValue - fees;
}

/** Returns Q_M·1e18/A_M rounded up, for display; the largest integer if nothing is owned and something owed. */
export function marginRatioOf({ assets, requirement }: GradeMargin): bigint {
  if (requirement === 0n) return 0n;
  return assets === 0n ? HEALTH_FACTOR_MAX : mulDivUp(requirement, 10n ** 18n, assets);
}

interface Context {
  readonly account: UnifiedAccount;
  readonly snapshot: MarketSnapshot;
  readonly prices: JudgedPrices;
  readonly positions: readonly MarketPosition[];
  readonly collateral: UnifiedCollateral;
}

interface Graded {
  readonly markets: readonly MarketRequirement[];
  readonly grades: ByGrade<GradeMargin>;
}

function ruledGrades(context: Context): Graded {
  const markets = context.positions.map(standardRequirementOf);
  const grade = (name: Grade) =>
    gradeOf(context, name, { collateral: context.collateral.values[name], markets, optionMarks: [] });
  return { markets, grades: { initial: grade('initial'), exit: grade('exit'), maintenance: grade('maintenance') } };
}

function revaluedGrades(context: Context): Graded {
  const revalued = context.positions.map((position) => new RevaluedMarket(position));
  const optionMarks = revalued.flatMap(({ marks }) => marks);
  const noHedge = { initial: 0n, exit: 0n, maintenance: 0n };
  const markets = revalued.map((market) => market.requirement(noHedge));
  const grade = (name: Grade): GradeMargin => {
    const plain = gradeOf(context, name, { collateral: context.collateral.values[name], markets, optionMarks });
    const hedged = hedgedAt(name, context, revalued);
    if (hedged === undefined) return plain;
    const better = gradeOf(context, name, { ...hedged, optionMarks });
    // Holding collateral can never hurt: the hedge counts only where it helps.
    return freeMargin(better) > freeMargin(plain) ? better : plain;
  };
  return { markets, grades: { initial: grade('initial'), exit: grade('exit'), maintenance: grade('maintenance') } };
}

/**
 * Lets collateral hedge each short delta of its own underlying; undefined where there is nothing to hedge or hedge with.
 * Hedges and the rest share the cap of their source: what counts no more there offsets no loss either.
 */
function hedgedAt(
  grade: Grade,
  { account, snapshot, prices }: Context,
  revalued: readonly RevaluedMarket[],
): { readonly collateral: bigint; readonly markets: readonly MarketRequirement[] } | undefined {
  const room = new SourceRoom(snapshot);
  let rest = account.lines;
  let moved = 0n;
  let used = false;
  const markets = revalued.map((market) => {
    const { underlying } = market.position;
    const units = positivePartOf(-market.delta);
    const split = splitForHedge(rest, snapshot, { underlying, units, grade, prices });
    const { values } = unifiedCollateralOf(split.hedge, snapshot, { prices, use: 'hedge', room });
    const hedge = values[grade];
    rest = split.rest;
    moved += hedge;
    used ||= hedge > 0n;
    return market.requirement({ initial: hedge, exit: hedge, maintenance: hedge });
  });
  if (!used) return undefined;
  return { collateral: moved + unifiedCollateralOf(rest, snapshot, { prices, room }).values[grade], markets };
}

function gradeOf(
  { account, snapshot, prices, positions }: Context,
  grade: Grade,
  of: {
    readonly collateral: bigint;
    readonly markets: readonly MarketRequirement[];
    readonly optionMarks: readonly bigint[];
  },
): GradeMargin {
  const { gainWeight, gainCap, offsets } = snapshot.terms;
  let [gains, losses] = [0n, account.feesAccrued];
  for (const { perp } of positions) {
    gains += productDown(positivePartOf(perp.pnl), gainWeight[grade]);
    losses += positivePartOf(-perp.pnl);
  }
  if (grade === 'initial') gains = leastOf(gains, gainCap);
  for (const mark of of.optionMarks) {
    gains += positivePartOf(mark);
    losses += positivePartOf(-mark);
  }
  const debts = account.debts.reduce((sum, debt) => sum + debtOf(debt, grade, { snapshot, prices }), 0n);
  const required = offsetRequirement(of.markets, grade, { standings: standingsOf(positions), terms: offsets });
  const { cash = 0n } = account;
  return { assets: wad(of.collateral + cash + gains), requirement: wad(debts + losses + required) };
}

function debtOf(
  { asset, amount }: OwedDebt,
  grade: Grade,
  { snapshot, prices }: { readonly snapshot: MarketSnapshot; readonly prices: JudgedPrices },
): bigint {
  const listed = assetOf(snapshot, asset);
  const mark = prices.debtMarkOf(asset);
  if (grade === 'maintenance') return productUp(amount, mark, listed.debtMaintenance);
  const weight = greatestOf(listed.debtInitial, listed.debtMaintenance);
  const plain = productUp(amount, mark, weight);
  if (grade === 'exit') return plain;
  const { borrows = 0n, borrowsStart = 0n } = underlyingOf(snapshot, listed.underlying);
  const banded = productUp(amount, greatestOf(mark, prices.ofAsset(asset).debtInitial ?? mark), weight);
  return borrowsStart > 0n && borrows > borrowsStart ? divide(banded * borrows, borrowsStart, 'ceil') : banded;
}

function standingsOf(positions: readonly MarketPosition[]): ReadonlyMap<string, OffsetStanding> {
  return new Map(
    positions.map(({ underlying, market, confidence, settlementPrice }) => {
      const { confidence: terms, peg } = market.terms;
      const [sure, pegged] = [confidence >= terms.threshold, settlementPrice >= peg.threshold];
      return [underlying, { sure, pegged, settlement: market.settlement }];
    }),
  );
}

/** Grades never cross: what is free at exit is at most what is at maintenance, and at initial at most what is at exit. */
function orderedGrades({ initial, exit, maintenance }: ByGrade<GradeMargin>): ByGrade<GradeMargin> {
  const atMost = (grade: GradeMargin, above: GradeMargin): GradeMargin => ({
    assets: grade.assets,
    requirement: wad(greatestOf(grade.requirement, grade.assets - freeMargin(above))) satisfies Wad,
  });
  const exitGrade = atMost(exit, maintenance);
  return { initial: atMost(initial, exitGrade), exit: exitGrade, maintenance };
}

function netValueOf(
  { account, collateral, positions, prices }: Context,
  markets: readonly MarketRequirement[],
): bigint {
  let value = collateral.unweighted + (account.cash ?? 0n) - account.feesAccrued;
  for (const { asset, amount } of account.debts) value -= productUp(amount, prices.debtMarkOf(asset));
  for (const { perp } of positions) value += perp.pnl;
  for (const { optionMark } of markets) value += optionMark;
  return value;
}

/** Prices that something owed or held in derivatives depends on. Collateral is not among them: without a price it counts 0. */
function watchedUnderlyings({ account, snapshot, prices, positions }: Context) {
  const names = new Map<string, { valid: boolean; paused: boolean }>();
  const watch = (name: string, price: { readonly faults: readonly unknown[]; readonly paused: boolean }) => {
    const known = names.get(name) ?? { valid: true, paused: false };
    names.set(name, { valid: known.valid && price.faults.length === 0, paused: known.paused || price.paused });
  };
  for (const { asset, amount } of account.debts) {
    if (amount > 0n) watch(assetOf(snapshot, asset).underlying, prices.ofAsset(asset));
  }
  for (const { underlying, price, perp, expiries } of positions) {
    if (sizeOf(perp.size) + perp.worstSize > 0n || expiries.length > 0) watch(underlying, price);
  }
  return [...names.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([name, of]) => ({ name, ...of }));
}
