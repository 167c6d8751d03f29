/** Most gas of one transaction. @source EIP-7825: 2^24 */
export const TRANSACTION_GAS_MAX = 16_777_216n;

/** Gas limit over the simulated gas, in basis points: state may move between simulation and block. */
export const GAS_MARGIN_BPS = 12_000n;

/** Step of a replacement in basis points: nodes ask for 10 %, some for 12.5 %. @source go-ethereum txpool PriceBump */
export const REPLACEMENT_STEP_BPS = 11_250n;

/** Gas of a plain transfer, which is what takes a nonce out of use. @source Yellow Paper, appendix G */
export const TRANSFER_GAS = 21_000n;

/** Polls for which a spent nonce without a receipt counts as a lagging provider before it counts as taken. */
export const RECEIPT_LAG_POLLS = 6;

/** Most bytes of one JSON-RPC answer: blocks without transactions, receipts and call results are below 100 kB. */
export const RPC_BYTES_MAX = 2 * 1024 * 1024;

/** How far a nonce may lie above all that a process knows of before a second provider is asked: what nodes keep of one sender. */
export const NONCE_JUMP_MAX = 16n;

/** Times that a nonce is chosen anew after another transaction took it first. */
export const NONCE_TRIES_MAX = 5;

/** Calls under way at once by priority: nodes keep 16 executable transactions of one sender; the most urgent find room last. @source go-ethereum txpool AccountSlots */
export const FLIGHTS_MAX = { release: 16, credit: 12, upkeep: 8 } as const;

/** Share of a day's budget in basis points that calls of a priority may use: the rest is kept for more urgent ones. */
export const BUDGET_SHARE_BPS = { release: 10_000n, credit: 9_000n, upkeep: 8_000n } as const;

/** A day in milliseconds: budgets begin anew at midnight UTC. */
export const DAY_MS = 86_400_000;

/** Share of a day's budget in basis points that is left when people are told. @source reliability, T30: 20 % */
export const BUDGET_LOW_BPS = 2_000n;

/** Gas of one payment by plan: 90,000, and 20,000 for each balance that is the first of its owner. Measured: 133,372. */
export const PAY_GAS = 135_000n;

/** Gas of unparking one credit by plan: a new line, its sums and two logs. */
export const UNPARK_GAS = 160_000n;

/** Age in seconds from which a vault's replica is old: its exit opens after 30 days without a statement. @source PROTOCOL section 10 */
export const VAULT_STALE_AFTER_S = 7n * 86_400n;
