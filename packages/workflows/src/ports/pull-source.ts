import type { Hex } from '@surety/domain';
import type { FeedPrice } from './price-board.js';
import type { LandOutcome } from './transactions.js';

/** A signed price that is not on the chain yet. */
export interface OfferedPrice {
  /** Of a whole token, scaled 1e12, as the service states it; the adapter judges what is signed. */
  readonly price1e12: bigint;
  /** Seconds. */
  readonly observedAt: bigint;
  /** The service that gave it, or those that together did: one whose offers do not help pauses alone. */
  readonly service: string;
  /** As the network signs them: the argument of `IPullFeed.update`. */
  readonly updates: readonly Hex[];
}

/** An adapter whose price on the chain is as old as the last update that somebody brought. Implemented by `@surety/prices`. */
export interface PullSource {
  /** Asset and network, such as `ETH of pyth`. */
  readonly name: string;
  /** Reads the adapter at the newest block, with the block's time and the age that the adapter still believes, in seconds. */
  readChain(
    signal?: AbortSignal,
  ): Promise<{ readonly price: FeedPrice; readonly timestamp: bigint; readonly maxAgeS: bigint }>;
  /** Asks the network's services; newest first. Empty if they have nothing. @throws PRICE_SERVICE_UNAVAILABLE (retryable). */
  readOffers(signal?: AbortSignal): Promise<readonly OfferedPrice[]>;
  /** Hands one update to the adapter and pays its fee. `refused`, and free, where it would not move the price as offered. */
  bring(offer: OfferedPrice, signal?: AbortSignal): Promise<LandOutcome>;
}
