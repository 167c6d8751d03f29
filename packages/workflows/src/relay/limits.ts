/** Most gas of one transaction. @source EIP-7825: 2^24 */
export const TRANSACTION_GAS_MAX = 16_777_216n;

/** Largest gas of one batch by default: 64 worst-case entries with signatures fit. @source PROTOCOL section 3 */
export const BATCH_GAS_CEILING = 8_000_000n;

/** Planned gas of an empty batch: 21,000 for the transaction, about 60,000 for the replica's words, calls and logs. */
export const BATCH_GAS_BASE = 120_000n;

/** Planned gas of one signature: 3,000 for the recovery, 65 bytes of calldata, the lookup of a member. */
export const SIGNATURE_GAS = 6_000n;

/** Planned gas of one entry: the first line of a new account, 46,500, and 95 bytes of calldata. Simulation decides. */
export const ENTRY_GAS = 48_500n;

/** Entries in one batch at any gas limit: 512 · 95 bytes are far below the 128 KiB that nodes accept as one transaction. */
export const BATCH_ENTRIES_MAX = 512n;

/** Longest wait after failures, in milliseconds: one poll every five seconds burdens no provider, and work resumes soon. */
export const RELAY_BACKOFF_MAX_MS = 5_000;

/** Milliseconds for which a replica read below the landed count is blamed on a lagging provider, not on a reorganisation. */
export const LAG_PATIENCE_MS = 15_000;

/** Pages of open payments per pass: 4 · 256 are more than a pass can pay within some minutes. */
export const PAYMENT_PAGES_MAX = 4;

/** Most open payments on one page. @source GET /v1/edges/:id/payments */
export const PAYMENT_PAGE = 256;

/** Errors in one pass after which an asset, not a payment, counts as failing. */
export const PAYMENT_ERRORS_MAX = 3;

/** Assets with an error in one pass after which the chain, not an asset, counts as failing. */
export const FAILED_ASSETS_MAX = 3;

/** Pause after the first failure of one payment, and the longest one, in milliseconds: a recipient may be unblocked any day. */
export const PAYMENT_RETRY_MS = { firstMs: 5_000, maxMs: 600_000 } as const;

/** Milliseconds before a paid or uncovered payment is checked again: hints lag, and prices move. */
export const PAYMENT_LOOK_AGAIN_MS = 30_000;

/**
 * Pause after the first look at a payment whose transfer would fail, and the longest one, in milliseconds: each look costs
 * five calls, and whoever asked for the payment chose its recipient.
 */
export const FEELESS_RETRY_MS = { firstMs: 60_000, maxMs: 600_000 } as const;

/** Payments whose last check is remembered. Above it the memory is cleared, at the cost of one check each. */
export const PAYMENTS_REMEMBERED_MAX = 16_384;

/** Most orphans on one page. @source GET /v1/sources/:source/orphans */
export const ORPHAN_PAGE = 256;

/** Orphans of one source taken back per pass: each is a transaction. */
export const TAKE_BACKS_PER_PASS_MAX = 64;

/** Seconds for which a payment is claimable before anyone may give it back. @source VaultBase.REFUND_AFTER_S */
export const GIVE_BACK_AFTER_S = 30n * 86_400n;

/** Payments returned per pass: each is a transaction. */
export const RETURNS_PER_PASS_MAX = 16;

/** Most stopped payments on one page. @source GET /v1/edges/:id/payments */
export const STOPPED_PAGE = 64;

/** Most parked credits on one page. @source GET /v1/sources/:source/parked */
export const PARKED_PAGE = 256;
/** Pages of parked credits searched at once for those that wait for a confirmation. */
export const PARKED_PAGES_MAX = 16;

/** Parked credits tried per pass: each costs a simulation, and a pass comes every half minute. */
export const UNPARKS_PER_PASS_MAX = 16;

/**
 * Pause after the first attempt to unpark a credit, and the longest one, in milliseconds: a cap may have room within
 * hours.
 */
export const UNPARK_RETRY_MS = { firstMs: 30_000, maxMs: 600_000 } as const;

/** The same for a credit that waits for a witness's confirmation, which may come within minutes. */
export const UNCONFIRMED_RETRY_MS = { firstMs: 5_000, maxMs: 30_000 } as const;

/** Parked credits whose attempts are remembered. Above it memory is cleared, at the cost of one simulation each. */
export const UNPARK_REMEMBERED_MAX = 4_096;

/** First and longest pause in milliseconds before poking a slot again that the risk manager skipped. */
export const POKE_SKIPPED_MS = { firstMs: 60_000, maxMs: 3_600_000 } as const;

/** Pull sources served at once: each waits for services and for a block, and the sender orders what they send. */
export const SOURCES_AT_ONCE = 8;

/** First and longest pause in milliseconds before a pull source is brought an update again after one that did not help. */
export const BRING_RETRY_MS = { firstMs: 10_000, maxMs: 600_000 } as const;

/** Pauses of a source whose network is unsure of its price, which ends by itself; each look is paid. */
export const UNSURE_RETRY_MS = { firstMs: 10_000, maxMs: 60_000 } as const;

/** Statements of one member checked per pass, so that a flooding source delays at most one pass. */
export const SIGNED_STATEMENTS_MAX = 4_096;

/** Epochs read from a verifier per pass: two live ones, and those that lag behind rotations. */
export const EPOCHS_PER_PASS_MAX = 8;

/**
 * Consecutive passes that may read another edge than the configured one: each asks the next provider, and no chain has
 * more providers.
 */
export const EDGE_MISMATCHES_MAX = 16;

/** Milliseconds for which one provider's word that an epoch has expired is believed. */
export const EPOCH_EXPIRED_MS = 60_000;

/** Milliseconds between two requests to the watchers for signed halts. */
export const HALT_POLL_MS = 2_000;
/** Milliseconds for which a watcher is left alone that spoiled an answer. */
export const HALT_REST_MS = 60_000;
/** Milliseconds without a good answer after which a watcher counts as silent. */
export const HALT_SILENCE_MS = 60_000;
/** Passes that leave served halts unposted before another provider is asked: a minute. */
export const HALT_PASSES_OF_PROVIDER = 30;

/** Entries folded by one `mark`: 512 are 49 kB of calldata, below 3 M gas. */
export const MARK_ENTRIES_MAX = 512n;
