import type { Bytes32 } from '@surety/domain';
import type { AuctionAccount, AuctionDesk, AuctionRecord, SeenAuction, TakerMargin } from '../ports/auctions.js';
import type { Observer } from '../ports/observer.js';
import type { LandOutcome } from '../ports/transactions.js';
import type { ServingMemory } from './choose-served.js';
import { ACCOUNTS_AT_ONCE, PLANS_REMEMBERED_MAX, REFUSED_AGAIN_S } from './limits.js';
import { type AuctionPolicy, type BidPolicy, lookAgainAtS, planAuction } from './plan-auction.js';
import { touchTogether } from './serve-together.js';
import { type SingleAct, tellOutcome, tellPlan, warnOfRefused } from './tell-auctions.js';

/** Where accounts are served one by one, and who is told. */
export interface SinglesDeps {
  readonly desk: AuctionDesk;
  readonly observer: Observer;
  readonly policy: AuctionPolicy & { readonly isDryRun: boolean };
}

/** The memory of a keeper of what it serves one by one, over passes: an account that waits for its block holds up no other. */
export interface SinglesMemory {
  /** Accounts whose turn has not come, the next first. */
  readonly waiting: Bytes32[];
  /** The same, those that are being served, and those that wait to be touched. */
  readonly busy: Set<Bytes32>;
  /** Auctions to touch once nobody is being served. */
  readonly touches: SeenAuction[];
  /** Accounts that are being served. */
  servers: number;
  /** Burden of bids under way, and of all bids so far, WAD. */
  underWayWad: bigint;
  bidWad: bigint;
  /** Burden that may still be taken, without that of bids under way, WAD. */
  leftWad: bigint;
}

/** Returns the memory of a keeper that serves nobody. */
export function freshSinglesMemory(): SinglesMemory {
  return { waiting: [], busy: new Set(), touches: [], servers: 0, underWayWad: 0n, bidWad: 0n, leftWad: 0n };
}

/** The memory that serving changes. */
interface Memories {
  readonly singles: SinglesMemory;
  readonly serving: Pick<ServingMemory, 'looked'>;
  /** The last reported plan of each account. */
  readonly told: Map<Bytes32, string>;
}

/**
 * Serves accounts behind those that wait already, some at a time and at most one transaction each; those whose clock is about to stop are
 * touched together at the end. One that fails is left to a later pass.
 * @returns work that goes on until nobody waits any more; it rejects with what failed.
 * @throws the desk's errors, for all that were to be served.
 */
export async function serveSingly(
  deps: SinglesDeps,
  memory: Memories,
  accounts: readonly Bytes32[],
  signal?: AbortSignal,
): Promise<void> {
  const { singles, told } = memory;
  if (told.size > PLANS_REMEMBERED_MAX) told.clear();
  for (const account of accounts) singles.busy.add(account);
  singles.waiting.push(...accounts);
  const served = readRoom(deps, singles, signal).then(() => wakeServers(deps, memory, signal));
  const failed = (await Promise.allSettled([served, touchDue(deps, memory, signal)])).find(isRejected);
  if (failed !== undefined) throw failed.reason;
}

/** Serves those who wait with as many servers as are free. @throws what failed, once all have ended. */
async function wakeServers(deps: SinglesDeps, memory: Memories, signal?: AbortSignal): Promise<void> {
  const { servers, waiting } = memory.singles;
  const atOnce = ACCOUNTS_AT_ONCE[deps.policy.isStarter ? 'starter' : 'taker'];
  const woken = Math.max(0, Math.min(atOnce - servers, waiting.length));
  const work = Array.from({ length: woken }, () => serveWaiting(deps, memory, signal));
  const failed = (await Promise.allSettled(work)).find(isRejected);
  if (failed !== undefined) throw failed.reason;
}

const isRejected = (end: PromiseSettledResult<void>): end is PromiseRejectedResult => end.status === 'rejected';

