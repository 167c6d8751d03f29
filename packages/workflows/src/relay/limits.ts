/** Most gas of one transaction. @source EIP-7825: 2^24 */
export const TRANSACTION_GAS_MAX = 16_777_216n;

/** Most gas of one batch unless configured: 64 worst entries with signatures fit in it. @source PROTOCOL section 3 */
export const BATCH_GAS_CEILING = 8_000_000n;

/** Gas of an empty batch by plan: 21,000 for the transaction, about 60,000 for words of the replica, calls and logs. */
export const BATCH_GAS_BASE = 120_000n;

/** Gas of one signature by plan: 3,000 to recover, 65 bytes of calldata, a member's look-up. */
export const SIGNATURE_GAS = 6_000n;

/** Planned gas of one entry: the first line of a new account, 46,500, and 95 bytes of calldata. Simulation decides. */
export const ENTRY_GAS = 48_500n;

/** Entries in one batch at any gas limit: 512 · 95 bytes are far below the 128 KiB that nodes accept as one transaction. */
export const BATCH_ENTRIES_MAX = 512n;

/**
 * Longest wait between attempts after failures, in milliseconds: a look every five seconds burdens no provider, and work resumes
 * soon.
 */
export const RELAY_BACKOFF_MAX_MS = 5_000;

/** Time in milliseconds for which a replica read below what was landed counts as a lagging provider, not a reorg. */
export const LAG_PATIENCE_MS = 15_000;

/** Pages of open payments in one pass: 4 · 256 are more than one pass can pay within some minutes, and bound its reads. */
export const PAYMENT_PAGES_MAX = 4;

/** Most open payments on one page. @source GET /v1/edges/:id/payments */
export const PAYMENT_PAGE = 256;

/** Errors in one pass after which the chain, not a payment, is taken to be the trouble. */
export const PAYMENT_ERRORS_MAX = 3;

/** Pause after the first failure of one payment, and the longest one, in milliseconds: a recipient may be unblocked any day. */
export const PAYMENT_RETRY_MS = { firstMs: 5_000, maxMs: 600_000 } as const;

/** Pause in milliseconds before a payment is looked at again that is paid, or whose fee does not cover it: hints lag, prices move. */
export const PAYMENT_LOOK_AGAIN_MS = 30_000;

/** Payments whose last look is remembered. Above it memory is cleared, at the cost of one look each. */
export const PAYMENTS_REMEMBERED_MAX = 16_384;

/** Pause between two looks at whether a vault holds what it accounts for, in milliseconds: one simulation per asset. */
export const ASSET_LOOK_MS = 60_000;

/** Most orphans on one page. @source GET /v1/sources/:source/orphans */
export const ORPHAN_PAGE = 256;

/** Orphans taken back of one source in one pass: each is a transaction, and a pass comes every minute. */
export const TAKE_BACKS_PER_PASS_MAX = 64;

/** Seconds for which a payment is claimable before anyone may give it back. @source VaultBase.REFUND_AFTER_S */
export const GIVE_BACK_AFTER_S = 30n * 86_400n;

/** Pause between two looks at what may go back to its line, in milliseconds: it waits for witnesses or for days. */
export const RETURN_LOOK_MS = 60_000;

/** Payments brought back in one pass: each is a transaction, and a pass comes every minute. */
export const RETURNS_PER_PASS_MAX = 16;

/** Most stopped payments on one page. @source GET /v1/edges/:id/payments */
export const STOPPED_PAGE = 64;

/** Most parked credits on one page. @source GET /v1/sources/:source/parked */
export const PARKED_PAGE = 256;
/** Pages of parked credits that are looked through at once for what waits for a confirmation. */
export const PARKED_PAGES_MAX = 16;

/** Parked credits tried in one pass: each costs a simulation, and a pass comes every half minute. */
export const UNPARKS_PER_PASS_MAX = 16;

/** Pause after the first attempt to unpark a credit, and the longest one, in milliseconds: room under a cap may come any hour. */
export const UNPARK_RETRY_MS = { firstMs: 30_000, maxMs: 600_000 } as const;

/** The same where a witness has to confirm: that comes any minute. */
export const UNCONFIRMED_RETRY_MS = { firstMs: 5_000, maxMs: 30_000 } as const;

/** Parked credits whose attempts are remembered. Above it memory is cleared, at the cost of one simulation each. */
export const UNPARK_REMEMBERED_MAX = 4_096;

/** First and longest pause in milliseconds before a slot is poked again that the risk manager left out. */
export const POKE_SKIPPED_MS = { firstMs: 60_000, maxMs: 3_600_000 } as const;

/** Statements of one member that are judged in one pass, so that a source that floods delays at most one pass. */
export const SIGNED_STATEMENTS_MAX = 4_096;

/** Epochs of statements that a verifier is asked about in one pass: two live ones, and what lags behind rotations. */
export const EPOCHS_PER_PASS_MAX = 8;

/** Passes in a row that may read another edge than the configured one: each asks the next provider, and no chain has more. */
export const EDGE_MISMATCHES_MAX = 16;

/** Time in milliseconds for which one provider's word that an epoch has expired is believed. */
export const EPOCH_EXPIRED_MS = 60_000;

/** Pause in milliseconds between two questions to the watchers whether one of them signed a halt. */
export const HALT_POLL_MS = 2_000;

/** Entries that one `mark` folds: 512 are 49 kB of calldata, below 3 M gas. */
export const MARK_ENTRIES_MAX = 512n;
