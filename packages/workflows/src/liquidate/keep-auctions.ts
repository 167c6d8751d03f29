import { AppError, type BlockHeight, type Bytes32 } from '@surety/domain';
import type { AccountHints, AuctionDesk, AuctionStep } from '../ports/auctions.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import { relayPauseMs } from '../relay/relay-pause-ms.js';
import { failureOf } from '../running/failure-detail.js';
import { type KeepRunningOptions, isChainMismatch, keepRunning } from '../running/keep-running.js';
import type { BidReader } from './agree-on-bids.js';
import {
  type RunningMemory,
  freshRunningMemory,
  readBegan,
  readRunningListed,
  runningByLogs,
  withRunning,
} from './follow-running.js';
import {
  ACCOUNTS_PER_TRANSACTION,
  ACCOUNTS_SERVED_MAX,
  ACCOUNTS_TRIED_IN_TURN,
  FIRST_LOOK_AFTER_S,
  START_TRANSACTIONS_MAX,
} from './limits.js';
import {
  type AccountList,
  type ListingMemory,
  believedByHealth,
  freshListingMemory,
  noteEnded,
  readLeastHealthy,
  readList,
} from './list-accounts.js';
import { type ServingMemory, chooseServed, freshServingMemory, inStartersOrder, nextOf } from './choose-served.js';
import type { AuctionPolicy } from './plan-auction.js';
import type { PokedPrices } from './poke-prices.js';
import { type SinglesMemory, freshSinglesMemory, serveSingly } from './serve-singly.js';
import { RefusedStarts } from './refused-starts.js';
import { findStartable, startTogether, startsPerTransaction } from './serve-together.js';
import { warnOfRefused } from './tell-auctions.js';

/** Ports and settings of {@link keepAuctions}. */
export interface KeepAuctionsDeps {
  /** Aggregators, asked in turn. */
  readonly hints: readonly AccountHints[];
  readonly desk: AuctionDesk;
  /** Each provider of the chain alone, asked before a bid is signed; fewer than two say nothing. */
  readonly opinions?: readonly BidReader[];
  /** Returns what the gas of a bid costs now, WAD of the unit of account; without it bids are not compared with their gas. */
  readonly readBidCost?: ((signal?: AbortSignal) => Promise<bigint>) | undefined;
  /** Prices that are poked where a bid is refused for an old one. */
  readonly prices?: PokedPrices | undefined;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly policy: AuctionPolicy & {
    /** Accounts below this step are looked at. */
    readonly below: AuctionStep;
    readonly pollIntervalMs: number;
    /** Least time between two looks at the least healthy accounts: they are judged once a block. */
    readonly worstIntervalMs: number;
    /** Least time between two lists of all accounts: auctions that begin meanwhile are found in logs. */
    readonly listIntervalMs: number;
    /** Its place among the accounts: of keepers at different ones each serves other accounts first. */
    readonly place?: Bytes32;
    /** Reports what it would do, and sends nothing. */
    readonly isDryRun: boolean;
  };
  /** Called after every pass. */
  readonly report?: (status: KeeperStatus) => void;
}

/** The state of a keeper after a pass. */
export interface KeeperStatus {
  /** Time of `Clock.elapsedMs`. */
  readonly passedAtMs: number;
  /** Accounts that were listed below the step. */
  readonly accounts: number;
  /** Running auctions of these, and of accounts that were listed when they began, before this pass. */
  readonly auctions: number;
  /** Null if the pass succeeded. */
  readonly problem: { readonly code: string; readonly detail: string } | null;
}

/** The memory of a keeper. Losing it costs some repeated reports: what was done is on the chain and in the outbox. */
export interface KeeperMemory {
  readonly listing: ListingMemory;
  readonly running: RunningMemory;
  /** Accounts that were listed at the last block, or whose auctions ran before it; in the keeper's own order. */
  watched: readonly Bytes32[];
  /** The last block at which all that starts was sent. */
  triedAt: BlockHeight | undefined;
  /** The last account whose turn it was to be tried. */
  lastTried: Bytes32 | undefined;
  readonly serving: ServingMemory;
  /** The last reported plan of each account. */
  readonly told: Map<Bytes32, string>;
  /** Accounts whose start is under way. */
  readonly starting: Set<Bytes32>;
  /** Transactions in which these are. */
  startTransactions: number;
  readonly refusedStarts: RefusedStarts;
  /** Lists that are being read behind a pass. */
  readonly listsUnderWay: Set<'all' | 'worst'>;
  readonly singles: SinglesMemory;
  /** Work that runs on behind a pass, so that the next one need not wait for a block. It never rejects. */
  readonly runningOn: Set<Promise<void>>;
  /** The first error of what ran on since the last pass. */
  failure: { readonly error: unknown } | null;
}