/** Reads how much burden may still be taken. A bid that lands meanwhile is counted twice, until the next reading. */
async function readRoom({ desk, policy }: SinglesDeps, singles: SinglesMemory, signal?: AbortSignal): Promise<void> {
  const { bids } = policy;
  if (bids === null) return;
  const { underWayWad, bidWad } = singles;
  const roomWad = roomOf(bids, await desk.readTaker(bids.to, signal));
  singles.leftWad = roomWad - underWayWad - (singles.bidWad - bidWad);
}

/** Returns the burden that a taker may still take: none without free margin, unless it pays at once. */
function roomOf({ totalMaxWad, pays }: BidPolicy, { assetsWad, requiredWad }: TakerMargin): bigint {
  return pays || assetsWad > requiredWad ? totalMaxWad - requiredWad : 0n;
}

/** Serves one account after the other until nobody waits or one fails. */
async function serveWaiting(deps: SinglesDeps, memory: Memories, signal?: AbortSignal): Promise<void> {
  const { waiting, busy, touches } = memory.singles;
  memory.singles.servers += 1;
  try {
    for (let account = waiting.shift(); account !== undefined && signal?.aborted !== true; account = waiting.shift()) {
      let record: AuctionRecord | undefined;
      try {
        record = await serve(deps, memory, await deps.desk.readAccount(account, signal), signal);
      } finally {
        if (record === undefined) busy.delete(account);
        else touches.push({ account, record });
      }
    }
  } finally {
    memory.singles.servers -= 1;
    if (memory.singles.servers === 0) await touchDue(deps, memory, signal);
  }
}

/** Touches auctions whose turn to be touched has come. */
async function touchDue(deps: SinglesDeps, { singles, told }: Memories, signal?: AbortSignal): Promise<void> {
  const due = singles.touches.splice(0);
  if (due.length === 0) return;
  try {
    warnOfRefused({ observer: deps.observer, told }, 'touch', await touchTogether(deps, due, signal));
  } finally {
    for (const { account } of due) singles.busy.delete(account);
  }
}

/** Serves one account. Returns its auction if that is to be touched. */
async function serve(
  { desk, observer, policy }: SinglesDeps,
  { singles, serving, told }: Memories,
  facts: AuctionAccount,
  signal?: AbortSignal,
): Promise<AuctionRecord | undefined> {
  const news = { observer, told };
  const plan = planAuction(facts, policy, singles.leftWad);
  if (plan.kind === 'wait' && facts.record !== null)
    serving.looked.set(facts.account, {
      record: facts.record,
      againAtS: lookAgainAtS(facts, facts.record, { plan, isStarter: policy.isStarter }),
    });
  if (plan.kind === 'wait' || policy.isDryRun) {
    tellPlan(news, facts, plan, policy.isDryRun);
    return undefined;
  }
  // What may start is started with the others.
  if (plan.kind === 'start') return undefined;
  if (plan.kind === 'touch') return plan.record;
  const outcome = await actWithin(singles, plan, () => act(desk, facts.account, plan, signal));
  if (outcome.kind === 'refused' && facts.record !== null) {
    const againAtS = facts.timeS + REFUSED_AGAIN_S;
    serving.looked.set(facts.account, { record: facts.record, againAtS });
  }
  tellOutcome(news, { facts, plan, outcome });
  return undefined;
}

/** Acts with the burden of the act set aside until it has ended. */
async function actWithin(
  singles: SinglesMemory,
  plan: SingleAct,
  land: () => Promise<LandOutcome>,
): Promise<LandOutcome> {
  const takenWad = plan.kind === 'bid' ? plan.takenWad : 0n;
  singles.leftWad -= takenWad;
  singles.bidWad += takenWad;
  singles.underWayWad += takenWad;
  let hasLanded = false;
  try {
    const outcome = await land();
    hasLanded = outcome.kind === 'landed';
    return outcome;
  } finally {
    singles.underWayWad -= takenWad;
    // What did not land takes no room; what did is read from the chain in the next pass.
    if (!hasLanded) singles.leftWad += takenWad;
  }
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
