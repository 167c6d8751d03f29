import { AppError, type Bytes32 } from '@surety/domain';
import type {
  AccountHints,
  AuctionAccount,
  AuctionDesk,
  AuctionRecord,
  AuctionStep,
  SeenAuction,
} from '../ports/auctions.js';
import type { Clock } from '../ports/clock.js';
import type { ObservedEvent, Observer } from '../ports/observer.js';
import type { LandOutcome } from '../ports/transactions.js';
import { relayPauseMs } from '../relay/relay-pause-ms.js';
import { failureDetail } from '../running/failure-detail.js';
import { type KeepRunningOptions, isChainMismatch, keepRunning } from '../running/keep-running.js';
import {
  ACCOUNTS_AT_ONCE,
  ACCOUNTS_LISTED_MAX,
  ACCOUNTS_PER_PAGE,
  ACCOUNTS_PER_PASS_MAX,
  ACCOUNT_ERRORS_MAX,
  PLANS_REMEMBERED_MAX,
} from './limits.js';
import { type AuctionPlan, type AuctionPolicy, planAuction } from './plan-auction.js';
import { type RefusedAccounts, findStartable, startTogether, touchTogether } from './serve-together.js';

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
  /** Accounts that were listed below the step. */
  readonly accounts: number;
  /** Those of them with a running auction, before this pass. */
  readonly auctions: number;
  /** Null if the pass succeeded. */
  readonly problem: { readonly code: string; readonly detail: string } | null;
}

/** The memory of a keeper. Losing it costs some repeated reports: what was done is on the chain and in the outbox. */
export interface KeeperMemory {
  passes: number;
  /** By hint source: account after which its next list begins, where it lists more than one pass takes. */
  readonly cursors: (Bytes32 | undefined)[];
  /** Last account that was served one by one: with a running auction, and without. */
  readonly served: { running: Bytes32 | undefined; other: Bytes32 | undefined };
  /** The last reported plan of each account. */
  readonly told: Map<Bytes32, string>;
  /** Accounts whose start is under way. */
  readonly starting: Set<Bytes32>;
  /** True while accounts are served one by one. */
  isServing: boolean;
  /** Work that runs on behind a pass, so that the next one need not wait for a block. It never rejects. */
  readonly runningOn: Set<Promise<void>>;
  /** The first error of what ran on since the last pass. */
  failure: { readonly error: unknown } | null;
}

