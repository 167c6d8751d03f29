import { type GradeMargin, isLiquidatable } from '../account-margin.js';
import type { ByGrade } from '../line-margin.js';
import { positivePartOf } from '../portfolio/wad.js';
import type { UnifiedAccount } from '../unified/account.js';
import type { MarketSnapshot } from '../unified/market-snapshot.js';
import { mayOpen, unifiedMarginOf } from '../unified/unified-margin.js';
import { type Stress, stressedSnapshot } from './market-stress.js';

/** An account with its name. */
export interface NamedAccount {
  readonly id: string;
  readonly account: UnifiedAccount;
}

/** An account for a risk manager; 18 decimals. */
export interface JudgedAccount {
  readonly grades: ByGrade<GradeMargin>;
  readonly netValue: bigint;
  readonly liquidatable: boolean;
  readonly mayOpen: boolean;
  /** Underlyings on whose price liquidation is paused. */
  readonly paused: readonly string[];
}

/** One account before and after a scenario. */
export interface AccountUnderStress {
  readonly id: string;
  readonly before: JudgedAccount;
  readonly after: JudgedAccount;
}

/** A book before and after a scenario; 18 decimals. */
export interface StressReport {
  readonly stress: string;
  readonly accounts: readonly AccountUnderStress[];
  /** Liquidatable after and not before. */
  readonly newlyLiquidatable: readonly string[];
  /** Σ (Q_M − A_M)⁺ after: what would have to come in to end all shortfalls. */
  readonly shortfall: bigint;
  /** Σ (−net value)⁺ after: what is owed beyond everything owned, if all is closed at the mark. */
  readonly badDebt: bigint;
  readonly badDebtBefore: bigint;
}

/** Judges one account. @throws INCONSISTENT_INPUT for an unlisted name. */
export function judgeAccount(account: UnifiedAccount, snapshot: MarketSnapshot): JudgedAccount {
  const margin = unifiedMarginOf(account, snapshot);
  const { grades, netValue, paused } = margin;
  return { grades, netValue, paused, liquidatable: isLiquidatable(margin), mayOpen: mayOpen(margin) };
}

/** Revalues a book before and after a scenario. @throws INCONSISTENT_INPUT for an unlisted name. */
export function stressReportOf(book: readonly NamedAccount[], snapshot: MarketSnapshot, stress: Stress): StressReport {
  const stressed = stressedSnapshot(snapshot, stress);
  const accounts = book.map(({ id, account }) => ({
    id,
    before: judgeAccount(account, snapshot),
    after: judgeAccount(account, stressed),
  }));
  const debtOf = (judged: JudgedAccount) => positivePartOf(-judged.netValue);
  let [shortfall, badDebt, badDebtBefore] = [0n, 0n, 0n];
  for (const { before, after } of accounts) {
    shortfall += positivePartOf(after.grades.maintenance.requirement - after.grades.maintenance.assets);
    badDebt += debtOf(after);
    badDebtBefore += debtOf(before);
  }
  const newly = accounts.filter(({ before, after }) => after.liquidatable && !before.liquidatable);
  return {
    stress: stress.name,
    accounts,
    newlyLiquidatable: newly.map(({ id }) => id),
    shortfall,
    badDebt,
    badDebtBefore,
  };
}
