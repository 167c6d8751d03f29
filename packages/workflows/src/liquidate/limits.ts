/** Accounts that one list holds: 64 pages. The next one goes on behind them. */
export const ACCOUNTS_LISTED_MAX = 16_384;

/** Accounts tried at once: two calls. The least healthy come first, and the first such part of which none would start is the last. */
export const ACCOUNTS_TRIED_AT_ONCE = 128;

/** Of the accounts behind that part, those that are tried all the same, in turn: what a list says of their health may be old or false. */
export const ACCOUNTS_TRIED_IN_TURN = 64;

/** Accounts asked of a source of hints at once. */
export const ACCOUNTS_PER_PAGE = 256;

/** Accounts served one by one in one pass: at 12 calls each and 12 at a time a pass of reads takes seconds. */
export const ACCOUNTS_PER_PASS_MAX = 64;

/**
 * Accounts of one transaction. At 100,000 to 150,000 gas each they leave the 3,900,000 that a protocol may be given below the
 * 16,777,216 of a transaction.
 * @source EIP-7825
 */
export const ACCOUNTS_PER_TRANSACTION_MAX = 64;

/** Accounts served at once: with a transaction each they leave a quarter of what a node keeps for one sender to starts. */
export const ACCOUNTS_AT_ONCE = 12;

/** Errors in one pass after which the chain, not an account, counts as failing. */
export const ACCOUNT_ERRORS_MAX = 3;

/** Accounts whose last reported plan is remembered. Above it the memory is cleared, at the cost of repeated reports. */
export const PLANS_REMEMBERED_MAX = 4_096;

/** Seconds before a clock stops counting at which it is touched: time for a transaction on a busy chain. */
export const TOUCH_LEAD_S = 60n;
