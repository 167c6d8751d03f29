import type { Bytes32 } from '@surety/domain';
import type { AuctionAccount, AuctionDesk, TakerMargin } from '../ports/auctions.js';
import { type PlannedBid, type TakingRoom, changeRoom, roomOf } from './land-bids.js';
import { OPINIONS_BEHIND_MAX, OPINIONS_WANTED } from './limits.js';
import { type AuctionPlan, type AuctionPolicy, type BidPlan, type WaitPlan, planBid } from './plan-auction.js';

/** Reads accounts and takers at one provider alone. */
export interface BidReader extends Pick<AuctionDesk, 'readAccount' | 'readTaker'> {
  /** Name of the provider, for the log. */
  readonly provider?: string;
}

/** A provider whose view of a bid does not count, or shows none where others bid: why, and at which block. */
interface Dissent {
  readonly provider: string;
  readonly reason: string;
  readonly height: bigint;
}

/** Bids as providers agree on them, their burden set aside; and those that are not made, which hold no room any more. */
export interface AgreedBids {
  readonly bids: readonly PlannedBid[];
  readonly left: readonly { readonly facts: AuctionAccount; readonly plan: WaitPlan }[];
  /** Bids, made or left, of which providers say different things. */
  readonly differing: readonly { readonly facts: AuctionAccount; readonly dissents: readonly Dissent[] }[];
}

/** Reason of a bid for which too few providers answered. */
export const UNCONFIRMED = 'unconfirmed';

/** Reason of a provider that shows no auction of the account. */
const NO_AUCTION = 'no-auction';

/** Reason of a provider whose view is of too old a block. */
const BEHIND = 'behind';

/**
 * Reads accounts and taker once more before bids are signed. Two providers at least must show each bid, and it is as small as the largest
 * burden and the smallest room of those that do: terms of a bid name a share, so whoever quotes a small burden for a large one lifts every
 * limit. So one of three can neither cause a bid nor forbid one. Where fewer than two providers can be asked, bids stay as they are.
 */
export async function agreeOnBids(
  { opinions = [], policy }: { readonly opinions?: readonly BidReader[] | undefined; readonly policy: AuctionPolicy },
  room: TakingRoom,
  planned: readonly PlannedBid[],
  signal?: AbortSignal,
): Promise<AgreedBids> {
  const taker = policy.bids;
  if (opinions.length < OPINIONS_WANTED || taker === null) return { bids: planned, left: [], differing: [] };
  const about = { to: taker.to, accounts: planned.map(({ facts }) => facts.account), takenAt: room.takenAt };
  const ownWad = planned.reduce((sum, { plan }) => sum + plan.takenWad, 0n);
  const { underWayWad, bidWad } = room;
  const judge = (seen: readonly Opinion[]): readonly JudgedBid[] => {
    // As in every reading of the room, what lands meanwhile is counted twice.
    const othersWad = underWayWad - ownWad + (room.bidWad - bidWad);
    const rooms = seen.map(({ margin }) => roomOf(taker, margin) - othersWad);
    return judgeBids(planned, seen, { policy, ownRoomWad: room.leftWad + ownWad, rooms });
  };
  // One that is silent or behind holds up nothing while two others agree.
  const seen = await answersUntil(
    opinions.map((reader) => readOpinion(reader, about, signal)),
    (answers, open) => judge(answers).every((one) => one.own === 'wait' || isDecided(one, open)),
  );
  signal?.throwIfAborted();
  const bids: PlannedBid[] = [];
  const left: AgreedBids['left'][number][] = [];
  const differing: AgreedBids['differing'][number][] = [];
  for (const { one, plan, dissents } of judge(seen)) {
    const { facts } = one;
    changeRoom(room, one.plan.takenWad, plan.kind === 'bid' ? plan.takenWad : 0n);
    if (plan.kind === 'bid') bids.push({ facts, plan });
    else left.push({ facts, plan });
    if (dissents.length > 0) differing.push({ facts, dissents });
  }
  return { bids, left, differing };
}

/** True once enough show a bid, or too few are left that could. Who counts as behind may change with the answers to come. */
const isDecided = ({ bidders, showing }: JudgedBid, open: number): boolean =>
  bidders >= OPINIONS_WANTED || showing + open < OPINIONS_WANTED;

/** A planned bid after some have answered. */
interface JudgedBid {
  readonly one: PlannedBid;
  /** The plan by what it was planned from, at the room that is left. */
  readonly own: AuctionPlan['kind'];
  /** Providers that show the bid, and those of them that are not behind. */
  readonly showing: number;
  readonly bidders: number;
  readonly plan: BidPlan | WaitPlan;
  readonly dissents: readonly Dissent[];
}

/** Judges bids in turn: each leaves the others less of every room. */
function judgeBids(
  planned: readonly PlannedBid[],
  seen: readonly Opinion[],
  {
    policy,
    ownRoomWad,
    rooms,
  }: { readonly policy: AuctionPolicy; readonly ownRoomWad: bigint; readonly rooms: readonly bigint[] },
): readonly JudgedBid[] {
  let usedWad = 0n;
  return planned.map((one, index) => {
    const planOf = (facts: AuctionAccount, roomWad: bigint): BidPlan | WaitPlan => {
      if (facts.record === null) return waitFor(NO_AUCTION);
      const claims = facts.claims.filter(({ protocol }) => protocol === one.plan.protocol);
      return planBid({ ...facts, claims }, policy, roomWad - usedWad);
    };
    const views = seen.flatMap(({ provider, margin, accounts }, at): View[] => {
      const facts = accounts[index];
      if (facts === undefined) return [];
      const height = facts.height < margin.height ? facts.height : margin.height;
      return [{ provider, height, plan: planOf(facts, rooms[at] ?? 0n) }];
    });
    const judged = judgeBid(one, planOf(one.facts, ownRoomWad), views);
    if (judged.plan.kind === 'bid') usedWad += judged.plan.takenWad;
    return judged;
  });
}

