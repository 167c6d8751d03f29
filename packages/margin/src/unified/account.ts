import type { OptionType } from '../pricing/black76.js';

/** An amount of one listed token, in its smallest unit. */
export interface HeldLine {
  readonly asset: string;
  readonly amount: bigint;
  /** Part of it that does not count for initial before `seasonEnd` (seconds). */
  readonly unseasoned?: bigint;
  readonly seasonEnd?: bigint;
}

/** An amount owed of one listed token, whole tokens with 18 decimals, interest included. */
export interface OwedDebt {
  readonly asset: string;
  readonly amount: bigint;
}

/** An order that rests in a market: units signed, positive to buy; 18 decimals. */
export interface OpenOrder {
  readonly size: bigint;
  readonly price: bigint;
}

/** A perpetual of an account; 18 decimals. */
export interface HeldPerp {
  readonly underlying: string;
  /** Signed, positive long. */
  readonly size: bigint;
  readonly entryPrice: bigint;
  /** Not yet paid, positive for the account. */
  readonly funding: bigint;
  readonly orders: readonly OpenOrder[];
}

/** An option of an account; 18 decimals. */
export interface HeldOption {
  readonly underlying: string;
  readonly expiry: string;
  readonly strike: bigint;
  readonly type: OptionType;
  /** Signed, positive long. */
  readonly quantity: bigint;
}

/** Margin of derivatives by rules or by revaluation. */
export type MarginMode = 'standard' | 'portfolio';

/**
 * Everything that one account owns and owes. Amounts under way between chains are in no line; they count once they are
 * proven.
 */
export interface UnifiedAccount {
  readonly mode: MarginMode;
  readonly lines: readonly HeldLine[];
  readonly debts: readonly OwedDebt[];
  readonly perps: readonly HeldPerp[];
  readonly options: readonly HeldOption[];
  /** Fees accrued and not yet paid, 18 decimals. */
  readonly feesAccrued: bigint;
  /** Realised gains that protocols have not paid out yet; they count in full at every grade. 18 decimals, 0 if left out. */
  readonly cash?: bigint;
}

/** An account that holds and owes nothing. */
export const EMPTY_ACCOUNT: UnifiedAccount = {
  mode: 'standard',
  lines: [],
  debts: [],
  perps: [],
  options: [],
  feesAccrued: 0n,
};
