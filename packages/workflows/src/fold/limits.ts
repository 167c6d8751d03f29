/** Entries one call may hand in or read: 512 · 95 bytes are 49 kB, as hex with places about 250 kB. */
export const ENTRIES_PER_CALL_MAX = 512;

/** Statements one call may hand in: 256 · about 900 bytes are 230 kB. */
export const STATEMENTS_PER_CALL_MAX = 256;

/**
 * Statements of one member and edge that wait for other members: the cuts of 30 days, restated each day, are 1,563 for
 * 100,000 entries. 31 members · 8,192 · about 1 kB are 250 MB for each edge if every member lies.
 */
export const OPEN_STATEMENTS_MAX = 8_192;

/** Seconds that a statement's `asOf` may lie ahead of our clock: 120 on chain, the rest for clocks that are wrong. */
export const AS_OF_AHEAD_MAX_S = 3_600n;

/** Unattested entries kept per poster: 31 posters · 4,096 · about 400 bytes in memory stay below 50 MB at the worst. */
export const CANDIDATES_PER_POSTER_MAX = 4_096n;

/** Complete statements kept per (edge, count): heartbeats of a quiet journal come every ten minutes for ever. */
export const STATEMENTS_PER_COUNT_MAX = 8;

/** Final blocks folded in one transaction: a day of Ethereum is 7,200. */
export const BLOCKS_PER_STEP = 5_000n;

/** Blocks behind the newest final one in which an entry's stage was reached just now; further back it was learnt later. */
export const LIVE_BLOCKS_MAX = 64n;

/** Lines held while folding before they are stored: 20,000 of about 400 bytes are 8 MB. */
export const LINES_HELD_MAX = 20_000;

/** Payments of a vault held while folding before they are stored: 20,000 of about 500 bytes are 10 MB. */
export const PAYMENTS_HELD_MAX = 20_000;

/** Payments told of after a step. */
export const PAYMENTS_TOLD_MAX = 1_000;

/** Accounts held as changed until their health was looked at: 100,000 of about 150 bytes are 15 MB. */
export const CHANGED_HELD_MAX = 100_000;

/** Accounts told as changed to readers after a step, the newest; for comparing with the ledger as many wait. */
export const ACCOUNTS_TOLD_MAX = 1_000;

/** Changed accounts compared with the ledger after each step. */
export const CHECKED_CHANGED_MAX = 16;

/** Other accounts compared after each step, in turn. */
export const CHECKED_SAMPLE = 4;

/** Newest entries looked through for one that ends a block; a block of Ethereum holds at most about 400 locks. */
export const ENTRIES_PER_ANCHOR = 512n;

/** Accounts whose requirements are read from the ledger after each step for their health: 256 calls of a quorum, 8 at once. */
export const HEALTH_READ_MAX = 256;

/** Of them at most this many in turn, once everybody was read: debts grow at protocols without a word to the ledger. */
export const HEALTH_IN_TURN = 32;

/** Accounts whose lines are weighed at once when a price has moved: 1,000 of 16 lines are 6 MB. */
export const HEALTH_PAGE = 1_000;
