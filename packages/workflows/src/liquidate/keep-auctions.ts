import { AppError, type Bytes32 } from '@surety/domain';
import type { AccountHints, AuctionAccount, AuctionDesk, AuctionStep } from '../ports/auctions.js';
import type { Clock } from '../ports/clock.js';
import type { ObservedEvent, Observer } from '../ports/observer.js';
import type { LandOutcome } from '../ports/transactions.js';
import { relayPauseMs } from '../relay/relay-pause-ms.js';
import { failureDetail } from '../running/failure-detail.js';
import { type KeepRunningOptions, isChainMismatch, keepRunning } from '../running/keep-running.js';
import { ACCOUNTS_AT_ONCE, ACCOUNTS_PER_PASS_MAX, ACCOUNT_ERRORS_MAX, PLANS_REMEMBERED_MAX } from './limits.js';
import { type AuctionPlan, type AuctionPolicy, planAuction } from './plan-auction.js';

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
    /** Reports what it would do, and sends nothing. */
    readonly isDryRun: boolean;
  };
  /** Called after every pass. */
  readonly report?: (status: KeeperStatus) => void;
}

/** The state of a keeper after a pass. */
export interface KeeperStatus {
  readonly passedAtMs: number;
  /** Accounts that were looked at. */
  readonly accounts: number;
  /** Those of them with a running auction. */
  readonly auctions: number;
  /** Null if the pass succeeded. */
  readonly problem: { readonly code: string; readonly detail: string } | null;
}

/** The memory of a keeper. Losing it costs some repeated reports: what was done is on the chain and in the outbox. */
export interface KeeperMemory {
  passes: number;
  /** By hint source: account after which its next page begins. */
  readonly cursors: (Bytes32 | undefined)[];
  /** The last reported plan of each account. */
  readonly told: Map<Bytes32, string>;
}

/** Returns the memory of a new keeper. */
export function freshKeeperMemory(): KeeperMemory {
  return { passes: 0, cursors: [], told: new Map() };
}

/**
 * Serves auctions until the signal aborts: starts them, keeps their clocks running, bids for its own account, closes what is over and
 * has losses booked. Hints are verified at the auction before anything is sent; what another keeper did first costs nothing.
 * @throws CHAIN_MISMATCH: this process is configured for another chain.
 */
export async function keepAuctions(deps: KeepAuctionsDeps, signal: AbortSignal): Promise<void> {
  const { desk, clock, observer, policy, report } = deps;
  const memory = freshKeeperMemory();
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
}

/** Burden that may still be taken; what is under way is set aside until it has ended. */
interface Room {
  leftWad: bigint;
}

/**
 * Runs one pass over a page of hints: at most one transaction for each account, some accounts at a time.
 * @throws NO_SOURCE; the hint's errors; the desk's, after {@link ACCOUNT_ERRORS_MAX} of them in a pass.
 */
export async function keepAuctionsOnce(
  deps: KeepAuctionsDeps,
  memory: KeeperMemory,
  signal?: AbortSignal,
): Promise<{ readonly accounts: number; readonly auctions: number }> {
  const { policy, desk } = deps;
  const queue = await readPage(deps, memory, signal);
  const accounts = queue.length;
  const { bids } = policy;
  const room: Room = { leftWad: 0n };
  if (bids !== null && accounts > 0) {
    room.leftWad = bids.totalMaxWad - (await desk.readTaker(bids.to, signal)).requiredWad;
  }
  if (memory.told.size > PLANS_REMEMBERED_MAX) memory.told.clear();
  const errors: unknown[] = [];
  let auctions = 0;
  const work = async (): Promise<void> => {
    for (let account = queue.shift(); account !== undefined; account = queue.shift()) {
      if (errors.length >= ACCOUNT_ERRORS_MAX || signal?.aborted === true) return;
      try {
        const facts = await desk.readAccount(account, signal);
        if (facts.record !== null) auctions += 1;
        await serve(deps, memory, { facts, room }, signal);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: ACCOUNTS_AT_ONCE }, work));
  if (errors.length > 0) throw errors.at(-1);
  return { accounts, auctions };
}

/** Reads the next page of one hint source. A short page begins the list again. */
async function readPage(deps: KeepAuctionsDeps, memory: KeeperMemory, signal?: AbortSignal): Promise<Bytes32[]> {
  const turn = memory.passes++ % Math.max(1, deps.hints.length);
  const hints = deps.hints[turn];
  if (hints === undefined) {
    throw new AppError({
      code: 'NO_SOURCE',
      message: 'nothing lists accounts below a step of the health ladder; expected at least one aggregator',
    });
  }
  const request = { below: deps.policy.below, after: memory.cursors[turn], limit: ACCOUNTS_PER_PASS_MAX };
  const listed = (await hints.readAccountsBelow(request, signal)).slice(0, ACCOUNTS_PER_PASS_MAX);
  memory.cursors[turn] = listed.length < ACCOUNTS_PER_PASS_MAX ? undefined : listed.at(-1)?.account;
  return listed.map(({ account }) => account);
}

