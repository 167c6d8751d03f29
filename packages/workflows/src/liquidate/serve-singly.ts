import type { Bytes32 } from '@surety/domain';
import type { AuctionAccount, AuctionDesk, AuctionRecord, SeenAuction } from '../ports/auctions.js';
import type { Observer } from '../ports/observer.js';
import type { LandOutcome } from '../ports/transactions.js';
import { type AgreedBids, type BidReader, UNCONFIRMED, agreeOnBids } from './agree-on-bids.js';
import type { ServingMemory } from './choose-served.js';
import {
  type PlannedBid,
  type TakingRoom,
  freeRoom,
  freshTakingRoom,
  holdRoom,
  isBehind,
  landBids,
  mayBidTogether,
  roomOf,
} from './land-bids.js';
import { SERVERS_MAX, BIDS_PER_TRANSACTION_MAX, PLANS_REMEMBERED_MAX, REFUSED_AGAIN_S } from './limits.js';
import { type AuctionPolicy, dueTouchOf, lookAgainAtS, planAuction } from './plan-auction.js';
import { type PokedPrices, type PokingMemory, freshPokingMemory, isRefusedByPrice, pokeForBid } from './poke-prices.js';
import { touchTogether } from './serve-together.js';
import {
  type AuctionNews,
  type SingleAct,
  tellDiffering,
  tellOutcome,
  tellPlan,
  warnOfRefused,
} from './tell-auctions.js';

/** Where accounts are served one by one, and who is told. */
export interface SinglesDeps {
  readonly desk: AuctionDesk;
  readonly observer: Observer;
  readonly policy: AuctionPolicy & { readonly isDryRun: boolean };
  /** Each provider alone, asked before a bid is signed; fewer than two say nothing. */
  readonly opinions?: readonly BidReader[] | undefined;
  /** Returns what the gas of a bid costs now, WAD of the unit of account; without it bids are not compared with their gas. */
  readonly readBidCost?: ((signal?: AbortSignal) => Promise<bigint>) | undefined;
  /** Prices that are poked where a bid is refused for an old one; without them it rests as after any refusal. */
  readonly prices?: PokedPrices | undefined;
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
  /** The last words about accounts of whose bid providers say different things. */
  readonly differing: Map<Bytes32, string>;
  readonly poking: PokingMemory;
  /** Bids that wait for company, their burden set aside. */
  readonly bids: PlannedBid[];
  /** Servers at work, and those of them that read an account. */
  servers: number;
  readers: number;
}

/** Returns the memory of a keeper that serves nobody. */
export function freshSinglesMemory(): SinglesMemory {
  const lists = { waiting: [], busy: new Set<Bytes32>(), touches: [], alone: new Set<Bytes32>(), bids: [] };
  const [differing, poking] = [new Map<Bytes32, string>(), freshPokingMemory()];
  return { ...lists, differing, poking, servers: 0, readers: 0, ...freshTakingRoom() };
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
  if (singles.differing.size > PLANS_REMEMBERED_MAX) singles.differing.clear();
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
  const woken = Math.max(0, Math.min(atOnce - servers, waiting.length));
  const work = Array.from({ length: woken }, () => serveWaiting(deps, memory, signal));
  const failed = (await Promise.allSettled(work)).find(isRejected);
  if (failed !== undefined) throw failed.reason;
}

const isRejected = (end: PromiseSettledResult<unknown>): end is PromiseRejectedResult => end.status === 'rejected';

/**
 * Reads how much burden may still be taken. A bid that lands meanwhile is counted twice, until the next reading. A provider that is behind
 * its own bids gives nothing back of what they took: what was known goes on.
 */
async function readRoom(
  { desk, policy, readBidCost }: SinglesDeps,
  singles: SinglesMemory,
  signal?: AbortSignal,
): Promise<void> {
  const { bids } = policy;
  if (bids === null) return;
  const { underWayWad, bidWad } = singles;
  const [margin, costWad] = await Promise.all([desk.readTaker(bids.to, signal), readBidCost?.(signal) ?? 0n]);
  singles.costWad = costWad;
  if (isBehind(singles, margin.height)) return;
  const roomWad = roomOf(bids, margin);
  singles.leftWad = roomWad - underWayWad - (singles.bidWad - bidWad);
}

/** Returns the policy for bids at the cost of gas that was last read. */
function atCost(policy: AuctionPolicy, { costWad }: Pick<SinglesMemory, 'costWad'>): AuctionPolicy {
  return { ...policy, bids: policy.bids && { ...policy.bids, costWad } };
}

/** Serves one account after the other until nobody waits or one fails. */
async function serveWaiting(deps: SinglesDeps, memory: Memories, signal?: AbortSignal): Promise<void> {
  const { singles } = memory;
  const { waiting } = singles;
  singles.servers += 1;
  try {
    for (let account = waiting.shift(); account !== undefined && signal?.aborted !== true; account = waiting.shift())
      await serveOne(deps, memory, account, signal);
  } finally {
    singles.servers -= 1;
    if (singles.servers === 0) await touchDue(deps, memory, signal);
  }
}

/** Reads an account, and does what it needs or adds its bid to the next transaction. Whoever completes one lands it, so that others read on. */
async function serveOne(deps: SinglesDeps, memory: Memories, account: Bytes32, signal?: AbortSignal): Promise<void> {
  const { singles } = memory;
  singles.readers += 1;
  const [read] = await Promise.allSettled([deps.desk.readAccount(account, signal)]);
  singles.readers -= 1;
  const work: Promise<void>[] = [];
  if (read.status === 'rejected') singles.busy.delete(account);
  else if (!addBid(deps, singles, read.value)) work.push(serve(deps, memory, read.value, signal));
  work.push(bid(deps, memory, nextBids(singles), signal));
  const failed = [read, ...(await Promise.allSettled(work))].find(isRejected);
  if (failed !== undefined) throw failed.reason;
}

