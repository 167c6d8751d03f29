import { type Address, type Bytes32, WAD, mulDivDown, mulDivUp, wad } from '@surety/domain';
import {
  AUCTION_DISCOUNT_MAX_PPM,
  AUCTION_FROZEN_SLOWNESS,
  AUCTION_LEG_ENDS_S,
  AUCTION_UNSEEN_S,
  auctionClockOf,
  auctionElapsedOf,
  discountPpmAt,
  headStartOf,
} from '@surety/margin';
import type { AuctionAccount, AuctionBidTerms, AuctionClaim, AuctionRecord } from '../ports/auctions.js';
import { LOOKS_AGAIN_WITHIN_S, NO_LOOK_WITHIN_S, TOUCH_LEAD_S } from './limits.js';

/** Parts of a whole in which discounts are told. */
const MILLION = 1_000_000n;

/** On which terms a keeper bids for its own account. */
export interface BidPolicy {
  /** The keeper's ledger account, which takes lines and burdens. */
  readonly to: Bytes32;
  /** Protocols whose burdens it takes. */
  readonly protocols: readonly Address[];
  /** Most burden in one bid, WAD. */
  readonly burdenMaxWad: bigint;
  /** Initial requirement of its account above which it takes no more, WAD. */
  readonly totalMaxWad: bigint;
  /** Least discount: cost and margin of the keeper together, parts per million of the gross value. */
  readonly leastPpm: bigint;
  /** Smallest share of a burden, 1e18 is all. */
  readonly shareMinWad: bigint;
  /** True if it takes lines of frozen sources. */
  readonly takesFrozen: boolean;
  /** Pays the burden at once, from its allowance at the protocol. */
  readonly pays: boolean;
  /** Cost of the gas of a bid now, WAD of the unit of account; unless given nothing is compared with it. */
  readonly costWad?: bigint;
}

/** Act of a keeper for an account in liquidation. */
export interface AuctionPolicy {
  /** Starts, touches, closes and writes off, for every account or for none. */
  readonly isStarter: boolean;
  /** Least burden, and least requirement of an account, for which gas is spent, WAD. */
  readonly burdenMinWad: bigint;
  /** Null for a keeper that takes nothing. */
  readonly bids: BidPolicy | null;
}

/** The one act that an account needs now, or why it needs none. */
export type AuctionPlan =
  | { readonly kind: 'start' }
  | { readonly kind: 'close' }
  | { readonly kind: 'touch'; readonly record: AuctionRecord }
  | {
      readonly kind: 'bid';
      readonly protocol: Address;
      readonly to: Bytes32;
      readonly terms: AuctionBidTerms;
      /** Most burden that it takes at the quoted prices, WAD. */
      readonly takenWad: bigint;
    }
  | { readonly kind: 'write-off'; readonly protocol: Address; readonly lossWad: bigint }
  | {
      readonly kind: 'wait';
      /** An error of the auction, or one of this module's own words. */
      readonly reason: string;
      /** Block time in seconds from which the reason may be gone; null if time alone does not end it. */
      readonly fromS: bigint | null;
    };

/** No act, and the reason. */
export type WaitPlan = Extract<AuctionPlan, { kind: 'wait' }>;

/** A bid and its terms. */
export type BidPlan = Extract<AuctionPlan, { kind: 'bid' }>;

/** Course of an auction's clock from the block that was read. */
interface ClockPace {
  /** Seconds for one second on the clock: 12 while frozen lines alone are left. */
  readonly slowness: bigint;
  /** Block time in seconds at which the clock stops unless somebody touches it. */
  readonly stallsAtS: bigint;
}

/**
 * Chooses the act for one account by what its auction would accept now. The order: close what is over, take what is cheap enough, keep
 * the clock running, book what nobody takes. `roomWad` is the burden that the keeper's account may still take in all.
 */
export function planAuction(facts: AuctionAccount, policy: AuctionPolicy, roomWad: bigint): AuctionPlan {
  const { record } = facts;
  if (record === null) return planStart(facts, policy);
  if (facts.closeRefusal === null) return policy.isStarter ? { kind: 'close' } : wait('starter-off');
  const bid = planBid(facts, policy, roomWad);
  if (bid.kind !== 'wait') return bid;
  if (isTouchDue(facts, record, policy)) return { kind: 'touch', record };
  return planWriteOff(facts, policy) ?? bid;
}

function planStart(facts: AuctionAccount, policy: AuctionPolicy): AuctionPlan {
  const { startRefusal, requiredWad, stoppedUntilS, timeS } = facts;
  if (startRefusal === null) {
    if (!policy.isStarter) return wait('starter-off');
    return requiredWad < policy.burdenMinWad ? wait('below-least') : { kind: 'start' };
  }
  // Without any line there is nothing to start, and the loss may be booked at once.
  return planWriteOff(facts, policy) ?? wait(startRefusal, stoppedUntilS > timeS ? stoppedUntilS : null);
}

