import type { Bytes32 } from '@surety/domain';
import type { AuctionAccount, AuctionBatchOutcome, AuctionBid, AuctionDesk, TakerMargin } from '../ports/auctions.js';
import type { LandOutcome } from '../ports/transactions.js';
import { BLOCKS_BEHIND_MAX } from './limits.js';
import type { BidPlan, BidPolicy } from './plan-auction.js';
import { shareOf } from './serve-together.js';

/** A bid that is to be made, and what it was planned from. */
export interface PlannedBid {
  readonly facts: AuctionAccount;
  readonly plan: BidPlan;
}

/** The burden that a keeper may take. */
export interface TakingRoom {
  /** Burden of bids under way, and of all bids so far, WAD. */
  underWayWad: bigint;
  bidWad: bigint;
  /** Burden that may still be taken, without that of bids under way, WAD. */
  leftWad: bigint;
  /** The newest block in which one of its bids landed: an earlier one does not show what was taken. */
  takenAt: bigint;
  /** Cost of the gas of a bid at the last reading, WAD of the unit of account; 0 if it is not compared. */
  costWad: bigint;
  /** The earliest block of readings before that, since the last one that was not. */
  behindAt: bigint | undefined;
}

/** Returns the room of a keeper that has bid for nothing and read nothing. */
export function freshTakingRoom(): TakingRoom {
  return { underWayWad: 0n, bidWad: 0n, leftWad: 0n, takenAt: 0n, costWad: 0n, behindAt: undefined };
}

/** Returns the burden that a taker may still take: none without free margin, unless it pays at once. */
export function roomOf({ totalMaxWad, pays }: BidPolicy, { assetsWad, requiredWad }: TakerMargin): bigint {
  return pays || assetsWad > requiredWad ? totalMaxWad - requiredWad : 0n;
}

/** Sets the burden of a bid aside until {@link freeRoom}. */
export function holdRoom(room: TakingRoom, { plan: { takenWad } }: PlannedBid): void {
  changeRoom(room, 0n, takenWad);
}

/** Sets another burden aside for a bid, or none. */
export function changeRoom(room: TakingRoom, beforeWad: bigint, afterWad: bigint): void {
  const moreWad = afterWad - beforeWad;
  room.leftWad -= moreWad;
  room.underWayWad += moreWad;
  if (moreWad > 0n) room.bidWad += moreWad;
}

/** Ends what {@link holdRoom} began. What did not land takes no room; what did is read from the chain, at its block or later. */
export function freeRoom(room: TakingRoom, { plan: { takenWad } }: PlannedBid, outcome: LandOutcome | undefined): void {
  room.underWayWad -= takenWad;
  if (outcome?.kind !== 'landed') room.leftWad += takenWad;
  else if (outcome.height > room.takenAt) room.takenAt = outcome.height;
}

/**
 * Returns whether a reading is of a block before a bid that landed. Once readings have gone on for many blocks and are so still, the bid's
 * own height was false: it would close the room for good.
 */
export function isBehind(room: Pick<TakingRoom, 'takenAt' | 'behindAt'>, height: bigint): boolean {
  if (height >= room.takenAt) {
    room.behindAt = undefined;
    return false;
  }
  if (room.behindAt === undefined || height < room.behindAt) room.behindAt = height;
  if (height - room.behindAt < BLOCKS_BEHIND_MAX) return true;
  [room.takenAt, room.behindAt] = [height, undefined];
  return false;
}

/**
 * Returns whether an account may be bid for in one transaction with others: each of its protocols is one that the keeper serves, since one
 * that burns its gas leaves none to the bids behind it.
 */
export function mayBidTogether({ claims }: AuctionAccount, { protocols }: BidPolicy): boolean {
  return claims.every(({ protocol }) => protocols.includes(protocol));
}

/** Lands bids in one transaction. Returns how each ended. @throws the desk's errors. */
export async function landBids(
  desk: Pick<AuctionDesk, 'bid' | 'bidTogether'>,
  bids: readonly PlannedBid[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<Bytes32, LandOutcome>> {
  const [only] = bids;
  if (only !== undefined && bids.length === 1)
    return new Map([[only.facts.account, await desk.bid(bidOf(only), signal)]]);
  const landed = await desk.bidTogether(bids.map(bidOf), signal);
  return new Map(bids.map(({ facts: { account } }, index) => [account, outcomeOf(landed, account, { bids, index })]));
}

function bidOf({ facts: { account }, plan: { protocol, to, terms } }: PlannedBid): AuctionBid {
  return { account, protocol, to, terms };
}

/** Returns how one of the bids of a transaction ended: with its part of the cost, or passed over. */
function outcomeOf(
  { outcome, served }: AuctionBatchOutcome,
  account: Bytes32,
  { bids, index }: { readonly bids: readonly PlannedBid[]; readonly index: number },
): LandOutcome {
  if (outcome.kind !== 'landed') return outcome;
  if (!served.has(account)) return { kind: 'overtaken', detail: `took nothing in ${outcome.txHash}` };
  const partOf = (cost: bigint): bigint => shareOf(cost, bids.length, index);
  return { ...outcome, gasUsed: partOf(outcome.gasUsed), feeWei: partOf(outcome.feeWei) };
}
