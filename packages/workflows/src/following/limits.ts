/** Final blocks folded in one transaction: a day of Ethereum is 7,200. */
export const BLOCKS_PER_STEP = 5_000n;

/** Blocks behind the newest final one within which a stage counts as reached just now; further back its time is unknown. */
export const LIVE_BLOCKS_MAX = 64n;

/** Newest entries searched for one that ends a block; a block of Ethereum holds at most about 400 locks. */
export const ENTRIES_PER_ANCHOR = 512n;

/**
 * Milliseconds after which attester sets are read again, whatever logs show: nothing compared with the day of notice
 * that a rotation gives, and a few calls for the one or two sets that have not ended.
 */
export const EPOCHS_REREAD_MS = 60_000;