/** Returns the memory of a new keeper. */
export function freshKeeperMemory(): KeeperMemory {
  return {
    passes: 0,
    cursors: [],
    served: { running: undefined, other: undefined },
    told: new Map(),
    starting: new Set(),
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
  const { failure } = memory;
  memory.failure = null;
  if (failure !== null) throw failure.error;
  const listed = await readListed(deps, memory, signal);
  if (listed.length === 0) return { accounts: 0, auctions: 0 };
  const running = await desk.readRunning(listed, signal);
  if (policy.isStarter && !policy.isDryRun) {
    const idle = listed.filter((account) => !running.has(account) && !memory.starting.has(account));
    await startIdle(deps, memory, idle, signal);
  }
  if (!memory.isServing) {
    memory.isServing = true;
    const served = serveSome(deps, memory, chooseServed(memory, listed, running), signal);
    runOn(
      memory,
      served.finally(() => (memory.isServing = false)),
    );
  }
  return { accounts: listed.length, auctions: running.size };
}

/** Finds out what would start now, and sends it. */
async function startIdle(
  deps: KeepAuctionsDeps,
  memory: KeeperMemory,
  idle: readonly Bytes32[],
  signal?: AbortSignal,
): Promise<void> {
  const startable = await findStartable(deps, idle, signal);
  if (startable.length === 0) return;
  for (const { account } of startable) memory.starting.add(account);
  const started = startTogether(deps, startable, signal).finally(() => {
    for (const { account } of startable) memory.starting.delete(account);
  });
  runOn(
    memory,
    started.then((refused) => tellRefused(deps, memory, 'start', refused)),
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
  if (bids !== null) room.leftWad = bids.totalMaxWad - (await deps.desk.readTaker(bids.to, signal)).requiredWad;
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
  await Promise.all(Array.from({ length: ACCOUNTS_AT_ONCE }, work));
  if (due.length > 0) tellRefused(deps, memory, 'touch', await touchTogether(deps, due, signal));
  if (errors.length > 0) throw errors.at(-1);
}

/** Reads what one hint source lists, page by page. A short page begins the list again. */
async function readListed(deps: KeepAuctionsDeps, memory: KeeperMemory, signal?: AbortSignal): Promise<Bytes32[]> {
  const turn = memory.passes++ % Math.max(1, deps.hints.length);
  const hints = deps.hints[turn];
  if (hints === undefined) {
    throw new AppError({
      code: 'NO_SOURCE',
      message: 'nothing lists accounts below a step of the health ladder; expected at least one aggregator',
    });
  }
  const listed: Bytes32[] = [];
  while (listed.length < ACCOUNTS_LISTED_MAX) {
    const request = { below: deps.policy.below, after: memory.cursors[turn], limit: ACCOUNTS_PER_PAGE };
    const page = (await hints.readAccountsBelow(request, signal)).slice(0, ACCOUNTS_PER_PAGE);
    listed.push(...page.map(({ account }) => account));
    memory.cursors[turn] = page.length < ACCOUNTS_PER_PAGE ? undefined : page.at(-1)?.account;
    if (memory.cursors[turn] === undefined) break;
  }
  return listed;
}

/** Chooses whom to serve one by one: running auctions in turn, and with what room they leave the other accounts in turn. */
function chooseServed(
  { served }: KeeperMemory,
  listed: readonly Bytes32[],
  running: ReadonlyMap<Bytes32, AuctionRecord>,
): Bytes32[] {
  const nextOf = (accounts: readonly Bytes32[], after: Bytes32 | undefined, most: number): readonly Bytes32[] =>
    accounts.filter((account) => after === undefined || account > after).slice(0, most);
  const first = nextOf(
    listed.filter((account) => running.has(account)),
    served.running,
    ACCOUNTS_PER_PASS_MAX,
  );
  served.running = first.length < ACCOUNTS_PER_PASS_MAX ? undefined : first.at(-1);
  const left = ACCOUNTS_PER_PASS_MAX - first.length;
  if (left === 0) return [...first];
  const others = nextOf(
    listed.filter((account) => !running.has(account)),
    served.other,
    left,
  );
  served.other = others.length < left ? undefined : others.at(-1);
  return [...first, ...others];
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
  if (plan.kind === 'wait' || policy.isDryRun) {
    tellPlan(deps, memory, facts, plan);
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
  tellOutcome(deps, memory, { facts, plan, outcome });
  return undefined;
}

/** Acts for one account alone. */
type Act = Exclude<AuctionPlan, { kind: 'wait' | 'start' | 'touch' }>;

function act(desk: AuctionDesk, account: Bytes32, plan: Act, signal?: AbortSignal): Promise<LandOutcome> {
  switch (plan.kind) {
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

/** Warns once of each account that an act refuses. */
function tellRefused(
  { observer }: KeepAuctionsDeps,
  memory: KeeperMemory,
  kind: 'start' | 'touch',
  refused: RefusedAccounts,
): void {
  for (const [account, code] of refused) {
    const level = isNews(memory, account, `${kind} ${code}`) ? 'warn' : 'debug';
    observer.observe({ name: 'auction-refused', level, fields: { account, act: kind, code } });
  }
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
function fieldsOf(
  { claims, clockS }: AuctionAccount,
  plan: Exclude<AuctionPlan, { kind: 'wait' }>,
): ObservedEvent['fields'] {
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