/** One provider's plan for a bid, and the block that it is of. */
interface View {
  readonly provider: string;
  readonly height: bigint;
  readonly plan: BidPlan | WaitPlan;
}

/** Returns a bid that is within all views that show one, if these are enough; else a wait. */
function judgeBid(one: PlannedBid, own: BidPlan | WaitPlan, views: readonly View[]): JudgedBid {
  const { height } = one.facts;
  // Of three the second highest counts: one that invents a height far ahead, and may have planned the bid, makes no other one late.
  const [highest = height, second = height, third] = views
    .map((view) => view.height)
    .toSorted((a, b) => (a < b ? 1 : -1));
  const known = third === undefined ? leastOf(height, highest) : second;
  const isBefore = (view: View, newest: bigint): boolean => view.height + OPINIONS_BEHIND_MAX < newest;
  const isOld = (view: View): boolean => isBefore(view, known);
  const counted = views.filter((view) => !isOld(view)).map(({ plan }) => plan);
  const bidders = counted.filter(isBid);
  const plan = agreedPlan(one.plan, { own, counted, bidders });
  // A rival's bid may be in a newer block, so whoever has read one is named only where its wait decides.
  const isDecisive = plan.kind === 'wait' && bidders.length > 0;
  const dissents = views.flatMap((view): Dissent[] => {
    const { provider, plan: said } = view;
    // One that shows nothing as of long ago is named before a second one has told the height.
    if (isOld(view) || (said.kind === 'wait' && isBefore(view, height)))
      return [{ provider, reason: BEHIND, height: view.height }];
    const isNamed = own.kind === 'bid' && (view.height === height || (isDecisive && view.height > height));
    return said.kind === 'wait' && isNamed ? [{ provider, reason: said.reason, height: view.height }] : [];
  });
  const showing = views.filter(({ plan: said }) => said.kind === 'bid').length;
  return { one, own: own.kind, showing, bidders: bidders.length, plan, dissents };
}

/** Returns the smallest of bids, with the largest burden of any. */
function agreedPlan(
  plan: BidPlan,
  {
    own,
    counted,
    bidders,
  }: {
    readonly own: BidPlan | WaitPlan;
    readonly counted: readonly (BidPlan | WaitPlan)[];
    readonly bidders: readonly BidPlan[];
  },
): BidPlan | WaitPlan {
  if (own.kind === 'wait') return own;
  if (counted.length < OPINIONS_WANTED) return waitFor(UNCONFIRMED);
  if (bidders.length < OPINIONS_WANTED) return counted.find((one) => one.kind === 'wait') ?? waitFor(UNCONFIRMED);
  const bids = [own, ...bidders];
  const takenWad = bids.reduce((most, one) => (one.takenWad > most ? one.takenWad : most), 0n);
  const { terms } = bids.reduce((least, one) => (one.terms.shareMaxWad < least.terms.shareMaxWad ? one : least), plan);
  return { ...plan, terms, takenWad };
}

const isBid = (plan: AuctionPlan): plan is BidPlan => plan.kind === 'bid';

const leastOf = (left: bigint, right: bigint): bigint => (left < right ? left : right);

const waitFor = (reason: string): WaitPlan => ({ kind: 'wait', reason, fromS: null });

/** One provider's view of a taker and of accounts, in their order. */
interface Opinion {
  readonly provider: string;
  readonly margin: TakerMargin;
  readonly accounts: readonly AuctionAccount[];
}

/** Asks one provider about taker and accounts. @throws the reader's errors; an error if the reading does not show the taker's last bid. */
async function readOpinion(
  reader: BidReader,
  about: { readonly to: Bytes32; readonly accounts: readonly Bytes32[]; readonly takenAt: bigint },
  signal?: AbortSignal,
): Promise<Opinion> {
  const [margin, accounts] = await Promise.all([
    reader.readTaker(about.to, signal),
    Promise.all(about.accounts.map((account) => reader.readAccount(account, signal))),
  ]);
  if (margin.height < about.takenAt) throw new Error(`block ${margin.height} is before the last bid`);
  return { provider: reader.provider ?? 'unnamed', margin, accounts };
}

/** Resolves with the answers that there are once these are enough or everybody has ended. */
function answersUntil<Answer>(
  asked: readonly Promise<Answer>[],
  isEnough: (answers: readonly Answer[], open: number) => boolean,
): Promise<readonly Answer[]> {
  return new Promise((resolve) => {
    const answers: Answer[] = [];
    let open = asked.length;
    const end = (): void => {
      open -= 1;
      if (open === 0 || isEnough(answers, open)) resolve([...answers]);
    };
    for (const one of asked) {
      void one
        .then(
          (answer) => void answers.push(answer),
          () => undefined,
        )
        .then(end);
    }
  });
}