/** Adds the bid for an account to those that share a transaction. Returns false if there is none to be made so. */
function addBid({ policy }: SinglesDeps, singles: SinglesMemory, facts: AuctionAccount): boolean {
  if (
    policy.bids === null ||
    policy.isDryRun ||
    singles.alone.has(facts.account) ||
    !mayBidTogether(facts, policy.bids)
  )
    return false;
  const plan = planAuction(facts, atCost(policy, singles), singles.leftWad);
  if (plan.kind !== 'bid') return false;
  const planned = { facts, plan };
  holdRoom(singles, planned);
  singles.bids.push(planned);
  return true;
}

/** Takes the bids of the next transaction: as many as it holds, or what there is once nobody is left to read. */
function nextBids({ bids, readers, waiting }: SinglesMemory): readonly PlannedBid[] {
  const isComplete = bids.length >= BIDS_PER_TRANSACTION_MAX || (readers === 0 && waiting.length === 0);
  return isComplete ? bids.splice(0, BIDS_PER_TRANSACTION_MAX) : [];
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

/** Serves one account by itself. One that is to be touched waits for the others. */
async function serve(deps: SinglesDeps, memory: Memories, facts: AuctionAccount, signal?: AbortSignal): Promise<void> {
  const { busy, touches } = memory.singles;
  let record: AuctionRecord | undefined;
  try {
    record = await actFor(deps, memory, facts, signal);
  } finally {
    if (record === undefined) busy.delete(facts.account);
    else touches.push({ account: facts.account, record });
  }
}

/** Does what one account needs. Returns its auction if that is to be touched. */
async function actFor(
  deps: SinglesDeps,
  memory: Memories,
  facts: AuctionAccount,
  signal?: AbortSignal,
): Promise<AuctionRecord | undefined> {
  const { desk, observer, policy } = deps;
  const { singles, serving, told } = memory;
  const news = { observer, told };
  const plan = planAuction(facts, atCost(policy, singles), singles.leftWad);
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
    await bid(deps, memory, [planned], signal);
    return undefined;
  }
  const outcome = await act(desk, facts.account, plan, signal);
  if (outcome.kind === 'refused') leaveAlone(serving, facts);
  tellOutcome(news, { facts, plan, outcome });
  return undefined;
}

/** Makes bids that were set aside, as providers agree on them. What fails beside others is next tried by itself, which names the reason. */
async function bid(
  deps: SinglesDeps,
  { singles, serving, told }: Memories,
  planned: readonly PlannedBid[],
  signal?: AbortSignal,
): Promise<void> {
  if (planned.length === 0) return;
  const { desk, observer } = deps;
  let bids = planned;
  let outcomes: ReadonlyMap<Bytes32, LandOutcome> = new Map();
  let due: readonly SeenAuction[] = [];
  try {
    const agreed = await agreeOnBids({ ...deps, policy: atCost(deps.policy, singles) }, singles, planned, signal);
    bids = agreed.bids;
    tellLeft({ observer, told }, agreed.left);
    tellDiffering({ observer, told: singles.differing }, agreed.differing);
    due = agreed.left.flatMap(({ facts }) => {
      const record = dueTouchOf(facts, deps.policy);
      return record === undefined ? [] : { account: facts.account, record };
    });
    if (bids.length > 0) outcomes = await landBids(desk, bids, signal);
  } finally {
    for (const one of bids) freeRoom(singles, one, outcomes.get(one.facts.account));
    for (const { facts } of planned) singles.busy.delete(facts.account);
    for (const { account } of due) singles.busy.add(account);
    singles.touches.push(...due);
  }
  let byPrice: AuctionAccount | undefined;
  for (const { facts, plan } of bids) {
    const { account } = facts;
    const outcome = outcomes.get(account);
    if (outcome === undefined) continue;
    singles.alone.delete(account);
    if (bids.length > 1 && outcome.kind !== 'landed') {
      singles.alone.add(account);
      if (outcome.kind === 'refused') continue;
    } else if (outcome.kind === 'refused') {
      leaveAlone(serving, facts);
      if (isRefusedByPrice(outcome.name)) byPrice = facts;
    }
    tellOutcome({ observer, told }, { facts, plan, outcome });
  }
  // A bid that names its refusal is alone in its transaction.
  if (byPrice !== undefined && (await pokeForBid(deps, singles.poking, byPrice, signal)))
    leaveAlone(serving, byPrice, 1n);
}

/** Reports bids that are not made. A missing answer is one to mend, so it warns as a refusal does. */
function tellLeft(news: AuctionNews, left: AgreedBids['left']): void {
  const detail =
    'fewer than two providers answered, each alone, at or after the last bid and near the newest block; check their URLs';
  const unconfirmed = left.filter(({ plan }) => plan.reason === UNCONFIRMED).map(({ facts }) => facts.account);
  warnOfRefused(news, 'bid', new Map(unconfirmed.map((account) => [account, UNCONFIRMED])), { detail });
  for (const { facts, plan } of left) if (plan.reason !== UNCONFIRMED) tellPlan(news, facts, plan, false);
}

/** Leaves an auction whose act was refused alone for some time, unless its record changes. */
function leaveAlone(
  serving: Memories['serving'],
  { account, record, timeS }: AuctionAccount,
  forS = REFUSED_AGAIN_S,
): void {
  if (record !== null) serving.looked.set(account, { record, againAtS: timeS + forS });
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
