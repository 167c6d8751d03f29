/** Accounts that one list holds: 64 pages. The next list of all goes on behind them. */
export const ACCOUNTS_LISTED_MAX = 16_384;

/** Accounts tried at once: one call. The least healthy come first. */
export const ACCOUNTS_TRIED_AT_ONCE = 64;

/** Such calls under way at once. */
export const PARTS_TRIED_AT_ONCE = 3;

/** So many parts in a row of which none would start are the last ones: pages of a list are of different blocks, and so in no exact order. */
export const IDLE_PARTS_MAX = 2;

/** Of the accounts behind these parts, those that are tried all the same, in turn: what a list says of their health may be old or false. */
export const ACCOUNTS_TRIED_IN_TURN = 64;

/** Records of listed accounts that are read at each block in turn: of a list of 10,000 all within ten blocks. */
export const RECORDS_IN_TURN = 1_024;

/** Blocks whose logs are read at once. After a longer time every record is read. */
export const BLOCKS_FOLLOWED_MAX = 256n;

/** Blocks whose logs are read again: another branch, or a provider that is behind, may have others there. */
export const BLOCKS_READ_AGAIN = 8n;

/** Accounts asked of a source of hints at once. */
export const ACCOUNTS_PER_PAGE = 256;

/** Accounts that are served or wait for that: twice as many as are bid for at once, so that no server runs out of them. */
export const ACCOUNTS_SERVED_MAX = 128;

/**
 * Accounts of one transaction. A block has no room for a transaction whose gas limit exceeds what is left of the block's gas, and the
 * limit of a batch is far above what it uses: 16 accounts use 1,700,000 of 6,700,000, so that a block of 30,000,000 holds fourteen such
 * batches; of 64 accounts each it held two. More than 16 share one only where there are too few transactions for all.
 */
export const ACCOUNTS_PER_TRANSACTION = { usual: 16, most: 32 } as const;

/** Transactions under way that start auctions: as many as a node keeps for one sender. More are tried once these have landed. */
export const START_TRANSACTIONS_MAX = 16;

/** Starts under way at once. */
export const STARTS_UNDER_WAY_MAX = START_TRANSACTIONS_MAX * ACCOUNTS_PER_TRANSACTION.most;

/** Seconds after which an auction whose act was refused is tried again, unless its record changes: most often the taker lacks margin. */
export const REFUSED_AGAIN_S = 30n;

/** Longest time in seconds for which an account that refuses its start is left alone: ten minutes, as its auction’s clock may run unseen. */
export const REFUSED_STARTS_WAIT_MAX_S = 600n;

/**
 * Bids of one transaction: 210,000 gas each beside others, 364,000 alone. Behind a few of them there is little more to save, and a block must
 * have room for the limit of all.
 */
export const BIDS_PER_TRANSACTION_MAX = 4;

/** Providers that must answer before a bid is signed, each alone: one at least is another than the one by which it was planned. */
export const OPINIONS_WANTED = 2;

/** Blocks by which a provider's view may be older than the one by which a bid was planned: one that has lost sync says nothing of it. */
export const OPINIONS_BEHIND_MAX = 8n;

/** Blocks for which a taker's readings may stay behind its last bid: no provider is so far behind its own receipts. */
export const BLOCKS_BEHIND_MAX = 32n;

/** Servers at work: at most a transaction each, of the 16 that a node keeps for one sender. One that starts auctions leaves it a quarter. */
export const SERVERS_MAX = { starter: 12, taker: 16 } as const;

/** Accounts whose last reported plan is remembered. Above it the memory is cleared, at the cost of repeated reports. */
export const PLANS_REMEMBERED_MAX = 4_096;

/** Seconds before a clock stops counting at which it is touched: time for a transaction on a busy chain. */
export const TOUCH_LEAD_S = 60n;

/**
 * Seconds after the start of an auction before which a keeper that takes nothing looks at none: its clock runs for ten minutes, and in a
 * crash most are sold by then.
 */
export const FIRST_LOOK_AFTER_S = 30n;

/** Seconds before an act that time brings within which no look is worth its calls: a block of Ethereum. */
export const NO_LOOK_WITHIN_S = 12n;

/** Seconds after which a running auction that waits is looked at again at the latest: prices and owners end auctions too. */
export const LOOKS_AGAIN_WITHIN_S = 60n;