function planWriteOff(
  { claims }: AuctionAccount,
  { isStarter, burdenMinWad }: AuctionPolicy,
): Extract<AuctionPlan, { kind: 'write-off' }> | undefined {
  if (!isStarter) return undefined;
  for (const { protocol, writeOffWad } of claims) {
    // Booked once, the same loss is 0: what is owed stays owed.
    if (writeOffWad !== null && writeOffWad > 0n && writeOffWad >= burdenMinWad)
      return { kind: 'write-off', protocol, lossWad: writeOffWad };
  }
  return undefined;
}

/** Chooses the largest burden that the policy takes; the discount is the same for all of them. */
export function planBid(
  facts: AuctionAccount,
  { bids, burdenMinWad }: AuctionPolicy,
  roomWad: bigint,
): BidPlan | WaitPlan {
  if (bids === null) return wait('bids-off');
  // Whoever only takes reads no offers while the clock alone shows that none is cheap enough.
  const { claims, clockS } = facts;
  if (claims.length === 0 && clockS !== null && discountPpmAt(clockS) < bids.leastPpm)
    return wait('discount-too-small', discountReachedAtS(facts, bids.leastPpm));
  const served = claims.filter(({ protocol }) => bids.protocols.includes(protocol));
  if (served.length === 0) return wait('protocol-not-served');
  const mostWad = roomWad < bids.burdenMaxWad ? roomWad : bids.burdenMaxWad;
  const judged = served.map((claim) => judgeClaim(facts, claim, { bids, burdenMinWad, mostWad }));
  const found = judged.flatMap((one) => (one.kind === 'wait' ? [] : [one]));
  const best = found.toSorted((left, right) => (left.takenWad > right.takenWad ? -1 : 1))[0];
  if (best !== undefined) return best;
  // The first to come shows when to look again.
  const waits = judged.flatMap((one) => (one.kind === 'wait' ? [one] : []));
  return waits.find(({ fromS }) => fromS !== null) ?? (waits[0] as WaitPlan);
}

function judgeClaim(
  facts: AuctionAccount,
  { protocol, offer }: AuctionClaim,
  { bids, burdenMinWad, mostWad }: { bids: BidPolicy; burdenMinWad: bigint; mostWad: bigint },
): WaitPlan | BidPlan {
  if (offer.kind === 'closed') {
    return wait(offer.reason, offer.reason === 'stopped' ? facts.stoppedUntilS : null);
  }
  const { shareWad, assumedWad, ppm, holdsFrozen } = offer;
  if (holdsFrozen && !bids.takesFrozen) return wait('frozen-lines');
  if (ppm < bids.leastPpm) return wait('discount-too-small', discountReachedAtS(facts, bids.leastPpm));
  if (mostWad <= 0n) return wait('no-room');
  const takenWad = assumedWad < mostWad ? assumedWad : mostWad;
  const leastWad = burdenMinWad > 0n ? burdenMinWad : 1n;
  if (takenWad < leastWad) return wait(assumedWad < leastWad ? 'below-least' : 'no-room');
  // The burden that a share of 1 would assume limits what a bid takes once prices have moved.
  const allowed = mulDivDown(shareWad, mostWad, assumedWad);
  const shareMaxWad = allowed < WAD ? allowed : WAD;
  const reached = shareMaxWad < shareWad ? shareMaxWad : shareWad;
  if (reached < bids.shareMinWad) return wait('share-too-small');
  const { leastPpm, pays, to, costWad = 0n } = bids;
  if (mulDivDown(takenWad, ppm > 0n ? ppm : 0n, MILLION) < costWad)
    return wait('costs-more-than-it-earns', discountReachedAtS(facts, mulDivUp(costWad, MILLION, takenWad)));
  // What a rival leaves must be worth the gas too.
  const worth = costWad === 0n ? 0n : mulDivUp(shareWad, mulDivUp(costWad, MILLION, ppm), assumedWad);
  const shareMinWad = larger(bids.shareMinWad, lesser(worth, reached));
  const terms = { shareMaxWad, shareMinWad, leastPpm, pays };
  return { kind: 'bid', protocol, to, terms, takenWad };
}

const lesser = (left: bigint, right: bigint): bigint => (left < right ? left : right);
const larger = (left: bigint, right: bigint): bigint => (left > right ? left : right);

/** Returns the block time at which the discount reaches `ppm` if the clock runs on; null if it never does. */
function discountReachedAtS(facts: AuctionAccount, ppm: bigint): bigint | null {
  const { timeS, record, clockS, resumedAtS } = facts;
  const wanted = clockAtDiscount(ppm);
  if (wanted === undefined || record === null || clockS === null) return null;
  const runsFrom = resumedAtS > timeS ? resumedAtS : timeS;
  return runsFrom + (wanted - clockS) * paceOf(facts, record).slowness;
}

