import { type Address, type Bytes32, mulDivDown } from '@surety/domain';
import type { AuctionRecord } from '../ports/auctions.js';
import { LOOKS_AGAIN_WITHIN_S } from './limits.js';

/** The memory of a keeper of those whom it serves one by one. */
export interface ServingMemory {
  /** The keeper's place among the accounts. */
  readonly place: bigint;
  /** The last account whose turn it was, with a running auction and without. */
  readonly turns: { running: Bytes32 | undefined; other: Bytes32 | undefined };
  /** Running auctions that were looked at, and the block time in seconds before which they need no other look while their records stay. */
  readonly looked: Map<Bytes32, { readonly record: AuctionRecord; readonly againAtS: bigint }>;
}

/** Returns the memory of a keeper at a place, by default before the first account. */
export function freshServingMemory(place: Bytes32 = '0x0' as Bytes32): ServingMemory {
  return { place: BigInt(place), turns: { running: undefined, other: undefined }, looked: new Map() };
}

/** The accounts of a pass. */
interface Candidates {
  /** In the keeper's own order. */
  readonly listed: readonly Bytes32[];
  readonly running: ReadonlyMap<Bytes32, AuctionRecord>;
  /** Time of the block in seconds. */
  readonly timeS: bigint;
  /** Seconds after its start before which an auction needs no first look. */
  readonly firstLookAfterS: bigint;
  /** True if accounts without an auction are to be served too. */
  readonly takesIdle: boolean;
  /** So many are chosen at most. */
  readonly most: number;
}

/**
 * Chooses whom to serve one by one: running auctions that are worth a look, in turn, and with what room they leave the accounts without
 * one, in turn. No auction is chosen twice at one block.
 */
export function chooseServed(
  memory: ServingMemory,
  { listed, running, timeS, firstLookAfterS, takesIdle, most }: Candidates,
): Bytes32[] {
  const { turns, looked } = memory;
  for (const account of looked.keys()) if (!running.has(account)) looked.delete(account);
  const isDue = (account: Bytes32): boolean => {
    const [record, last] = [running.get(account), looked.get(account)];
    if (record === undefined) return false;
    if (last === undefined) return timeS >= record.startedAt + firstLookAfterS;
    // No look is put off so far: such a time comes from a block time that was false, and would never be reached.
    const isFalse = last.againAtS > timeS + 2n * LOOKS_AGAIN_WITHIN_S;
    return timeS >= last.againAtS || isFalse || !isSame(record, last.record);
  };
  const first = nextOf(memory, listed.filter(isDue), { after: turns.running, most });
  turns.running = first.at(-1) ?? turns.running;
  for (const account of first) {
    const record = running.get(account);
    if (record !== undefined) looked.set(account, { record, againAtS: timeS + 1n });
  }
  if (!takesIdle) return [...first];
  const idle = listed.filter((account) => !running.has(account));
  const others = nextOf(memory, idle, { after: turns.other, most: most - first.length });
  turns.other = others.at(-1) ?? turns.other;
  return [...first, ...others];
}

function isSame(left: AuctionRecord, right: AuctionRecord): boolean {
  return left.startedAt === right.startedAt && left.seenAt === right.seenAt && left.isTaken === right.isTaken;
}

/** 2^256 divided by the golden ratio, the odd number next to it: its multiples spread whatever bits they came from over all others. */
const SPREAD = 0x9e3779b97f4a7c15f39cc0605cedc8341082276bf3a27251f86c6a11d0c18e95n;
const WORD = (1n << 256n) - 1n;

/**
 * Returns where an account stands in the order of a keeper at a place. Keepers know nothing of each other, and at different places begin with
 * different accounts. The exclusive or alone would not do: half of all pairs of places have their first bit in common, and begin alike.
 * @source Knuth, The Art of Computer Programming 3, section 6.4 (multiplicative hashing)
 */
const standingOf = (account: Bytes32, place: bigint): bigint => ((BigInt(account) ^ place) * SPREAD) & WORD;

/** Sorts accounts, or what is said of them, in an order of the keeper's own. */
export function inOwnOrder<One>(
  { place }: Pick<ServingMemory, 'place'>,
  ones: readonly One[],
  accountOf: (one: One) => Bytes32,
): One[] {
  const standing = ones.map((one) => ({ one, at: standingOf(accountOf(one), place) }));
  return standing.toSorted((left, right) => (left.at < right.at ? -1 : 1)).map(({ one }) => one);
}

/** Size of the circle on which accounts and keepers stand. */
const CIRCLE = WORD + 1n;

/** The bits of a place behind its owner's address. */
const BEHIND_OWNER = 96n;

/** Starters that are given a part of the circle: those of most running auctions. Whoever runs some of its own under many names moves nobody. */
const STARTERS_MAX = 8;

/**
 * Sorts accounts that are to be started, or what is said of them: they stand on one circle, and of the keepers whose starts are seen each begins
 * at a part of its own. So they start different accounts where a block has no room for all. Whoever starts nothing any more leaves its part to
 * the others, which go on around the circle. A keeper whose own starts are not seen begins somewhere within the part that it would have, and
 * anywhere once all parts are given away: of those who have no part none begins like another.
 */
export function inStartersOrder<One>(
  {
    place,
    starters,
  }: { readonly place: bigint; /** Of each running auction. */ readonly starters: readonly Address[] },
  ones: readonly One[],
  accountOf: (one: One) => Bytes32,
): One[] {
  const counts = new Map<Address, number>();
  for (const starter of starters) counts.set(starter, (counts.get(starter) ?? 0) + 1);
  const most = [...counts].toSorted(([, left], [, right]) => right - left).slice(0, STARTERS_MAX);
  const seen = new Set(most.map(([starter]) => BigInt(starter) << BEHIND_OWNER));
  const isSeen = seen.has(place);
  const all = isSeen || seen.size < STARTERS_MAX ? new Set([place, ...seen]) : new Set([place]);
  const before = [...all].filter((one) => one < place).length;
  const within = isSeen ? 0n : (place * SPREAD) & WORD;
  const from = mulDivDown(CIRCLE * BigInt(before) + within, 1n, BigInt(all.size));
  const standing = ones.map((one) => ({ one, at: (BigInt(accountOf(one)) * SPREAD - from) & WORD }));
  return standing.toSorted((left, right) => (left.at < right.at ? -1 : 1)).map(({ one }) => one);
}

/** Returns the next of accounts, which are in the keeper's own order, after one, at most so many; behind the last comes the first. */
export function nextOf(
  { place }: Pick<ServingMemory, 'place'>,
  accounts: readonly Bytes32[],
  { after, most }: { readonly after: Bytes32 | undefined; readonly most: number },
): readonly Bytes32[] {
  const last = after === undefined ? -1n : standingOf(after, place);
  const from = accounts.findIndex((account) => standingOf(account, place) > last);
  return from <= 0 ? accounts.slice(0, most) : [...accounts.slice(from), ...accounts.slice(0, from)].slice(0, most);
}
