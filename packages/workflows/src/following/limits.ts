/** Final blocks folded in one transaction: a day of Ethereum is 7,200. */
export const BLOCKS_PER_STEP = 5_000n;

/** Blocks behind the newest final one in which an entry's stage was reached just now; further back it was learnt later. */
export const LIVE_BLOCKS_MAX = 64n;

/** Newest entries looked through for one that ends a block; a block of Ethereum holds at most about 400 locks. */
export const ENTRIES_PER_ANCHOR = 512n;
