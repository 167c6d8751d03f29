import type { Bytes32 } from '@surety/domain';
import type { AuctionAccount, AuctionDesk, AuctionRecord, SeenAuction, TakerMargin } from '../ports/auctions.js';
import type { Observer } from '../ports/observer.js';
import type { LandOutcome } from '../ports/transactions.js';
import type { ServingMemory } from './choose-served.js';
import { type PlannedBid, type TakingRoom, freeRoom, isCompany, landBids, holdRoom } from './land-bids.js';
import { SERVERS_MAX, BIDS_PER_TRANSACTION_MAX, PLANS_REMEMBERED_MAX, REFUSED_AGAIN_S } from './limits.js';
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
export interface SinglesMemory extends TakingRoom {
  /** Accounts whose turn has not come, the next first. */
  readonly waiting: Bytes32[];
  /** The same, those that are being served, and those that wait to be touched. */
  readonly busy: Set<Bytes32>;
  /** Auctions to touch once nobody is being served. */
  readonly touches: SeenAuction[];
  /** Accounts whose bid failed beside others, and is next made by itself. */
  readonly alone: Set<Bytes32>;
  /** Servers at work; each serves some accounts at a time. */
  servers: number;
}

/** Returns the memory of a keeper that serves nobody. */
export function freshSinglesMemory(): SinglesMemory {
  const lists = { waiting: [], busy: new Set<Bytes32>(), touches: [], alone: new Set<Bytes32>() };
  return { ...lists, servers: 0, underWayWad: 0n, bidWad: 0n, leftWad: 0n };
}

/** The memory that serving changes. */
interface Memories {
  readonly singles: SinglesMemory;
  readonly serving: Pick<ServingMemory, 'looked'>;
  /** The last reported plan of each account. */
  readonly told: Map<Bytes32, string>;
}

/**
 * Serves accounts behind those that wait already: bids for some in one transaction, all other acts in one each; those whose clock is about
 * to stop are touched together at the end. One that fails is left to a later pass.
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
  if (singles.alone.size > PLANS_REMEMBERED_MAX) singles.alone.clear();
  for (const account of accounts) singles.busy.add(account);
  singles.waiting.push(...accounts);
  const served = readRoom(deps, singles, signal).then(() => wakeServers(deps, memory, signal));
  const failed = (await Promise.allSettled([served, touchDue(deps, memory, signal)])).find(isRejected);
  if (failed !== undefined) throw failed.reason;
}

/** Serves those who wait with as many servers as are free. @throws what failed, once all have ended. */
async function wakeServers(deps: SinglesDeps, memory: Memories, signal?: AbortSignal): Promise<void> {
  const { servers, waiting } = memory.singles;
  const atOnce = SERVERS_MAX[deps.policy.isStarter ? 'starter' : 'taker'];
  const wanted = Math.ceil(waiting.length / togetherMost(deps));
  const woken = Math.max(0, Math.min(atOnce - servers, wanted));
  const work = Array.from({ length: woken }, () => serveWaiting(deps, memory, signal));
  const failed = (await Promise.allSettled(work)).find(isRejected);
  if (failed !== undefined) throw failed.reason;
}

const isRejected = (end: PromiseSettledResult<unknown>): end is PromiseRejectedResult => end.status === 'rejected';

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

/** Returns how many accounts a server reads at a time: one where nothing is bid for, since whoever starts needs the node for that. */
function togetherMost({ policy }: SinglesDeps): number {
  return policy.bids === null ? 1 : BIDS_PER_TRANSACTION_MAX;
}

/** Serves accounts, some at a time, until nobody waits or one fails. */
async function serveWaiting(deps: SinglesDeps, memory: Memories, signal?: AbortSignal): Promise<void> {
  const { singles } = memory;
  singles.servers += 1;
  const next = (): readonly Bytes32[] => singles.waiting.splice(0, togetherMost(deps));
  try {
    for (let some = next(); some.length > 0 && signal?.aborted !== true; some = next())
      await serveSome(deps, memory, some, signal);
  } finally {
    singles.servers -= 1;
    if (singles.servers === 0) await touchDue(deps, memory, signal);
  }
}

