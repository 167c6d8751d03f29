/** Gas limit over the simulated gas, in basis points: state may move between simulation and block. */
export const GAS_MARGIN_BPS = 12_000n;

/** Step of a replacement in basis points: nodes ask for 10 %, some for 12.5 %. @source go-ethereum txpool PriceBump */
export const REPLACEMENT_STEP_BPS = 11_250n;

/**
 * Times the cap on tips that a replacement may offer once the base fee has overtaken the attempt before it: five steps, each
 * of which lets the base fee double once more.
 */
export const OVERTAKEN_TIP_CAPS = 2n;

/** Gas of a plain transfer, which is used to cancel a nonce. @source Yellow Paper, appendix G */
export const TRANSFER_GAS = 21_000n;

/** Polls during which a spent nonce without a receipt is blamed on a lagging provider; after them it counts as taken. */
export const RECEIPT_LAG_POLLS = 6;

/** Largest JSON-RPC response in bytes: blocks without transactions, receipts and call results are below 100 kB. */
export const RPC_BYTES_MAX = 2 * 1024 * 1024;

/** Milliseconds after which a provider whose height has not risen is left, unless given: several blocks of any chain. */
export const STILL_AFTER_MS = 60_000;

/**
 * Most by which a nonce may lie above the highest known one before a second provider must confirm it: as many as nodes queue
 * for one sender.
 */
export const NONCE_JUMP_MAX = 16n;

/**
 * Milliseconds for which one look at nonces, fees and balance serves the calls of a burst: far less than a block, and
 * fees leave room for the base fee to double.
 */
export const VIEW_AGE_MAX_MS = 1_000;

/**
 * Concurrent calls by priority: nodes keep 16 executable transactions of one sender, and the most urgent calls get the
 * last places.
 * @source go-ethereum txpool AccountSlots
 */
export const FLIGHTS_MAX = { liquidation: 16, release: 16, credit: 12, upkeep: 8 } as const;

/** Share of a day's budget, in basis points, that calls of a priority may use; the rest is reserved for more urgent ones. */
export const BUDGET_SHARE_BPS = { liquidation: 10_000n, release: 10_000n, credit: 9_000n, upkeep: 8_000n } as const;

/** A day in milliseconds; budgets reset at midnight UTC. */
export const DAY_MS = 86_400_000;

/** Remaining share of a day's budget, in basis points, at which operators are alerted. @source reliability, T30: 20 % */
export const BUDGET_LOW_BPS = 2_000n;

/** Planned gas of one payment: 90,000, plus 20,000 for each balance that is new to its owner. Measured: 133,372. */
export const PAY_GAS = 135_000n;

/** Planned gas of unparking one credit: a new line, its sums and two logs. */
export const UNPARK_GAS = 160_000n;

/**
 * Age in seconds at which a vault's replica counts as stale; its exit opens after 30 days without a statement.
 * @source PROTOCOL section 10
 */
export const VAULT_STALE_AFTER_S = 7n * 86_400n;

/** Bytes of the views that are called together: about 25 of an auction, with at most 300,000 gas each far below what nodes give a call. */
export const VIEW_BYTES_AT_ONCE = 2_048;

/** Records of auctions read in one call: 2,600 gas and 128 bytes each. */
export const RECORDS_AT_ONCE = 512;

/** Accounts tried in one call: at about 100,000 gas each far below what nodes give a call. */
export const STARTS_AT_ONCE = 64;

/** Such calls under way at once. */
export const PARTS_AT_ONCE = 4;

/**
 * Gas of a batch of auctions: at most, and what is not used is not paid. One account took 100,000 to 140,000 with one line and one protocol;
 * a protocol is given up to 3,900,000, and that and a 63rd of it must be there when it is asked.
 */
export const ACCOUNT_GAS = 250_000n;
export const BATCH_GAS = 4_100_000n;

/**
 * Gas that a batch of starts allows each account, in basis points of what accounts of an earlier one used: with a provision a start takes 28 %
 * more than without.
 */
export const LEARNED_GAS_BPS = 14_000n;

/**
 * Gas of a bid: four lines of one protocol take 400,000 to 510,000, and 3,900,000 must be there when the protocol is asked. What is not used
 * is not paid.
 */
export const BID_GAS = 6_000_000n;

/** Gas of each further bid of a transaction: with one line it took 210,000, with four lines 510,000 alone. */
export const FURTHER_BID_GAS = 600_000n;

/**
 * Seconds after an auction was last seen within which a taker reads no offers before their discount: its clock runs for ten minutes, and one
 * that is about to stop is touched by whoever finds it unhealthy still, which an offer shows.
 */
export const OFFERS_UNREAD_S = 480n;
