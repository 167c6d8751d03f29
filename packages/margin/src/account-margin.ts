import { PPM, type Wad, mulDivDown, mulDivUp, wad } from '@surety/domain';
import { type ByGrade, type Line, type LineMargin, lineMarginOf } from './line-margin.js';

/** Bits of a margin's status, as the ledger gives them; UNANSWERED comes with PRICE_MISSING too. @source IRiskManager */
export const MARGIN_STATUS = {
  PRICE_STALE: 1n,
  PRICE_MISSING: 2n,
  SOURCE_STALE: 4n,
  SOURCE_DARK: 8n,
  SOURCE_FROZEN: 16n,
  UNANSWERED: 32n,
  PRICE_UNCERTAIN: 64n,
  PRICE_DIVERGED: 128n,
  PRICE_FAILING: 256n,
} as const;

/** Bits that follow from lines alone; the others are about protocols. */
export const LINE_STATUS_BITS = 479n;

/** One grade of an account: the assets that count, and the requirement that they must cover. */
export interface GradeMargin {
  readonly assets: Wad;
  /** Debts, losses and requirements; 0 until protocols may claim. */
  readonly requirement: Wad;
}

/** An account's unified margin over all its enabled lines. */
export interface AccountMargin {
  readonly grades: ByGrade<GradeMargin>;
  /** OR of {@link MARGIN_STATUS} bits over lines with an amount. */
  readonly status: bigint;
  /** Lowest `asOf` in seconds over lines with an amount; never later than the time itself. */
  readonly oldestAsOf: bigint;
  /** In the order of the lines given. */
  readonly lines: readonly LineMargin[];
}

/** The health factor of an account without debt. */
export const HEALTH_FACTOR_MAX = 2n ** 256n - 1n;

/** The ledger's initial requirement while a protocol does not answer. @source ILedgerMargin */
export const REQUIREMENT_INFINITE = 2n ** 256n - 1n;

/** From here on a requirement says that no assets cover it; a market answers so while it doubts a price. @source MarketClaims.sol */
const UNCOVERED_FROM = 2n ** 128n - 1n;

/** True if no assets cover a requirement: a protocol does not answer, or one of them requires 2^128 − 1. */
export function isInfiniteRequirement(requirement: bigint): boolean {
  return requirement >= UNCOVERED_FROM;
}

/** Sums an account's enabled lines at a time in seconds; the same integers as `IRiskManager.margin`. */
export function accountMarginOf(lines: readonly Line[], at: bigint): AccountMargin {
  const margins = lines.map((line) => lineMarginOf(line, at));
  const counted = lines.flatMap((line, index) => (line.amount > 0n ? [{ line, margin: margins[index] }] : []));
  let status = 0n;
  let oldestAsOf = at;
  for (const { line, margin } of counted) {
    if (margin !== undefined) status |= lineStatusOf(margin);
    if (line.source.asOf < oldestAsOf) oldestAsOf = line.source.asOf;
  }
  const grade = (pick: (margin: LineMargin) => Wad): GradeMargin => ({
    assets: wad(margins.reduce((sum, margin) => sum + pick(margin), 0n)),
    requirement: wad(0n),
  });
  return {
    grades: {
      initial: grade((margin) => margin.value.initial),
      exit: grade((margin) => margin.value.exit),
      maintenance: grade((margin) => margin.value.maintenance),
    },
    status,
    oldestAsOf,
    lines: margins,
  };
}

/**
 * Returns an account's margin with the integers of `ILedgerMargin.marginOf`. If the price of a counting line was never accepted,
 * assets are 0 and the status says that the margin is unknown.
 */
export function knownMarginOf(margin: AccountMargin): AccountMargin {
  if ((margin.status & MARGIN_STATUS.PRICE_MISSING) === 0n) return margin;
  const { initial, exit, maintenance } = margin.grades;
  const unknown = ({ requirement }: GradeMargin): GradeMargin => ({ assets: wad(0n), requirement });
  return {
    ...margin,
    grades: { initial: unknown(initial), exit: unknown(exit), maintenance: unknown(maintenance) },
    status: margin.status | MARGIN_STATUS.UNANSWERED,
  };
}

/** Returns A_M · 1e18 / Q_M rounded down; for display only, never for a decision. */
export function healthFactorOf(maintenance: GradeMargin): bigint {
  if (maintenance.requirement === 0n) return HEALTH_FACTOR_MAX;
  return mulDivDown(maintenance.assets, 10n ** 18n, maintenance.requirement);
}

/** Returns assets − requirement at a grade; negative on a shortfall. */
export function freeMargin({ assets, requirement }: GradeMargin): bigint {
  return assets - requirement;
}

/**
 * Returns Q/A, the required share of the assets, in parts per million, rounded up. 0 without a requirement; undefined without
 * covering assets (none, or an infinite requirement). For display only.
 */
export function utilisationPpmOf({ assets, requirement }: GradeMargin): bigint | undefined {
  if (requirement === 0n) return 0n;
  if (assets === 0n || isInfiniteRequirement(requirement)) return undefined;
  return mulDivUp(requirement, PPM, assets);
}

/** Grades of an account, and the status of its margin where that is at hand. */
type Graded = Pick<AccountMargin, 'grades'> & Partial<Pick<AccountMargin, 'status'>>;

/** True if no worth of an account is known: its assets mean nothing, and the ledger refuses gates and seizures. */
export function isUnknown({ status = 0n }: Partial<Pick<AccountMargin, 'status'>>): boolean {
  return (status & MARGIN_STATUS.UNANSWERED) !== 0n;
}

/** True if an account may be liquidated: Q_M > A_M, without a quotient. False while its margin is unknown. */
export function isLiquidatable(margin: Graded): boolean {
  if (isUnknown(margin)) return false;
  return margin.grades.maintenance.requirement > margin.grades.maintenance.assets;
}

/** True if an account may take risk: A_I ≥ Q_I. False while its margin is unknown. */
export function mayTakeRisk(margin: Graded): boolean {
  if (isUnknown(margin)) return false;
  return margin.grades.initial.assets >= margin.grades.initial.requirement;
}

/** Returns the {@link MARGIN_STATUS} bits of one line; an empty line sets none. */
export function lineStatusOf(margin: Pick<LineMargin, 'units' | 'price' | 'freshness'>): bigint {
  if (margin.units === 0n) return 0n;
  let status = 0n;
  if (margin.price.stale) status |= MARGIN_STATUS.PRICE_STALE;
  if (margin.price.missing) status |= MARGIN_STATUS.PRICE_MISSING;
  if (margin.price.uncertain) status |= MARGIN_STATUS.PRICE_UNCERTAIN;
  if (margin.price.diverged) status |= MARGIN_STATUS.PRICE_DIVERGED;
  if (margin.price.failing) status |= MARGIN_STATUS.PRICE_FAILING;
  if (margin.freshness.condition === 'frozen') status |= MARGIN_STATUS.SOURCE_FROZEN;
  if (margin.freshness.condition === 'stale') status |= MARGIN_STATUS.SOURCE_STALE;
  if (margin.freshness.condition === 'dark') status |= MARGIN_STATUS.SOURCE_STALE | MARGIN_STATUS.SOURCE_DARK;
  return status;
}
