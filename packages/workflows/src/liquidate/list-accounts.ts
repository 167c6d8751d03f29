import { AppError, type BlockHeight, type Bytes32 } from '@surety/domain';
import type { AccountHint, AccountHints, AuctionRecord, AuctionStep } from '../ports/auctions.js';
import { inOwnOrder } from './choose-served.js';
import { ACCOUNTS_LISTED_MAX, ACCOUNTS_PER_PAGE, BLOCKS_READ_AGAIN, STARTS_UNDER_WAY_MAX } from './limits.js';

/** The memory of a keeper of what sources listed, and of what it saw itself since. */
export interface ListingMemory {
  /** Lists that were asked for, of all and of the least healthy. */
  readonly asked: { all: number; worst: number };
  last: AccountList | null;
  worst: LeastHealthy | null;
  /** By source: account after which its next list begins, where it lists more than one pass takes. */
  readonly cursors: (Bytes32 | undefined)[];
  /** Listed accounts whose auction ended, with the block at which that was seen. */
  readonly ended: Map<Bytes32, BlockHeight>;
}

/** The accounts of a list. */
export interface AccountList {
  /** In the keeper's own order. */
  readonly accounts: readonly Bytes32[];
  /** Time of `Clock.elapsedMs`. */
  readonly atMs: number;
}

/** The least healthy accounts of a source. */
export interface LeastHealthy {
  /** By the health that their source says, least first. */
  readonly byHealth: readonly AccountHint[];
  /** Time of `Clock.elapsedMs`. */
  readonly atMs: number;
}

/** Who is asked, and when. */
interface Listing {
  /** Asked in turn. */
  readonly hints: readonly AccountHints[];
  readonly below: AuctionStep;
  /** Time of `Clock.elapsedMs`. */
  readonly elapsedMs: number;
}

/** Returns the memory of a keeper that has seen no list. */
export function freshListingMemory(): ListingMemory {
  return { asked: { all: 0, worst: 0 }, last: null, worst: null, cursors: [], ended: new Map() };
}

/**
 * Reads what one source lists, page by page. A short page begins the list again.
 * @throws NO_SOURCE; the source's errors.
 */
export async function readList(
  memory: ListingMemory,
  from: Listing & {
    /** The keeper's place among the accounts. */
    readonly place: bigint;
  },
  signal?: AbortSignal,
): Promise<AccountList> {
  const turn = memory.asked.all++ % Math.max(1, from.hints.length);
  const hints = sourceOf(from, turn);
  const listed: Bytes32[] = [];
  // Kept at the end alone: a list that fails is read again from where it began.
  let after = memory.cursors[turn];
  while (listed.length < ACCOUNTS_LISTED_MAX) {
    const request = { below: from.below, after, limit: ACCOUNTS_PER_PAGE };
    const page = (await hints.readAccountsBelow(request, signal)).slice(0, ACCOUNTS_PER_PAGE);
    listed.push(...page.map(({ account }) => account));
    after = page.length < ACCOUNTS_PER_PAGE ? undefined : listed.at(-1);
    if (after === undefined) break;
  }
  memory.cursors[turn] = after;
  memory.last = { accounts: inOwnOrder(from, listed, (account) => account), atMs: from.elapsedMs };
  return memory.last;
}

/**
 * Reads the least healthy accounts of one source, until more of them may be started than are started at once. In a crash those whose
 * auctions run come first.
 * @throws NO_SOURCE; the source's errors.
 */
export async function readLeastHealthy(
  memory: ListingMemory,
  from: Listing & {
    /** True of an account without an auction, as far as the keeper knows. */
    readonly isIdle: (account: Bytes32) => boolean;
  },
  signal?: AbortSignal,
): Promise<LeastHealthy> {
  const hints = sourceOf(from, memory.asked.worst++ % Math.max(1, from.hints.length));
  const listed = new Map<Bytes32, AccountHint>();
  let idle = 0;
  for (let skip = 0; skip < ACCOUNTS_LISTED_MAX && idle <= STARTS_UNDER_WAY_MAX; skip += ACCOUNTS_PER_PAGE) {
    const request = { below: from.below, skip, limit: ACCOUNTS_PER_PAGE };
    const page = (await hints.readLeastHealthy(request, signal)).slice(0, ACCOUNTS_PER_PAGE);
    // Between two pages the order may change: an account may be on both.
    for (const hint of page) listed.set(hint.account, hint);
    idle += page.filter((hint) => from.isIdle(hint.account) && !isOutdated(memory.ended, hint)).length;
    if (page.length < ACCOUNTS_PER_PAGE) break;
  }
  forgetEnded(memory, [...listed.values()]);
  // By cross multiplication: no requirement divides where there is none.
  const byHealth = [...listed.values()].toSorted((left, right) => (left.aM * right.qM < right.aM * left.qM ? -1 : 1));
  memory.worst = { byHealth, atMs: from.elapsedMs };
  return memory.worst;
}

function sourceOf({ hints }: Pick<Listing, 'hints'>, turn: number): AccountHints {
  const source = hints[turn];
  if (source !== undefined) return source;
  throw new AppError({
    code: 'NO_SOURCE',
    message: 'nothing lists accounts below a step of the health ladder; expected at least one aggregator',
  });
}

/**
 * Notes which auctions ended between two looks. What a source says of such an account is of before that, until it has followed the chain so
 * far: less collateral with the debt of before looks like the least health of all.
 */
export function noteEnded(
  { ended }: ListingMemory,
  seen: {
    readonly listed: readonly Bytes32[];
    /** Auctions that ran at the last look. */
    readonly before: ReadonlyMap<Bytes32, AuctionRecord>;
    readonly running: ReadonlyMap<Bytes32, AuctionRecord>;
    readonly height: BlockHeight;
  },
): void {
  // A height so far above this block was false, and its source would never be believed again.
  for (const [account, height] of ended) if (height > seen.height + BLOCKS_READ_AGAIN) ended.delete(account);
  const hasEnded = (account: Bytes32): boolean => seen.before.has(account) && !seen.running.has(account);
  for (const account of seen.listed.filter(hasEnded)) ended.set(account, seen.height);
}

/** Returns the least healthy accounts whose source has seen the end of their last auction, in order. */
export function believedByHealth({ ended, worst }: Pick<ListingMemory, 'ended' | 'worst'>): Bytes32[] {
  return (worst?.byHealth ?? []).filter((hint) => !isOutdated(ended, hint)).map(({ account }) => account);
}

/** Forgets what the source knows by now, and accounts that are among the least healthy no more. */
function forgetEnded({ ended }: ListingMemory, listed: readonly AccountHint[]): void {
  const outdated = new Map(listed.filter((hint) => isOutdated(ended, hint)).map((hint) => [hint.account, hint]));
  for (const account of ended.keys()) if (!outdated.has(account)) ended.delete(account);
}

function isOutdated(ended: ListingMemory['ended'], { account, block }: AccountHint): boolean {
  return block.height < (ended.get(account) ?? 0n);
}