/** Bids for those of accounts that can be bid for in one transaction, and serves the others in turn. @throws what failed, once all have ended. */
async function serveSome(
  deps: SinglesDeps,
  memory: Memories,
  accounts: readonly Bytes32[],
  signal?: AbortSignal,
): Promise<void> {
  const { singles } = memory;
  const read = await Promise.allSettled(accounts.map((account) => deps.desk.readAccount(account, signal)));
  const found = read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const bids: PlannedBid[] = [];
  const others: AuctionAccount[] = [];
  for (const facts of found) {
    const planned = bidInCompany(deps, singles, facts);
    if (planned === undefined) others.push(facts);
    else {
      holdRoom(singles, planned);
      bids.push(planned);
    }
  }
  for (const account of accounts) if (!found.some((one) => one.account === account)) singles.busy.delete(account);
  const work = [bid(deps, memory, bids, signal), serveInTurn(deps, memory, others, signal)];
  const failed = [...read, ...(await Promise.allSettled(work))].find(isRejected);
  if (failed !== undefined) throw failed.reason;
}

/** Plans the bid of an account that may be bid for together with others; undefined if there is none to be made. */
function bidInCompany(
  { policy }: SinglesDeps,
  { alone, leftWad }: SinglesMemory,
  facts: AuctionAccount,
): PlannedBid | undefined {
  if (policy.bids === null || policy.isDryRun || alone.has(facts.account) || !isCompany(facts, policy.bids))
    return undefined;
  const plan = planAuction(facts, policy, leftWad);
  return plan.kind === 'bid' ? { facts, plan } : undefined;
}

/** Serves accounts one after the other until one fails. */
async function serveInTurn(
  deps: SinglesDeps,
  memory: Memories,
  accounts: readonly AuctionAccount[],
  signal?: AbortSignal,
): Promise<void> {
  const { busy, touches } = memory.singles;
  const left = [...accounts];
  try {
    for (let facts = left.shift(); facts !== undefined; facts = left.shift()) {
      const { account } = facts;
      let record: AuctionRecord | undefined;
      try {
        record = await serve(deps, memory, facts, signal);
      } finally {
        if (record === undefined) busy.delete(account);
        else touches.push({ account, record });
      }
    }
  } finally {
    for (const { account } of left) busy.delete(account);
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
  if (plan.kind === 'bid') {
    const planned = { facts, plan };
    holdRoom(singles, planned);
    await bid({ desk, observer, policy }, { singles, serving, told }, [planned], signal);
    return undefined;
  }
  const outcome = await act(desk, facts.account, plan, signal);
  if (outcome.kind === 'refused') leaveAlone(serving, facts);
  tellOutcome(news, { facts, plan, outcome });
  return undefined;
}

/** Makes bids that were set aside. What fails beside others is next tried by itself, which names the reason. */
async function bid(
  { desk, observer }: SinglesDeps,
  { singles, serving, told }: Memories,
  bids: readonly PlannedBid[],
  signal?: AbortSignal,
): Promise<void> {
  if (bids.length === 0) return;
  let outcomes: ReadonlyMap<Bytes32, LandOutcome> = new Map();
  try {
    outcomes = await landBids(desk, bids, signal);
  } finally {
    for (const one of bids) {
      const { account } = one.facts;
      freeRoom(singles, one, outcomes.get(account)?.kind === 'landed');
      singles.busy.delete(account);
    }
  }
  for (const { facts, plan } of bids) {
    const { account } = facts;
    const outcome = outcomes.get(account);
    if (outcome === undefined) continue;
    singles.alone.delete(account);
    if (bids.length > 1 && outcome.kind !== 'landed') {
      singles.alone.add(account);
      if (outcome.kind === 'refused') continue;
    } else if (outcome.kind === 'refused') leaveAlone(serving, facts);
    tellOutcome({ observer, told }, { facts, plan, outcome });
  }
}

/** Leaves an auction whose act was refused alone for some time, unless its record changes. */
function leaveAlone(serving: Memories['serving'], { account, record, timeS }: AuctionAccount): void {
  if (record !== null) serving.looked.set(account, { record, againAtS: timeS + REFUSED_AGAIN_S });
}

function act(
  desk: AuctionDesk,
  account: Bytes32,
  plan: Exclude<SingleAct, { kind: 'bid' }>,
  signal?: AbortSignal,
): Promise<LandOutcome> {
  switch (plan.kind) {
    case 'close':
      return desk.close(account, signal);
    case 'write-off':
      return desk.writeOff(account, plan.protocol, signal);
  }
}
