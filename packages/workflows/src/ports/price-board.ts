import type { Address, Bytes32 } from '@surety/domain';

/** Name of the failure of a slot without a feed. */
export const NO_FEED = 'NO_FEED';

/** A feed's current value: a checked price, or the reason why there is none. */
export type FeedPrice =
  | { readonly kind: 'price'; readonly price1e12: bigint; readonly observedAt: bigint }
  | { readonly kind: 'failing'; readonly name: string };

/** One price slot of the risk manager and its feed, at one block. Prices are of a whole token, scaled 1e12. */
export interface PriceReading {
  readonly slot: number;
  readonly cached: {
    readonly price1e12: bigint;
    /** Half-width of its confidence, or how far the feed has been from it since, in parts per million. */
    readonly confPpm: number;
    /** Seconds; 0 if no price was ever accepted. */
    readonly observedAt: bigint;
    /** Age in seconds up to which the price counts for new risk. */
    readonly maxAgeS: bigint;
    /** The slot is marked: its feed failed when the risk manager last asked it, so nothing counts for new risk. */
    readonly failing: boolean;
  };
  readonly feed: FeedPrice;
  /** Time in seconds of the block that was read. */
  readonly timestamp: bigint;
}

/** Reads cached prices and their feeds. Implemented by `@surety/prices`. */
export interface PriceBoard {
  /** Reads these slots at the newest block; a failing feed is a reading, not an error. @throws RPC_UNAVAILABLE (retryable). */
  readPrices(slots: readonly number[], signal?: AbortSignal): Promise<readonly PriceReading[]>;
}

/** A feed that will take over a price slot when its time comes, and the price of that slot that counts now. */
export interface ShadowReading {
  readonly slot: number;
  readonly feed: Address;
  /** Seconds from which on the change may be executed. */
  readonly readyAt: bigint;
  readonly price: FeedPrice;
  /** Scaled 1e12; 0 if none was ever accepted. */
  readonly counted1e12: bigint;
}

/** An operation that waits where feeds are scheduled, and whose calls no log shows: it may list a feed. */
export interface UnseenOperation {
  readonly operation: Bytes32;
  /** Seconds from which on it may be executed. */
  readonly readyAt: bigint;
}

/** Feeds that wait to take over, and operations that may list more. */
export interface ShadowFeeds {
  readonly readings: readonly ShadowReading[];
  readonly unseen: readonly UnseenOperation[];
}

/** Reads feeds before they take over. Implemented by `@surety/prices`. */
export interface ShadowBoard {
  /** Reads every feed that is scheduled, at the newest block; a failing feed is a reading, not an error. @throws the reader's errors. */
  readShadows(signal?: AbortSignal): Promise<ShadowFeeds>;
}