async function serve(
  deps: KeepAuctionsDeps,
  memory: KeeperMemory,
  { facts, room }: { readonly facts: AuctionAccount; readonly room: Room },
  signal?: AbortSignal,
): Promise<void> {
  const { policy } = deps;
  const plan = planAuction(facts, policy, room.leftWad);
  if (plan.kind === 'wait' || policy.isDryRun) return tellPlan(deps, memory, facts, plan);
  const takenWad = plan.kind === 'bid' ? plan.takenWad : 0n;
  room.leftWad -= takenWad;
  const outcome = await act(deps.desk, facts.account, plan, signal);
  // What did not land takes no room; what did is read from the chain in the next pass.
  if (outcome.kind !== 'landed') room.leftWad += takenWad;
  tellOutcome(deps, memory, { facts, plan, outcome });
}

type Act = Exclude<AuctionPlan, { kind: 'wait' }>;

function act(desk: AuctionDesk, account: Bytes32, plan: Act, signal?: AbortSignal): Promise<LandOutcome> {
  switch (plan.kind) {
    case 'start':
      return desk.start(account, signal);
    case 'touch':
      return desk.touch(account, plan.record, signal);
    case 'bid':
      return desk.bid({ account, protocol: plan.protocol, to: plan.to, terms: plan.terms }, signal);
    case 'close':
      return desk.close(account, signal);
    case 'write-off':
      return desk.writeOff(account, plan.protocol, signal);
  }
}

/** Event of each act that landed. */
const LANDED = {
  start: 'auction-started',
  touch: 'auction-touched',
  bid: 'auction-bid',
  close: 'auction-closed',
  'write-off': 'auction-written-off',
} as const;

function tellOutcome(
  deps: KeepAuctionsDeps,
  memory: KeeperMemory,
  { facts, plan, outcome }: { readonly facts: AuctionAccount; readonly plan: Act; readonly outcome: LandOutcome },
): void {
  const { observer } = deps;
  const fields = { ...placeOf(facts), ...fieldsOf(facts, plan), act: plan.kind };
  if (outcome.kind === 'landed') {
    const { txHash, gasUsed, feeWei } = outcome;
    const spent = { tx_hash: txHash, gas_used: gasUsed, fee_wei: feeWei };
    observer.observe({ name: LANDED[plan.kind], level: 'info', fields: { ...fields, ...spent } });
    memory.told.delete(facts.account);
    return;
  }
  if (outcome.kind === 'overtaken') {
    observer.observe({ name: 'auction-overtaken', level: 'debug', fields: { ...fields, detail: outcome.detail } });
    return;
  }
  const detail = outcome.kind === 'refused' ? outcome.detail : `reverted in ${outcome.txHash}`;
  const isNew = isNews(memory, facts.account, `${plan.kind} ${outcome.name}`);
  const level = isNew ? 'warn' : 'debug';
  observer.observe({ name: 'auction-refused', level, fields: { ...fields, code: outcome.name, detail } });
}

/** Reports a plan that is not carried out, once until it changes. */
function tellPlan(deps: KeepAuctionsDeps, memory: KeeperMemory, facts: AuctionAccount, plan: AuctionPlan): void {
  const isWait = plan.kind === 'wait';
  const isNew = isNews(memory, facts.account, isWait ? `wait ${plan.reason}` : plan.kind);
  const level = isNew && deps.policy.isDryRun ? 'info' : 'debug';
  const name = isWait ? 'auction-waits' : 'auction-planned';
  const what = isWait ? { reason: plan.reason, from_s: plan.fromS } : { act: plan.kind, ...fieldsOf(facts, plan) };
  deps.observer.observe({ name, level, fields: { ...placeOf(facts), ...what } });
}

function isNews({ told }: KeeperMemory, account: Bytes32, words: string): boolean {
  const isNew = told.get(account) !== words;
  told.set(account, words);
  return isNew;
}

function placeOf({ account, height, assetsWad, requiredWad }: AuctionAccount): ObservedEvent['fields'] {
  return { account, height, assets: assetsWad, requirement: requiredWad };
}

/** Returns the figures that led to an act. */
function fieldsOf({ claims, clockS }: AuctionAccount, plan: Act): ObservedEvent['fields'] {
  if (plan.kind === 'write-off') return { protocol: plan.protocol, loss: plan.lossWad };
  if (plan.kind !== 'bid') return { clock_s: clockS };
  const { protocol, terms } = plan;
  const offer = claims.find((claim) => claim.protocol === protocol)?.offer;
  const quoted = offer?.kind === 'open' ? { ppm: offer.ppm, assumed: offer.assumedWad, share: offer.shareWad } : {};
  return { protocol, to: plan.to, least_ppm: terms.leastPpm, share_max: terms.shareMaxWad, clock_s: clockS, ...quoted };
}

function problemOf(error: unknown): { readonly code: string; readonly detail: string } {
  if (error instanceof AppError) return { code: error.code, detail: error.message };
  return { code: 'UNEXPECTED', detail: failureDetail(error) };
}
