import type { Bytes32 } from '@surety/domain';
import type { AuctionAccount, AuctionDesk, TakerMargin } from '../ports/auctions.js';
import { type PlannedBid, type TakingRoom, changeRoom, roomOf } from './land-bids.js';
import { OPINIONS_WANTED } from './limits.js';
import { type AuctionPlan, type AuctionPolicy, type BidPlan, type WaitPlan, planBid } from './plan-auction.js';

/** Reads accounts and takers at one provider alone. */
export type BidReader = Pick<AuctionDesk, 'readAccount' | 'readTaker'>;

/** Bids as all agree on them, their burden set aside; and those that are not made, which hold no room any more. */
export interface AgreedBids {
  readonly bids: readonly PlannedBid[];
  readonly left: readonly { readonly facts: AuctionAccount; readonly plan: WaitPlan }[];
}

/** Reason of a bid for which too few providers answered. */
export const UNCONFIRMED = 'unconfirmed';

/**
 * Reads accounts and taker once more before bids are signed, and makes each bid as small as the largest burden and the smallest room that
 * any provider shows: terms of a bid name a share, so whoever quotes a small burden for a large one lifts every limit. Where fewer than two
 * providers can be asked, bids stay as they are.
 */
export async function agreeOnBids(
  { opinions = [], policy }: { readonly opinions?: readonly BidReader[] | undefined; readonly policy: AuctionPolicy },
  room: TakingRoom,
  planned: readonly PlannedBid[],
  signal?: AbortSignal,
): Promise<AgreedBids> {
  const taker = policy.bids;
  if (opinions.length < OPINIONS_WANTED || taker === null) return { bids: planned, left: [] };
  const { underWayWad, bidWad } = room;
  const about = { to: taker.to, accounts: planned.map(({ facts }) => facts.account), takenAt: room.takenAt };
  // One that is silent or behind holds up nothing while two others answer.
  const seen = await firstAnswers(
    opinions.map((reader) => readOpinion(reader, about, signal)),
    OPINIONS_WANTED,
  );
  signal?.throwIfAborted();
  const ownWad = planned.reduce((sum, { plan }) => sum + plan.takenWad, 0n);
  // As in every reading of the room, what lands meanwhile is counted twice.
  const othersWad = underWayWad - ownWad + (room.bidWad - bidWad);
  let roomWad = leastOf([room.leftWad + ownWad, ...seen.map(({ margin }) => roomOf(taker, margin) - othersWad)]);
  const bids: PlannedBid[] = [];
  const left: AgreedBids['left'][number][] = [];
  for (const [index, one] of planned.entries()) {
    const views = seen.flatMap(({ accounts }) => accounts[index] ?? []);
    const isKnown = views.length >= OPINIONS_WANTED;
    const plan = isKnown ? agreedPlan(one, views, { policy, roomWad }) : waitFor(UNCONFIRMED);
    const takenWad = plan.kind === 'bid' ? plan.takenWad : 0n;
    changeRoom(room, one.plan.takenWad, takenWad);
    roomWad -= takenWad;
    if (plan.kind === 'bid') bids.push({ facts: one.facts, plan });
    else left.push({ facts: one.facts, plan });
  }
  return { bids, left };
}

/** Plans a bid by each view of its account, and returns one that is within all of them; a wait if any of them shows none. */
function agreedPlan(
  { facts, plan }: PlannedBid,
  views: readonly AuctionAccount[],
  { policy, roomWad }: { readonly policy: AuctionPolicy; readonly roomWad: bigint },
): BidPlan | WaitPlan {
  const plans = [facts, ...views].map((view) => {
    const claims = view.claims.filter(({ protocol }) => protocol === plan.protocol);
    return planBid({ ...view, claims }, policy, roomWad);
  });
  const wait = plans.find((one) => one.kind === 'wait');
  if (wait !== undefined) return wait;
  const bids = plans.filter(isBid);
  const takenWad = bids.reduce((most, one) => (one.takenWad > most ? one.takenWad : most), 0n);
  const { terms } = bids.reduce((least, one) => (one.terms.shareMaxWad < least.terms.shareMaxWad ? one : least), plan);
  return { ...plan, terms, takenWad };
}

const isBid = (plan: AuctionPlan): plan is BidPlan => plan.kind === 'bid';

const waitFor = (reason: string): WaitPlan => ({ kind: 'wait', reason, fromS: null });

/** One provider's view of a taker and of accounts, in their order. */
interface Opinion {
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
  return { margin, accounts };
}

/** Resolves with the first so many answers, or with all that there are once everybody has ended. */
function firstAnswers<Answer>(asked: readonly Promise<Answer>[], most: number): Promise<readonly Answer[]> {
  return new Promise((resolve) => {
    const answers: Answer[] = [];
    let open = asked.length;
    const end = (): void => {
      open -= 1;
      if (open === 0 || answers.length >= most) resolve(answers.slice(0, most));
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

function leastOf(values: readonly bigint[]): bigint {
  return values.reduce((least, value) => (value < least ? value : least));
}
