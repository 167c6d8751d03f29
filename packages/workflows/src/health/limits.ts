/** Newest changed accounts announced to readers after a step. As many wait for the comparison with the ledger. */
export const ACCOUNTS_TOLD_MAX = 1_000;

/** Changed accounts compared with the ledger after each step. */
export const CHECKED_CHANGED_MAX = 16;

/** Other accounts compared after each step, in turn. */
export const CHECKED_SAMPLE = 4;

/** Accounts whose requirements are read from the ledger after each step for their health: 256 calls of a quorum, 8 at once. */
export const HEALTH_READ_MAX = 256;

/** Of them at most this many in turn, once everybody was read: debts grow at protocols without a word to the ledger. */
export const HEALTH_IN_TURN = 32;

/** Accounts whose lines are weighed at once when a price has moved: 1,000 of 16 lines are 6 MB. */
export const HEALTH_PAGE = 1_000;
