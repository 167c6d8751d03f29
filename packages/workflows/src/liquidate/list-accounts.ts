import { AppError, type BlockHeight, type Bytes32 } from '@surety/domain';
import type { AccountHint, AccountHints, AuctionRecord, AuctionStep } from '../ports/auctions.js';
import { nearestFirst } from './choose-served.js';
import { ACCOUNTS_LISTED_MAX, ACCOUNTS_PER_PAGE } from './limits.js';

/** The memory of a keeper of what sources listed, and of what it saw itself since. */
export interface ListingMemory {
  /** Lists that were asked for. */
  lists: number;
  last: AccountList | null;
  /** By source: account after which its next list begins, where it lists more than one pass takes. */
  readonly cursors: (Bytes32 | undefined)[];
  /** Listed accounts whose auction ended, with the block at which that was seen. */
  readonly ended: Map<Bytes32, BlockHeight>;
}

/** The accounts of a list. */
export interface AccountList {
  /** The nearest to the keeper's place first. */
  readonly accounts: readonly Bytes32[];
  /** The same by the health that their source says, least first. */
  readonly byHealth: readonly AccountHint[];
  readonly atMs: number;
}

/** Returns the memory of a keeper that has seen no list. */
export function freshListingMemory(): ListingMemory {
  return { lists: 0, last: null, cursors: [], ended: new Map() };
}

/**
 * Reads what one source lists, page by page. A short page begins the list again.
 * @throws NO_SOURCE; the source's errors.
 */
export async function readList(
  memory: ListingMemory,
  from: {
    /** Asked in turn. */
    readonly hints: readonly AccountHints[];
    readonly below: AuctionStep;
    readonly nowMs: number;
    /** The keeper's place among the accounts. */
    readonly place: bigint;
  },
  signal?: AbortSignal,
): Promise<AccountList> {
  const turn = memory.lists++ % Math.max(1, from.hints.length);
  const hints = from.hints[turn];
  if (hints === undefined) {
    throw new AppError({
      code: 'NO_SOURCE',
      message: 'nothing lists accounts below a step of the health ladder; expected at least one aggregator',
    });
  }
  const listed: AccountHint[] = [];
  // Kept at the end alone: a list that fails is read again from where it began.
  let after = memory.cursors[turn];
  while (listed.length < ACCOUNTS_LISTED_MAX) {
    const request = { below: from.below, after, limit: ACCOUNTS_PER_PAGE };
    const page = (await hints.readAccountsBelow(request, signal)).slice(0, ACCOUNTS_PER_PAGE);
    listed.push(...page);
    after = page.length < ACCOUNTS_PER_PAGE ? undefined : page.at(-1)?.account;
    if (after === undefined) break;
  }
  memory.cursors[turn] = after;
  // By cross multiplication: no requirement divides where there is none.
  const byHealth = listed.toSorted((left, right) => (left.aM * right.qM < right.aM * left.qM ? -1 : 1));
  const accounts = nearestFirst(from, listed).map(({ account }) => account);
  forgetEnded(memory, listed);
  memory.last = { accounts, byHealth, atMs: from.nowMs };
  return memory.last;
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
  const hasEnded = (account: Bytes32): boolean => seen.before.has(account) && !seen.running.has(account);
  for (const account of seen.listed.filter(hasEnded)) ended.set(account, seen.height);
}

/** Returns the accounts of a list whose source has seen the end of their last auction, the least healthy first. */
export function believedByHealth({ ended }: Pick<ListingMemory, 'ended'>, { byHealth }: AccountList): Bytes32[] {
  return byHealth.filter((hint) => !isOutdated(ended, hint)).map(({ account }) => account);
}

/** Forgets what the sources know by now, and accounts that they list no more. */
function forgetEnded({ ended }: ListingMemory, listed: readonly AccountHint[]): void {
  const outdated = new Map(listed.filter((hint) => isOutdated(ended, hint)).map((hint) => [hint.account, hint]));
  for (const account of ended.keys()) if (!outdated.has(account)) ended.delete(account);
}

function isOutdated(ended: ListingMemory['ended'], { account, block }: AccountHint): boolean {
  return block.height < (ended.get(account) ?? 0n);
}
