import { AppError, type Bytes32 } from '@surety/domain';
import type {
  AccountHints,
  AuctionAccount,
  AuctionDesk,
  AuctionRecord,
  AuctionStep,
  ChainHead,
  SeenAuction,
  TakerMargin,
} from '../ports/auctions.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { LandOutcome } from '../ports/transactions.js';
import { relayPauseMs } from '../relay/relay-pause-ms.js';
import { failureDetail } from '../running/failure-detail.js';
import { type KeepRunningOptions, isChainMismatch, keepRunning } from '../running/keep-running.js';
import {
  ACCOUNTS_AT_ONCE,
  ACCOUNTS_TRIED_IN_TURN,
  ACCOUNT_ERRORS_MAX,
  PLANS_REMEMBERED_MAX,
  REFUSED_AGAIN_S,
  STARTS_UNDER_WAY_MAX,
} from './limits.js';
import {
  type AccountList,
  type ListingMemory,
  believedByHealth,
  freshListingMemory,
  noteEnded,
  readList,
} from './list-accounts.js';
import { type ServingMemory, chooseServed, freshServingMemory, nearestFirst, nextOf } from './choose-served.js';
import { type AuctionPolicy, type BidPolicy, lookAgainAtS, planAuction } from './plan-auction.js';
import { findStartable, startTogether, touchTogether } from './serve-together.js';
import { type AuctionNews, type SingleAct, tellOutcome, tellPlan, warnOfRefused } from './tell-auctions.js';

/** Ports and settings of {@link keepAuctions}. */
export interface KeepAuctionsDeps {
  /** Aggregators, asked in turn. */
  readonly hints: readonly AccountHints[];
  readonly desk: AuctionDesk;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly policy: AuctionPolicy & {
    /** Accounts below this step are looked at. */
    readonly below: AuctionStep;
    readonly pollIntervalMs: number;
    /** Least time between two lists: accounts are judged once a block. */
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
  readonly passedAtMs: number;
  /** Accounts that were listed below the step. */
  readonly accounts: number;
  /** Those of them with a running auction, before this pass. */
  readonly auctions: number;
  /** Null if the pass succeeded. */
  readonly problem: { readonly code: string; readonly detail: string } | null;
}

/** The memory of a keeper. Losing it costs some repeated reports: what was done is on the chain and in the outbox. */
export interface KeeperMemory {
  readonly listing: ListingMemory;
  /** The last block at which starts were tried, and the auctions that ran there. */
  tried: (ChainHead & { readonly running: ReadonlyMap<Bytes32, AuctionRecord> }) | null;
  /** The last account whose turn it was to be tried. */
  lastTried: Bytes32 | undefined;
  readonly serving: ServingMemory;
  /** The last reported plan of each account. */
  readonly told: Map<Bytes32, string>;
  /** Accounts whose start is under way. */
  readonly starting: Set<Bytes32>;
  /** True while a list is read behind a pass. */
  isListing: boolean;
  /** True while accounts are served one by one. */
  isServing: boolean;
  /** Work that runs on behind a pass, so that the next one need not wait for a block. It never rejects. */
  readonly runningOn: Set<Promise<void>>;
  /** The first error of what ran on since the last pass. */
  failure: { readonly error: unknown } | null;
}

/** Returns the memory of a new keeper at a place among the accounts, by default before the first. */
export function freshKeeperMemory(place?: Bytes32): KeeperMemory {
  return {
    listing: freshListingMemory(),
    tried: null,
    lastTried: undefined,
    serving: freshServingMemory(place),
    told: new Map(),
    starting: new Set(),
    isListing: false,
    isServing: false,
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
      report?.({ passedAtMs: clock.nowMs(), accounts, auctions, problem: null });
    },
    pauseMs: (failures) => relayPauseMs(policy.pollIntervalMs, failures),
    failure: {
      name: 'keeping-auctions-failed',
      describe: problemOf,
      level: (error) => (error instanceof AppError && error.retryable ? 'warn' : 'error'),
      kindOf: (error) => problemOf(error).code,
    },
    isFatal: isChainMismatch,
    distrustProvider: () => desk.distrustProvider(),
    onFailure: (error) => report?.({ passedAtMs: clock.nowMs(), accounts: 0, auctions: 0, problem: problemOf(error) }),
    clock,
    observer,
  };
  await keepRunning(running, signal);
  await Promise.all(memory.runningOn);
}

