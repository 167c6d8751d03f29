/** Most gas of one transaction. @source EIP-7825: 2^24 */
export const TRANSACTION_GAS_MAX = 16_777_216n;

/** Most gas of one batch unless configured: 64 worst entries with signatures fit in it. @source PROTOCOL section 3 */
export const BATCH_GAS_CEILING = 8_000_000n;

/** Gas of an empty batch by plan: 21,000 for the transaction, about 60,000 for words of the replica, calls and logs. */
export const BATCH_GAS_BASE = 120_000n;

/** Gas of one signature by plan: 3,000 to recover, 65 bytes of calldata, a member's look-up. */
export const SIGNATURE_GAS = 6_000n;

/** Gas of one entry by plan: the first line of a new account, 46,500, and 95 bytes of calldata. Simulation tells the truth. */
export const ENTRY_GAS = 48_500n;

/** Entries in one batch, whatever gas allows: 512 · 95 bytes stay far below the 128 KiB that nodes take as one transaction. */
export const BATCH_ENTRIES_MAX = 512n;

/** Longest wait between two attempts after failures, in milliseconds: one look every five seconds burdens nobody, and work goes on soon after. */
export const RELAY_BACKOFF_MAX_MS = 5_000;

/** Time in milliseconds for which a replica read below what was landed counts as a lagging provider, not a reorg. */
export const LAG_PATIENCE_MS = 15_000;
