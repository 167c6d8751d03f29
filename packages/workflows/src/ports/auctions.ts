import type { Address, BlockHeight, Bytes32 } from '@surety/domain';
import type { LandOutcome } from './transactions.js';

/** One running auction. @source ILiquidationAuction.Auction */
export interface AuctionRecord {
  readonly starter: Address;
  /** Block time in seconds. */
  readonly startedAt: bigint;
  /** Block time in seconds at which the account was last seen unhealthy. */
  readonly seenAt: bigint;
  /** True once something was taken: the account must then reach its exit grade. */
  readonly isTaken: boolean;
}

/** Terms of a bid for all of a protocol's burden now, or the reason for which nobody can bid. */
export type AuctionOffer =
  | {
      readonly kind: 'open';
      /** Part of the burden, 1e18 is all. */
      readonly shareWad: bigint;
      /** Burden that the taker assumes, WAD. */
      readonly assumedWad: bigint;
      /** Discount on the gross value of the lines, parts per million; negative above it. */
      readonly ppm: bigint;
      /** True if a line of a frozen source is among those that would be taken. */
      readonly holdsFrozen: boolean;
    }
  | {
      readonly kind: 'closed';
      /** `stopped`, `down`, `unstarted`, `healthy` or `nothing`, or the name of the contract's error. */
      readonly reason: string;
    };

/** One protocol of an account in liquidation. */
export interface AuctionClaim {
  readonly protocol: Address;
  readonly offer: AuctionOffer;
  /** Loss that the protocol would book in a write-off now, WAD; null if the auction refuses one, or nobody tells. */
  readonly writeOffWad: bigint | null;
}

/** Everything about one account that decides what a keeper does, read at one block. */
export interface AuctionAccount {
  readonly account: Bytes32;
  readonly height: BlockHeight;
  /** Time of the block in seconds. */
  readonly timeS: bigint;
  /** Maintenance assets at the cached prices, WAD. */
  readonly assetsWad: bigint;
  /** Maintenance requirement, WAD. */
  readonly requiredWad: bigint;
  /** Null if no auction runs. */
  readonly record: AuctionRecord | null;
  /** Seconds on the auction's clock, head start and slow class included; null if no auction runs. */
  readonly clockS: bigint | null;
  /** Block time in seconds at which a stop of everything ends; 0 if there never was one. */
  readonly stoppedUntilS: bigint;
  /** Block time in seconds from which clocks run again after a stop or an outage; 0 if there was neither. */
  readonly resumedAtS: bigint;
  /** Name of the error with which the auction refuses a start now, at the prices of the feeds; null if it accepts one. */
  readonly startRefusal: string | null;
  /** The same for closing; null without an auction means nothing. */
  readonly closeRefusal: string | null;
  /** In the ledger's order; empty for an account that is healthy and has no auction. */
  readonly claims: readonly AuctionClaim[];
}

/** A taker's account at one block, at its initial grade. */
export interface TakerMargin {
  /** Block that was read. */
  readonly height: BlockHeight;
  /** WAD. */
  readonly assetsWad: bigint;
  /** WAD. */
  readonly requiredWad: bigint;
}

/** The terms of one bid. @source ILiquidationAuction.BidTerms */
export interface AuctionBidTerms {
  /** Most of the burden, 1e18 is all. */
  readonly shareMaxWad: bigint;
  /** A smaller share is refused. */
  readonly shareMinWad: bigint;
  /** A smaller discount is refused, parts per million. */
  readonly leastPpm: bigint;
  /** Pay the burden at once, from the sender's allowance at the protocol. */
  readonly pays: boolean;
}

/** A bid of a keeper. */
export interface AuctionBid {
  readonly account: Bytes32;
  readonly protocol: Address;
  /** Account that takes; the sender owns it. */
  readonly to: Bytes32;
  readonly terms: AuctionBidTerms;
}

/** The newest block. */
export interface ChainHead {
  readonly height: BlockHeight;
  /** Time of the block in seconds. */
  readonly timeS: bigint;
}

