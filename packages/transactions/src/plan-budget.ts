import { mulDivDown } from '@surety/domain';
import type { CallPriority, TransactionAttempt } from '@surety/workflows';
import { BUDGET_LOW_BPS, BUDGET_SHARE_BPS, DAY_MS, TRANSFER_GAS } from './limits.js';

/** What a day may cost, and what of it is gone; wei. */
export interface DayOfSpending {
  readonly budgetWei: bigint;
  /** What nonces spent since midnight took: gas fees, and the value of calls; one without a receipt at its worst. */
  readonly spentWei: bigint;
  /** The most that everything under way can cost, whenever it lands. */
  readonly pendingWei: bigint;
}

/** Gives midnight UTC before a time, in milliseconds. */
export function dayStartMs(nowMs: number): number {
  return Math.floor(nowMs / DAY_MS) * DAY_MS;
}

/** What of an attempt tells its cost. */
export type AttemptCost = Pick<TransactionAttempt, 'cancels' | 'gasLimit' | 'maxFeePerGas' | 'value'>;

/** Gives the most wei of gas that one attempt can cost: it lands at its own limit. */
export function gasCostWei({ cancels, gasLimit, maxFeePerGas }: Omit<AttemptCost, 'value'>): bigint {
  return (cancels ? TRANSFER_GAS : gasLimit) * maxFeePerGas;
}

/** Gives the wei that an attempt hands over beside its gas: a bridge's fee is spent like gas. */
export function valueCostWei({ cancels, value }: Pick<AttemptCost, 'cancels' | 'value'>): bigint {
  return cancels ? 0n : value;
}

/** Gives the most wei that one nonce can still cost: one of its attempts lands at its own limit. */
export function worstCaseWei(attempts: readonly AttemptCost[]): bigint {
  const costs = attempts.map((attempt) => gasCostWei(attempt) + valueCostWei(attempt));
  return costs.reduce((most, cost) => (cost > most ? cost : most), 0n);
}

/** Gives what calls of a priority may still cost today, 0 or more. */
export function roomWei(day: DayOfSpending, priority: CallPriority): bigint {
  const share = mulDivDown(day.budgetWei, BUDGET_SHARE_BPS[priority], 10_000n);
  const gone = day.spentWei + day.pendingWei;
  return share > gone ? share - gone : 0n;
}

/** Says whether at most a fifth of a day's budget is left. */
export function isBudgetLow(day: DayOfSpending): boolean {
  const left = day.budgetWei - day.spentWei - day.pendingWei;
  return left <= mulDivDown(day.budgetWei, BUDGET_LOW_BPS, 10_000n);
}
