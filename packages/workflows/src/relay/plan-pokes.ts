import { mulDivUp } from '@surety/domain';
import { NO_FEED, type PriceReading } from '../ports/price-board.js';

/** @source RiskManager._doubt: a confidence is at most all of the price. */
const WHOLE_BPS = 10_000n;
const PPM_PER_BP = 100n;

/** The conditions under which a cached price is worth a transaction. */
export interface PokePolicy {
  /** Difference between feed and cached price, in basis points of the cached price. */
  readonly moveBps: number;
  /** Share of the maximum age, in basis points, from which any newer observation is worth a poke. */
  readonly ageShareBps: number;
}

/**
 * Reason for which a slot is poked. `failing` and `answers`: its mark at the risk manager is wrong. `doubted`: what the feed says without
 * a newer observation is further from the cached price than that price's confidence.
 */
export type PokeReason = 'first' | 'moved' | 'ageing' | 'failing' | 'answers' | 'doubted';

/** Slots to poke with their reasons, and slots that a poke cannot help. */
export interface PokePlan {
  readonly pokes: readonly { readonly slot: number; readonly reason: PokeReason }[];
  /** The feed has no price. */
  readonly failing: readonly { readonly slot: number; readonly name: string }[];
  /** The cached price ages, and the feed has nothing newer. */
  readonly stalled: readonly { readonly slot: number; readonly ageS: bigint }[];
  /** Worth a poke by the policy, but skipped by the risk manager last time: a price out of range stays so for a while. */
  readonly resting: readonly number[];
}

/**
 * Chooses the price slots to poke. A failing feed is poked until its slot is marked, and one that answers again until the
 * mark is gone; else a feed without a newer observation is poked only where it has moved beyond the cached price's confidence, which is
 * what a poke then widens. `pauses` has what lately may have changed nothing: after `failing` and `doubted` only that pauses, else all of
 * the slot.
 */
export function planPokes(
  readings: readonly PriceReading[],
  policy: PokePolicy,
  pauses: readonly { readonly slot: number; readonly reason: PokeReason }[] = [],
): PokePlan {
  const pokes: { slot: number; reason: PokeReason }[] = [];
  const failing: { slot: number; name: string }[] = [];
  const stalled: { slot: number; ageS: bigint }[] = [];
  for (const reading of readings) {
    const { slot, feed, cached } = reading;
    if (feed.kind === 'failing') {
      failing.push({ slot, name: feed.name });
      if (!cached.failing && feed.name !== NO_FEED) pokes.push({ slot, reason: 'failing' });
      continue;
    }
    const ageS = reading.timestamp > cached.observedAt ? reading.timestamp - cached.observedAt : 0n;
    const ageing = ageS * 10_000n >= cached.maxAgeS * BigInt(policy.ageShareBps);
    if (cached.failing) {
      pokes.push({ slot, reason: 'answers' });
    } else if (feed.observedAt <= cached.observedAt) {
      if (ageing) stalled.push({ slot, ageS });
      if (isDoubted(cached, feed.price1e12, policy)) pokes.push({ slot, reason: 'doubted' });
    } else if (cached.observedAt === 0n) {
      pokes.push({ slot, reason: 'first' });
    } else if (movedBps(cached.price1e12, feed.price1e12) >= BigInt(policy.moveBps)) {
      pokes.push({ slot, reason: 'moved' });
    } else if (ageing) {
      pokes.push({ slot, reason: 'ageing' });
    }
  }
  const isResting = ({ slot, reason }: PokePlan['pokes'][number]): boolean =>
    pauses.some((after) => after.slot === slot && (after.reason === reason || !restsAlone(after.reason)));
  const resting = pokes.filter(isResting).map(({ slot }) => slot);
  return { pokes: pokes.filter((poke) => !isResting(poke)), failing, stalled, resting };
}

/** True of reasons whose pokes pause, whatever came of them, and hold up no other poke of the slot. */
export function restsAlone(reason: PokeReason): boolean {
  return reason === 'failing' || reason === 'doubted';
}

/** True where a poke would widen the confidence of the cached price by a move or more. */
function isDoubted(cached: PriceReading['cached'], fed1e12: bigint, { moveBps }: PokePolicy): boolean {
  const apartBps = movedBps(cached.price1e12, fed1e12);
  const doubtBps = apartBps < WHOLE_BPS ? apartBps : WHOLE_BPS;
  return doubtBps * PPM_PER_BP >= BigInt(cached.confPpm) + BigInt(moveBps) * PPM_PER_BP;
}

/**
 * Returns the move of a price from a cached one, in basis points of the cached one, rounded up so that a tiny move
 * counts.
 */
export function movedBps(cached: bigint, next: bigint): bigint {
  if (cached === next) return 0n;
  return mulDivUp(cached > next ? cached - next : next - cached, 10_000n, cached > 0n ? cached : 1n);
}
