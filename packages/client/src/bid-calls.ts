import { liquidationAuctionAbi } from '@surety/contracts';
import { type Address, type Bytes32, WAD, mulDivDown } from '@surety/domain';
import { type Log, encodeFunctionData, parseEventLogs } from 'viem';
import { type OwnerCall, logsOf } from './owner-calls.js';

/** A bid for an account's burden at one protocol, which the taker's account will owe. */
export interface BidOrder {
  readonly auction: Address;
  /** Account in liquidation. */
  readonly account: Bytes32;
  readonly protocol: Address;
  /** The bidder's own account. */
  readonly to: Bytes32;
  /** Most of the burden to take, 1e18 is all: by itself an auction takes what brings the account to its exit grade by then. */
  readonly shareMaxWad: bigint;
  /** A smaller discount on the value of the lines is refused, parts per million. */
  readonly leastPpm: bigint;
}

/** A bid that was taken; WAD. */
export interface TakenBid {
  /** Part of the burden, 1e18 is all. */
  readonly shareWad: bigint;
  readonly assumedWad: bigint;
  /** Value of the lines given, without weights. */
  readonly grossWad: bigint;
}

/**
 * Most of a burden that a bid for a shown share takes, WAD: a twentieth more. What an account must give up grows a little with each
 * block, and a great deal with a fall of prices.
 */
export function mostShareOf(shareWad: bigint): bigint {
  const most = mulDivDown(shareWad, 21n, 20n);
  return most < WAD ? most : WAD;
}

/** Encodes a bid that pays nothing now: the burden is owed by the taker's account, which must pass its gate. @source ILiquidationAuction.bid */
export function bidCall({ auction, account, protocol, to, shareMaxWad, leastPpm }: BidOrder): OwnerCall {
  const terms = { shareMaxWad, shareMinWad: 0n, leastPpm: Number(leastPpm), pays: false };
  const args = [account, protocol, to, terms, '0x'] as const;
  return {
    to: auction,
    data: encodeFunctionData({ abi: liquidationAuctionAbi, functionName: 'bid', args }),
    value: 0n,
  };
}

/** Returns what an auction tells of a bid in its receipt; undefined if it tells of none. @source ILiquidationAuction.Taken */
export function findTaken(logs: readonly Log[], auction: Address): TakenBid | undefined {
  const own = logsOf(logs, auction);
  const [taken] = parseEventLogs({ abi: liquidationAuctionAbi, eventName: 'Taken', logs: own });
  if (taken === undefined) return undefined;
  const { shareWad, assumedWad, grossWad } = taken.args;
  return { shareWad, assumedWad, grossWad };
}