/** Reasons that no discount ends. */
const NEVER_BIDS: ReadonlySet<string> = new Set(['bids-off', 'protocol-not-served', 'starter-off', 'no-room']);

/**
 * Returns the block time in seconds from which a running auction that waits is worth the next look, if its record stays as it is:
 * halfway to the first act that time alone brings, since prices may bring it sooner, and within a minute; at that act where it is near.
 * Where its time is not known it is the next second.
 */
export function lookAgainAtS(
  facts: AuctionAccount,
  record: AuctionRecord,
  { plan, isStarter }: { readonly plan: WaitPlan; readonly isStarter: boolean },
): bigint {
  const { timeS } = facts;
  const next = timeS + 1n;
  if (plan.fromS === null && !NEVER_BIDS.has(plan.reason)) return next;
  const { slowness, stallsAtS } = paceOf(facts, record);
  const lossS = timeS + (AUCTION_LEG_ENDS_S.third - (facts.clockS ?? 0n)) * slowness;
  const times = [plan.fromS ?? 0n, stallsAtS - TOUCH_LEAD_S, isStarter ? lossS : 0n].filter((atS) => atS > timeS);
  const soonest = times.reduce((least, atS) => (atS < least ? atS : least), timeS + 2n * LOOKS_AGAIN_WITHIN_S);
  return soonest - timeS <= NO_LOOK_WITHIN_S ? soonest : timeS + mulDivDown(soonest - timeS, 1n, 2n);
}

/** Returns the first second of an auction's clock at which the discount is at least `ppm`; undefined above the largest one. */
export function clockAtDiscount(ppm: bigint): bigint | undefined {
  if (ppm > AUCTION_DISCOUNT_MAX_PPM) return undefined;
  let [from, to]: [bigint, bigint] = [0n, AUCTION_LEG_ENDS_S.third];
  while (from < to) {
    const middle = (from + to) >> 1n;
    if (discountPpmAt(middle) >= ppm) to = middle;
    else from = middle + 1n;
  }
  return from;
}

/** Returns the auction of an account whose clock is to be kept running, where no bid ends it; undefined if it needs no touch yet. */
export function dueTouchOf(facts: AuctionAccount, policy: AuctionPolicy): AuctionRecord | undefined {
  const { record } = facts;
  return record !== null && isTouchDue(facts, record, policy) ? record : undefined;
}

/** True if the clock has stopped or is about to, there is time left on it, and the account is worth the gas. */
function isTouchDue(facts: AuctionAccount, record: AuctionRecord, policy: AuctionPolicy): boolean {
  const { timeS, clockS, stoppedUntilS, requiredWad, claims } = facts;
  if (!(policy.isStarter || policy.bids !== null) || requiredWad < policy.burdenMinWad) return false;
  if (clockS === null || stoppedUntilS > timeS) return false;
  // A starter closes what has recovered. One that sees this quote itself has just tried to: at the feeds' own prices it is unhealthy.
  if (!policy.isStarter && claims.some(({ offer }) => offer.kind === 'closed' && offer.reason === 'healthy'))
    return false;
  // Where most of the value is frozen, losses come due on a slower clock than the discount's: for those who book them.
  const isDue = !policy.isStarter || claims.every(({ writeOffWad }) => writeOffWad !== null);
  const isOver = clockS >= AUCTION_LEG_ENDS_S.third && isDue;
  if (isOver) return false;
  return timeS + TOUCH_LEAD_S >= paceOf(facts, record).stallsAtS;
}

/**
 * Tells a slow clock from a fast one by the only two readings that this block allows. Any other reading means that bids were held up
 * since for want of prices, from a time that the contract does not show; the clock then stops ten minutes after the last look.
 */
function paceOf(facts: AuctionAccount, record: AuctionRecord): ClockPace {
  const { timeS, resumedAtS, clockS, assetsWad, requiredWad } = facts;
  const { startedAt, seenAt } = record;
  const elapsedS = auctionElapsedOf({ startedAt, seenAt, resumedAt: resumedAtS }, timeS);
  const headStartS = headStartOf({ assets: wad(assetsWad), requirement: wad(requiredWad) });
  const isFast = clockS === auctionClockOf(elapsedS, headStartS, false);
  const isSlow = !isFast && clockS === auctionClockOf(elapsedS, headStartS, true);
  const slowness = isSlow ? AUCTION_FROZEN_SLOWNESS : 1n;
  if (!isFast && !isSlow) return { slowness, stallsAtS: seenAt + AUCTION_UNSEEN_S };
  const base = startedAt > resumedAtS ? startedAt : resumedAtS;
  const seenS = seenAt > base ? seenAt - base : 0n;
  return { slowness, stallsAtS: base + 2n * seenS + AUCTION_UNSEEN_S };
}

function wait(reason: string, fromS: bigint | null = null): WaitPlan {
  return { kind: 'wait', reason, fromS };
}