/** Returns the memory of a new keeper at a place among the accounts, by default before the first. */
export function freshKeeperMemory(place?: Bytes32): KeeperMemory {
  return {
    listing: freshListingMemory(),
    running: freshRunningMemory(),
    watched: [],
    triedAt: undefined,
    lastTried: undefined,
    serving: freshServingMemory(place),
    told: new Map(),
    starting: new Set(),
    startTransactions: 0,
    refusedStarts: new RefusedStarts(),
    listsUnderWay: new Set(),
    singles: freshSinglesMemory(),
    runningOn: new Set(),
    failure: null,
  };
}

/**
 * Serves auctions until the signal aborts: starts them, keeps their clocks running, bids for its own account, closes what is over and
 * has losses booked. Hints are verified at the auction before anything is sent; what another keeper did first costs nothing.
 * @throws CHAIN_MISMATCH: this process is configured for another chain.
 */
export async function keepAuctions(deps: KeepAuctionsDeps, signal: AbortSignal): Promise<void> {
  const { desk, clock, observer, policy, report } = deps;
  const memory = freshKeeperMemory(policy.place);
  const running: KeepRunningOptions = {
    step: async () => {
      const { accounts, auctions } = await keepAuctionsOnce(deps, memory, signal);
      report?.({ passedAtMs: clock.elapsedMs(), accounts, auctions, problem: null });
    },
    pauseMs: (failures) => relayPauseMs(policy.pollIntervalMs, failures),
    failure: {
      name: 'keeping-auctions-failed',
      describe: failureOf,
      level: (error) => (error instanceof AppError && error.retryable ? 'warn' : 'error'),
      kindOf: (error) => failureOf(error).code,
    },
    isFatal: isChainMismatch,
    distrustProvider: () => desk.distrustProvider(),
    onFailure: (error) =>
      report?.({ passedAtMs: clock.elapsedMs(), accounts: 0, auctions: 0, problem: failureOf(error) }),
    clock,
    observer,
  };
  await keepRunning(running, signal);
  await Promise.all(memory.runningOn);
}

/**
 * Runs one pass: sends starts of all that is to be started among the listed accounts, many in a transaction, and serves some accounts one
 * by one: at most one transaction each. Neither is waited for.
 * @throws NO_SOURCE; the hint's errors; the desk's, those of what ran on since the last pass among them.
 */
export async function keepAuctionsOnce(
  deps: KeepAuctionsDeps,
  memory: KeeperMemory,
  signal?: AbortSignal,
): Promise<{ readonly accounts: number; readonly auctions: number }> {
  const { policy, desk } = deps;
  const listed = await readListed(deps, memory, signal);
  const head = await desk.readHead(signal);
  // What a block has said once it says again.
  const isNew = memory.triedAt !== head.height;
  const { running: before } = memory.running;
  // Sorting thousands of accounts in every pass would cost more than all else that a pass does between two blocks.
  if (isNew) memory.watched = withRunning(memory.running, { listed: listed.accounts, serving: memory.serving });
  const { watched } = memory;
  const began = isNew ? await readBegan(desk, memory.running, head, signal) : [];
  const at = { listed: watched, began, head, serving: memory.serving };
  const runs = runningByLogs(memory.running, began);
  const isIdle = (account: Bytes32): boolean =>
    !runs.has(account) && !memory.starting.has(account) && !memory.refusedStarts.isPutOff(account, head.timeS);
  // Together, since what is sent late in a block starts a block later. An auction that has just ended is known to the next pass.
  const [running] = await Promise.all([
    isNew ? readRunningListed(desk, memory.running, at, signal) : before,
    isNew && startsOf(policy) ? startIdle(deps, memory, { listed, isIdle, timeS: head.timeS }, signal) : undefined,
  ]);
  if (isNew) {
    memory.watched = withRunning({ running }, { listed: watched, serving: memory.serving });
    noteEnded(memory.listing, { listed: watched, before, running, height: head.height });
  }
  memory.triedAt = head.height;
  const { failure } = memory;
  memory.failure = null;
  // Whoever only takes has nothing to do for an account without an auction.
  const takesIdle = isNew && (policy.isStarter || policy.isDryRun);
  const { busy, waiting, servers } = memory.singles;
  const free = memory.watched.filter((account) => !busy.has(account));
  const most = ACCOUNTS_SERVED_MAX - busy.size;
  const firstLookAfterS = policy.bids === null && !policy.isDryRun ? FIRST_LOOK_AFTER_S : 0n;
  const candidates = { listed: free, running, timeS: head.timeS, firstLookAfterS, takesIdle, most };
  const chosen = chooseServed(memory.serving, candidates);
  if (chosen.length > 0 || (waiting.length > 0 && servers === 0))
    runOn(memory, serveSingly(deps, memory, chosen, signal));
  // Last, so that an account that cannot be served holds up no start.
  if (failure !== null) throw failure.error;
  return { accounts: listed.accounts.length, auctions: running.size };
}

