import { mulDivDown } from '@surety/domain';
import type { CallPriority, TransactionAttempt } from '@surety/workflows';
import { BUDGET_LOW_BPS, BUDGET_SHARE_BPS, DAY_MS, TRANSFER_GAS } from './limits.js';

/** A day's budget and its use, in wei. */
export interface DayOfSpending {
  readonly budgetWei: bigint;
  /**
   * Cost of nonces spent since midnight: gas fees, and the value of calls. A nonce without a receipt counts at its
   * worst case.
   */
  readonly spentWei: bigint;
  /** Worst-case cost of all pending calls, whenever they land. */
  readonly pendingWei: bigint;
}

/** Returns the last midnight UTC at or before a time, in milliseconds. */
export function dayStartMs(nowMs: number): number {
  return Math.floor(nowMs / DAY_MS) * DAY_MS;
}

/** The fields of an attempt that determine its cost. */
export type AttemptCost = Pick<TransactionAttempt, 'cancels' | 'gasLimit' | 'maxFeePerGas' | 'value'>;

/** Returns the largest gas cost of one attempt in wei, as if it used its whole gas limit. */
export function gasCostWei({ cancels, gasLimit, maxFeePerGas }: Omit<AttemptCost, 'value'>): bigint {
  return (cancels ? TRANSFER_GAS : gasLimit) * maxFeePerGas;
}

/** Returns the wei that an attempt transfers beside its gas; a bridge's fee counts as spending like gas. */
export function valueCostWei({ cancels, value }: Pick<AttemptCost, 'cancels' | 'value'>): bigint {
  return cancels ? 0n : value;
}

/** Returns the largest cost of one nonce in wei: only one of its attempts lands. */
export function worstCaseWei(attempts: readonly AttemptCost[]): bigint {
  const costs = attempts.map((attempt) => gasCostWei(attempt) + valueCostWei(attempt));
  return costs.reduce((most, cost) => (cost > most ? cost : most), 0n);
}

/** Returns how much calls of a priority may still cost today, in wei, never negative. */
export function roomWei(day: DayOfSpending, priority: CallPriority): bigint {
  const share = mulDivDown(day.budgetWei, BUDGET_SHARE_BPS[priority], 10_000n);
  const gone = day.spentWei + day.pendingWei;
  return share > gone ? share - gone : 0n;
}

/** Returns whether at most a fifth of a day's budget is left. */
export function isBudgetLow(day: DayOfSpending): boolean {
  const left = day.budgetWei - day.spentWei - day.pendingWei;
  return left <= mulDivDown(day.budgetWei, BUDGET_LOW_BPS, 10_000n);
}
