/** Number of attesters at which two may lie and two may be silent: k = 5 of 7. @source PROTOCOL section 5 */
export const ATTESTERS_WANTED = 7;

/**
 * Steps of finality until a block is final while the chain finalises: Ethereum finalises the epoch before the last full
 * one, so a block waits at most three epochs of 32 slots. The rollups' finalized tag follows the same L1 epochs.
 */
export const FINALITY_STEPS = 3;

/** Largest share of an asset's cap that may be in use unconfirmed. @source ILedgerTerms.setFast */
export const FAST_SHARE_MAX_BP = 2_500;
/** Smallest such share: at 0 an entry above the limit would never get a date. @source IVaultAdmin.setFastLimit */
export const FAST_SHARE_MIN_BP = 10;

/** Fewest guardians: 13 keys sign with 9, the mainnet's 19 with 13. @source Wormhole's quorum ⌊2n/3⌋ + 1 */
export const GUARDIANS_MIN = 13;

/** Longest validity of a price: a feed with a heartbeat of 24 hours, and an hour for a late round. */
export const PRICE_AGE_MAX_S = 25 * 3600;

/**
 * Largest worth of a source in US dollars, by the number of witnesses that must confirm. Whole quorums have been broken
 * for 81.5 M (Orbit, 7 of 10 keys) and a bridge with a quorum of its own for 292 M (KelpDAO). Two confirmations keep
 * the prize below the first sum, three below the second, and one at a quarter of the limit for two.
 */
export const VALUE_MAX_USD: readonly bigint[] = [0n, 20_000_000n, 80_000_000n, 290_000_000n, 290_000_000n];

/** Points lost per broken rule, of 100: five `refuse` rules leave nothing, and no refused file scores above 80. */
export const POINTS_LOST = { refuse: 20, warn: 4 } as const;

/** Largest cap in whole tokens: above the supply of any token whose worth is not told in millionths of a dollar. */
export const CAP_TOKENS_MAX = 1_000_000_000_000_000n;

/** Decimals below which one unit of a token may be worth more than a bid should round away. */
export const COARSE_BELOW_DECIMALS = 6;

/** Largest weights of an asset. @source ILedgerTerms.setWeights */
export const ASSET_WEIGHTS_MAX_BP = { initial: 9_500, maintenance: 9_800 } as const;

/** Milliseconds of an epoch of Ethereum, by which its finalized tag advances, and that of rollups which follow it: 32 slots of 12 s. */
export const EPOCH_MS = 384_000;

/** Epochs after which Ethereum has finalised a block at the earliest. */
export const EPOCHS_FINAL = 2;

/** Ethereum, and rollups whose finalized tag follows its epochs. */
export const EPOCH_CHAINS: ReadonlySet<number> = new Set([1, 10, 130, 480, 8453, 42_161, 57_073]);