/** Finds out what would start now, and sends it. */
async function startIdle(
  deps: KeepAuctionsDeps,
  memory: KeeperMemory,
  {
    listed,
    isIdle,
    timeS,
  }: { readonly listed: AccountList; readonly isIdle: (account: Bytes32) => boolean; readonly timeS: bigint },
  signal?: AbortSignal,
): Promise<void> {
  const idle = listed.accounts.filter(isIdle);
  const inTurn = nextOf(memory.serving, idle, { after: memory.lastTried, most: ACCOUNTS_TRIED_IN_TURN });
  memory.lastTried = inTurn.at(-1);
  const free = START_TRANSACTIONS_MAX - memory.startTransactions;
  const most = free * ACCOUNTS_PER_TRANSACTION.most;
  if (most <= 0) return;
  const byHealth = believedByHealth(memory.listing).filter(isIdle);
  const found = await findStartable(deps, { byHealth, inTurn, most }, signal);
  // A key signs one transaction after another, and a block may have no room for all: other keepers begin with others.
  const starters = [...memory.running.running.values()].map(({ starter }) => starter);
  const at = { place: memory.serving.place, starters };
  const startable = inStartersOrder(at, found, ({ account }) => account).slice(0, most);
  if (startable.length === 0) return;
  const { refusedStarts, starting } = memory;
  const accounts = startable.map(({ account }) => account);
  for (const account of accounts) starting.add(account);
  const perTransaction = startsPerTransaction(startable.length, free);
  const transactions = Math.ceil(startable.length / perTransaction);
  memory.startTransactions += transactions;
  const isDoubted = (account: Bytes32): boolean => refusedStarts.isDoubted(account);
  const started = startTogether(deps, { startable, perTransaction, isDoubted }, signal).finally(() => {
    memory.startTransactions -= transactions;
    for (const account of accounts) starting.delete(account);
  });
  runOn(
    memory,
    started.then((refused) => {
      refusedStarts.note(accounts, refused, timeS);
      warnOfRefused({ observer: deps.observer, told: memory.told }, 'start', refused);
    }),
  );
}

/** Lets work go on behind the pass; its error comes up in the next one. */
function runOn(memory: KeeperMemory, work: Promise<unknown>): void {
  const kept = work
    .then(
      () => undefined,
      (error: unknown) => void (memory.failure ??= { error }),
    )
    .finally(() => memory.runningOn.delete(kept));
  memory.runningOn.add(kept);
}

/** Returns the last list of all. Lists are renewed behind the pass: aggregators are busy after a block. What was never read is waited for. */
async function readListed(deps: KeepAuctionsDeps, memory: KeeperMemory, signal?: AbortSignal): Promise<AccountList> {
  const { policy, hints, clock } = deps;
  const { listing, serving, running, starting } = memory;
  const from = { hints, below: policy.below, elapsedMs: clock.elapsedMs() };
  const isIdle = (account: Bytes32): boolean => !running.running.has(account) && !starting.has(account);
  const renew = (kind: 'all' | 'worst', heldAtMs: number, ageMaxMs: number, read: () => Promise<unknown>): void => {
    if (from.elapsedMs - heldAtMs < ageMaxMs || memory.listsUnderWay.has(kind)) return;
    memory.listsUnderWay.add(kind);
    runOn(
      memory,
      read().finally(() => memory.listsUnderWay.delete(kind)),
    );
  };
  if (startsOf(policy)) {
    const read = () => readLeastHealthy(listing, { ...from, isIdle }, signal);
    if (listing.worst === null) await read();
    else renew('worst', listing.worst.atMs, policy.worstIntervalMs, read);
  }
  const read = () => readList(listing, { ...from, place: serving.place }, signal);
  const { last } = listing;
  if (last === null) return read();
  renew('all', last.atMs, policy.listIntervalMs, read);
  return last;
}

/** True for a keeper that sends starts. */
function startsOf({ isStarter, isDryRun }: KeepAuctionsDeps['policy']): boolean {
  return isStarter && !isDryRun;
}