/** An account whose auction would start at the newest block. */
export interface StartableAccount {
  readonly account: Bytes32;
  /** Maintenance requirement at the prices of the feeds, WAD. */
  readonly requiredWad: bigint;
}

/** An account whose auction runs, as its keeper saw it. */
export interface SeenAuction {
  readonly account: Bytes32;
  readonly record: AuctionRecord;
}

/** The outcome of one transaction for several accounts. */
export interface AuctionBatchOutcome {
  readonly outcome: LandOutcome;
  /** Accounts that it served; none if it did not land. */
  readonly served: ReadonlySet<Bytes32>;
}

/** Reads and serves auctions for a keeper. Each act is tried first, so that one that came too late costs nothing. */
export interface AuctionDesk {
  /** Returns the newest block. */
  readHead(signal?: AbortSignal): Promise<ChainHead>;
  readAccount(account: Bytes32, signal?: AbortSignal): Promise<AuctionAccount>;
  /** Returns the running auctions among accounts. */
  readRunning(accounts: readonly Bytes32[], signal?: AbortSignal): Promise<ReadonlyMap<Bytes32, AuctionRecord>>;
  /** Returns the accounts whose auctions began within some blocks, in any order, as one provider's logs say: there may be more. */
  readStarted(
    blocks: { readonly from: BlockHeight; readonly to: BlockHeight },
    signal?: AbortSignal,
  ): Promise<readonly Bytes32[]>;
  /** Returns those of accounts whose auctions would start now. One that cannot be asked together with others is asked alone, and left out if that fails. */
  readStartable(accounts: readonly Bytes32[], signal?: AbortSignal): Promise<readonly StartableAccount[]>;
  readTaker(account: Bytes32, signal?: AbortSignal): Promise<TakerMargin>;
  /**
   * Starts auctions in one transaction. An account that needs none any more is passed over. `isTried` says that all were just found
   * startable: it is then sent without a trial.
   */
  start(accounts: readonly Bytes32[], signal?: AbortSignal, isTried?: boolean): Promise<AuctionBatchOutcome>;
  /** Touches auctions in one transaction. One is served once it was seen after its record, or is over. */
  touch(auctions: readonly SeenAuction[], signal?: AbortSignal): Promise<AuctionBatchOutcome>;
  bid(bid: AuctionBid, signal?: AbortSignal): Promise<LandOutcome>;
  /**
   * Bids for several accounts in one transaction, each named once. A bid that fails beside others is passed over: it is not served, and
   * costs its gas. Where all fail, the transaction does.
   */
  bidTogether(bids: readonly AuctionBid[], signal?: AbortSignal): Promise<AuctionBatchOutcome>;
  close(account: Bytes32, signal?: AbortSignal): Promise<LandOutcome>;
  writeOff(account: Bytes32, protocol: Address, signal?: AbortSignal): Promise<LandOutcome>;
  distrustProvider(): void;
}

/** An account that may be unhealthy, valued at the last prices. */
export interface AccountHint {
  readonly account: Bytes32;
  /** Maintenance assets, WAD. */
  readonly aM: bigint;
  /** Maintenance requirement, WAD. */
  readonly qM: bigint;
  /** The block of the settlement chain up to which the source has followed the account. */
  readonly block: { readonly height: bigint };
}

/** Lists accounts that may be unhealthy. Untrusted: the auction is asked before anything is sent. */
export interface AccountHints {
  /** Accounts below a step of the health ladder, ascending past `after`, at most `limit`. */
  readAccountsBelow(
    request: { readonly below: AuctionStep; readonly after?: Bytes32 | undefined; readonly limit?: number },
    signal?: AbortSignal,
  ): Promise<readonly AccountHint[]>;
  /** Accounts below a step of the health ladder, the least healthy first, behind the first `skip` of them, at most `limit`. */
  readLeastHealthy(
    request: { readonly below: AuctionStep; readonly skip: number; readonly limit: number },
    signal?: AbortSignal,
  ): Promise<readonly AccountHint[]>;
}

/** Steps of the health ladder below which a keeper looks. */
export type AuctionStep = '1.5' | '1.2' | '1.05' | '1';