/** Burden that may still be taken; what is under way is set aside until it has ended. */
interface Room {
  leftWad: bigint;
}

/**
 * Runs one pass: sends starts of all that is to be started among the listed accounts, many in a transaction, and unless that goes on
 * still, serves some accounts one by one: at most one transaction each. Neither is waited for.
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
  const isNew = memory.tried?.height !== head.height;
  const before = memory.tried?.running ?? new Map<Bytes32, AuctionRecord>();
  const running = isNew ? await desk.readRunning(listed.accounts, signal) : before;
  if (isNew) noteEnded(memory.listing, { before, running, height: head.height });
  if (isNew && policy.isStarter && !policy.isDryRun) await startIdle(deps, memory, { listed, running }, signal);
  memory.tried = { ...head, running };
  const { failure } = memory;
  memory.failure = null;
  if (!memory.isServing) {
    // Whoever only takes has nothing to do for an account without an auction.
    const takesIdle = isNew && (policy.isStarter || policy.isDryRun);
    const queue = chooseServed(memory.serving, { listed: listed.accounts, running, timeS: head.timeS, takesIdle });
    memory.isServing = queue.length > 0;
    if (memory.isServing)
      runOn(
        memory,
        serveSome(deps, memory, queue, signal).finally(() => (memory.isServing = false)),
      );
  }
  // Last, so that an account that cannot be served holds up no start.
  if (failure !== null) throw failure.error;
  return { accounts: listed.accounts.length, auctions: running.size };
}

/** Finds out what would start now, and sends it. */
async function startIdle(
  deps: KeepAuctionsDeps,
  memory: KeeperMemory,
  { listed, running }: { readonly listed: AccountList; readonly running: ReadonlyMap<Bytes32, AuctionRecord> },
  signal?: AbortSignal,
): Promise<void> {
  const isIdle = (account: Bytes32): boolean => !running.has(account) && !memory.starting.has(account);
  const idle = listed.accounts.filter(isIdle);
  const inTurn = nextOf(memory.serving, idle, { after: memory.lastTried, most: ACCOUNTS_TRIED_IN_TURN });
  memory.lastTried = inTurn.at(-1);
  const most = STARTS_UNDER_WAY_MAX - memory.starting.size;
  if (most <= 0) return;
  const byHealth = believedByHealth(memory.listing, listed).filter(isIdle);
  const found = await findStartable(deps, { byHealth, inTurn, most }, signal);
  // Where a block has no room for all of them, keepers at other places start others.
  const startable = nearestFirst(memory.serving, found).slice(0, most);
  if (startable.length === 0) return;
  for (const { account } of startable) memory.starting.add(account);
  const started = startTogether(deps, startable, signal).finally(() => {
    for (const { account } of startable) memory.starting.delete(account);
  });
  runOn(
    memory,
    started.then((refused) => warnOfRefused(newsOf(deps, memory), 'start', refused)),
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

/** Serves accounts one by one, some at a time, and touches together those whose clock is about to stop. */
async function serveSome(
  deps: KeepAuctionsDeps,
  memory: KeeperMemory,
  queue: Bytes32[],
  signal?: AbortSignal,
): Promise<void> {
  const { bids } = deps.policy;
  const room: Room = { leftWad: 0n };
  if (bids !== null) room.leftWad = roomOf(bids, await deps.desk.readTaker(bids.to, signal));
  if (memory.told.size > PLANS_REMEMBERED_MAX) memory.told.clear();
  const errors: unknown[] = [];
  const due: SeenAuction[] = [];
  const work = async (): Promise<void> => {
    for (let account = queue.shift(); account !== undefined; account = queue.shift()) {
      if (errors.length >= ACCOUNT_ERRORS_MAX || signal?.aborted === true) return;
      try {
        const facts = await deps.desk.readAccount(account, signal);
        const record = await serve(deps, memory, { facts, room }, signal);
        if (record !== undefined) due.push({ account, record });
      } catch (error) {
        errors.push(error);
      }
    }
  };
  const atOnce = ACCOUNTS_AT_ONCE[deps.policy.isStarter ? 'starter' : 'taker'];
  await Promise.all(Array.from({ length: atOnce }, work));
  if (due.length > 0) warnOfRefused(newsOf(deps, memory), 'touch', await touchTogether(deps, due, signal));
  if (errors.length > 0) throw errors.at(-1);
}

/** Returns the last list. Once new accounts can have been judged the next one is read behind the pass: aggregators are busy after a block. */
async function readListed(deps: KeepAuctionsDeps, memory: KeeperMemory, signal?: AbortSignal): Promise<AccountList> {
  const { listing, serving } = memory;
  const from = { hints: deps.hints, below: deps.policy.below, nowMs: deps.clock.nowMs(), place: serving.place };
  const { last } = listing;
  if (last === null) return readList(listing, from, signal);
  if (from.nowMs - last.atMs >= deps.policy.listIntervalMs && !memory.isListing) {
    memory.isListing = true;
    runOn(
      memory,
      readList(listing, from, signal).finally(() => (memory.isListing = false)),
    );
  }
  return last;
}

/** Returns the burden that a taker may still take: none without free margin, unless it pays at once. */
function roomOf({ totalMaxWad, pays }: BidPolicy, { assetsWad, requiredWad }: TakerMargin): bigint {
  return pays || assetsWad > requiredWad ? totalMaxWad - requiredWad : 0n;
}

/** Serves one account. Returns its auction if that is to be touched. */
async function serve(
  deps: KeepAuctionsDeps,
  memory: KeeperMemory,
  { facts, room }: { readonly facts: AuctionAccount; readonly room: Room },
  signal?: AbortSignal,
): Promise<AuctionRecord | undefined> {
  const { policy } = deps;
  const plan = planAuction(facts, policy, room.leftWad);
  if (plan.kind === 'wait' && facts.record !== null)
    memory.serving.looked.set(facts.account, {
      record: facts.record,
      againAtS: lookAgainAtS(facts, facts.record, { plan, isStarter: policy.isStarter }),
    });
  if (plan.kind === 'wait' || policy.isDryRun) {
    tellPlan(newsOf(deps, memory), facts, plan, policy.isDryRun);
    return undefined;
  }
  // What may start is started with the others.
  if (plan.kind === 'start') return undefined;
  if (plan.kind === 'touch') return plan.record;
  const takenWad = plan.kind === 'bid' ? plan.takenWad : 0n;
  room.leftWad -= takenWad;
  const outcome = await act(deps.desk, facts.account, plan, signal);
  // What did not land takes no room; what did is read from the chain in the next pass.
  if (outcome.kind !== 'landed') room.leftWad += takenWad;
  if (outcome.kind === 'refused' && facts.record !== null) {
    const againAtS = facts.timeS + REFUSED_AGAIN_S;
    memory.serving.looked.set(facts.account, { record: facts.record, againAtS });
  }
  tellOutcome(newsOf(deps, memory), { facts, plan, outcome });
  return undefined;
}

function act(desk: AuctionDesk, account: Bytes32, plan: SingleAct, signal?: AbortSignal): Promise<LandOutcome> {
  switch (plan.kind) {
    case 'bid':
      return desk.bid({ account, protocol: plan.protocol, to: plan.to, terms: plan.terms }, signal);
    case 'close':
      return desk.close(account, signal);
    case 'write-off':
      return desk.writeOff(account, plan.protocol, signal);
  }
}

const newsOf = ({ observer }: KeepAuctionsDeps, { told }: KeeperMemory): AuctionNews => ({ observer, told });

function problemOf(error: unknown): { readonly code: string; readonly detail: string } {
  if (error instanceof AppError) return { code: error.code, detail: error.message };
  return { code: 'UNEXPECTED', detail: failureDetail(error) };
}
