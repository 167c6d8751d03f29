/** Changed accounts up to which each is announced after a step, and the most that wait for the comparison with the ledger. */
export const ACCOUNTS_TOLD_MAX = 1_000;

/** Changed accounts compared with the ledger after each step. */
export const CHECKED_CHANGED_MAX = 16;

/** Other accounts compared after each step, in turn. */
export const CHECKED_SAMPLE = 4;

/** Accounts whose requirements are read from the ledger after each step: 256 calls by quorum, 8 at a time. */
export const HEALTH_READ_MAX = 256;

/** Of these, how many are read in turn once all were read: debts grow at protocols without a ledger event. */
export const HEALTH_IN_TURN = 32;

/** Accounts whose lines are valued at once after a price move: 1,000 accounts of 16 lines are 6 MB. */
export const HEALTH_PAGE = 1_000;

/** Seconds for which the health of an account is kept behind its newest point: 30 days. */
export const HEALTH_POINTS_KEPT_S = 2_592_000n;

/** Accounts judged between two turns of the event loop, in about two milliseconds at ten states and five lines each. */
export const STRESS_PAGE = 16;
