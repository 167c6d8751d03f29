/** Accounts looked at in one pass: at 12 calls each and 8 at a time a pass of reads takes seconds. */
export const ACCOUNTS_PER_PASS_MAX = 64;

/** Accounts worked on at once: half of what a node keeps for one sender. */
export const ACCOUNTS_AT_ONCE = 8;

/** Errors in one pass after which the chain, not an account, counts as failing. */
export const ACCOUNT_ERRORS_MAX = 3;

/** Accounts whose last reported plan is remembered. Above it the memory is cleared, at the cost of repeated reports. */
export const PLANS_REMEMBERED_MAX = 4_096;

/** Seconds before a clock stops counting at which it is touched: time for a transaction on a busy chain. */
export const TOUCH_LEAD_S = 60n;
