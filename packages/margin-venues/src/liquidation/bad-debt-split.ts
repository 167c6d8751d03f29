import { divide } from '@surety/margin/arithmetic';

/** The parties that bear a loss of one protocol; WAD, none negative. */
export interface LossBearers {
  /** The tranche that pays first. */
  readonly insurance: bigint;
  /** The claim of each of its lenders. */
  readonly claims: readonly bigint[];
}

/** Each party's share of a loss; WAD. */
export interface BadDebtSplit {
  /** Net of the lenders' overpayment by rounding, so negative by that overpayment at most. */
  readonly fromInsurance: bigint;
  /** Of each lender, in order, rounded up, at most its claim. */
  readonly fromLenders: readonly bigint[];
  /** The part that no party is left to pay. */
  readonly uncovered: bigint;
}

/**
 * Splits a loss: the insurance tranche first, then lenders in proportion to their claims, each rounded up; the excess
 * of rounding stays in the tranche. fromInsurance + Σ fromLenders + uncovered = loss, exactly.
 * @source PROTOCOL section 9
 */
export function badDebtSplitOf(loss: bigint, { insurance, claims }: LossBearers): BadDebtSplit {
  const first = loss < insurance ? loss : insurance;
  const rest = loss - first;
  const total = claims.reduce((sum, claim) => sum + claim, 0n);
  const shared = rest < total ? rest : total;
  const fromLenders = claims.map((claim) => (shared === 0n ? 0n : divide(shared * claim, total, 'ceil')));
  const excess = fromLenders.reduce((sum, each) => sum + each, 0n) - shared;
  return { fromInsurance: first - excess, fromLenders, uncovered: rest - shared };
}
