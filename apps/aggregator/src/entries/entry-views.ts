import type { BlockView, EntryTimesView, EntryUnderWayView, EntryView } from '@surety/api';
import { type Bytes32, ZERO_WORD, address } from '@surety/domain';
import type { CountedStatements, EdgeProgress, StageMilestones, Store } from '@surety/store';
import {
  type CandidateFact,
  type EdgeBook,
  type EntryFact,
  Intake,
  LedgerFollower,
  type ParkedCreditFact,
  accountOfEntry,
  attesterEpochAt,
  isLocalEdge,
  readKnownEntry,
} from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { TOKENS } from '../tokens.js';
import { ENTRIES_PER_ACCOUNT_MAX, ENTRIES_PER_TX_MAX } from '../limits.js';
import { Problem } from '../problem.js';
import type { ReleaseStageAnswer } from './release-stage.js';
import { type AskedRelease, ReleaseViews } from './release-views.js';
import { type StageAnswer, stageOf } from './stage-of.js';

/** Sources for the stages of entries. */
type Progress = Pick<EdgeProgress, 'milestonesOf' | 'signersOf'>;

/** Of a lock that the ledger has credited past the block whose lines are shown. */
const NOT_FOLDED = 'the ledger has credited it in a newer block; it counts here once that block is final and folded';

/** Poster of what only the newest block shows. */
const NOBODY = address(`0x${'0'.repeat(40)}`);

/** Shows where entries stand, why, since when and what comes next. */
@Injectable()
export class EntryViews {
  constructor(
    @Inject(Intake) private readonly intake: Intake,
    @Inject(LedgerFollower) private readonly follower: LedgerFollower,
    @Inject(TOKENS.store) private readonly store: Store,
    @Inject(ReleaseViews) private readonly releases: ReleaseViews,
  ) {}

  /** Returns one entry by edge and index. @throws Problem 404. */
  async entry(edge: Bytes32, index: bigint): Promise<EntryView> {
    const book = this.intake.book(edge);
    const missing = new Problem({
      status: 404,
      code: 'UNKNOWN_ENTRY',
      detail: `entry ${index} of ${edge} was not handed in; see /v1/edges`,
    });
    if (book === undefined || index === 0n) throw missing;
    const [held] = await this.store.intake.loadEntriesAt(edge, [index]);
    const found = held ?? (await this.store.views.loadCandidate(edge, index)) ?? this.#requested(edge, index);
    if (found === undefined) throw missing;
    return this.#view(book, found, await this.#progressOf(book, index));
  }

  /** Returns the entries of one transaction; none is not an error. */
  async entriesOfTx(txHash: Bytes32): Promise<EntryView[]> {
    const { entries, candidates } = await this.store.views.loadEntriesOfTx(txHash, ENTRIES_PER_TX_MAX);
    const views: EntryView[] = [];
    for (const found of distinct(entries, candidates)) {
      const book = this.intake.book(found.edge);
      if (book !== undefined) views.push(await this.#view(book, found, await this.#progressOf(book, found.index)));
    }
    return views;
  }

  /**
   * Returns an account's locks past the counts to which edges are folded, oldest first: those that no line and no parked credit of that
   * block counts, though a newer block may have applied them.
   */
  async underWay(account: Bytes32, folded: ReadonlyMap<Bytes32, bigint>): Promise<EntryUnderWayView[]> {
    const views: EntryUnderWayView[] = [];
    for (const book of this.intake.books.filter((one) => one.known.direction === 'to-ledger')) {
      const after = folded.get(book.known.edgeId) ?? 0n;
      const request = { account, edge: book.known.edgeId, after, limit: ENTRIES_PER_ACCOUNT_MAX };
      const { entries, candidates } = await this.store.views.loadEntriesOfAccount(request);
      const all = distinct(entries, candidates);
      if (all.length === 0) continue;
      const progress = await this.store.views.loadProgress(
        { edge: book.known.edgeId, name: book.name, ...countedOf(book) },
        after,
      );
      for (const found of all) {
        const { id, edge, index, stage, reason, amount, assetId, times } = await this.#view(book, found, progress);
        views.push({
          id,
          edge,
          index,
          stage,
          reason: stage === 'applied' ? NOT_FOLDED : reason,
          amount,
          assetId,
          times,
        });
      }
    }
    return views;
  }

  async #view(book: EdgeBook, found: EntryFact | CandidateFact, progress: Progress): Promise<EntryView> {
    const { edge, index, packed, location } = found;
    const entry = readKnownEntry(packed);
    const { asset = 0, amount = 0n, account = accountOfEntry(packed), party = ZERO_WORD, fee = 0n } = entry ?? {};
    const { direction, domain, source } = book.known;
    const milestones = progress.milestonesOf(index);
    const { signers, quorum } = progress.signersOf(index);
    const isFinal = 'head' in found || found.stage === 'final';
    const isLocal = isLocalEdge(book.known);
    const k = isLocal ? 0 : (quorum ?? attesterEpochAt(this.intake.epochsOf(domain), 2n ** 63n)?.quorum ?? 0);
    const asked = { book, index, isFinal, isLocal, signers, quorum: k };
    const origin: BlockView | null =
      location === undefined
        ? null
        : { chainId: Number(book.known.edge.originChainId), height: location.blockHeight, hash: location.blockHash };
    const judged = direction === 'to-vault' ? await this.#release(asked) : await this.#lock(asked);
    return {
      id: `${edge}:${index}`,
      edge,
      direction,
      index,
      kind: entry?.kind ?? `kind ${packed[0]}`,
      asset,
      account,
      party,
      fee,
      amount,
      assetId: this.follower.books.assetIdOf(source, asset) ?? null,
      ...judged,
      times: timesOf(milestones),
      blocks: { origin, applied: milestones.applied?.block ?? null },
      attestedBy: signers,
      quorum: k,
    };
  }

  async #lock({
    book,
    index,
    isFinal,
    isLocal,
    signers,
    quorum,
  }: AskedRelease): Promise<StageAnswer & { payment: null }> {
    const { appliedCount, attestedCount } = book;
    const parked = index <= appliedCount ? await this.#findParked(book, index) : undefined;
    const facts = { index, appliedCount, attestedCount, isFinal, isLocal, signers, quorum, parkedFor: parked?.reason };
    return { ...stageOf(facts), payment: null };
  }

  async #release(asked: AskedRelease): Promise<ReleaseStageAnswer & Pick<EntryView, 'payment'>> {
    const { answer, payment } = await this.releases.stageOf(asked);
    if (asked.index > asked.book.appliedCount) return { ...answer, payment: null };
    const isSettled = payment !== undefined && payment.state !== 'QUEUED';
    return {
      ...answer,
      payment: { seq: asked.index, readyAt: payment?.readyAt ?? null, settled: isSettled ? payment.block : null },
    };
  }

  #requested(edge: Bytes32, index: bigint): CandidateFact | undefined {
    const packed = this.releases.requested(edge, index);
    return packed === undefined ? undefined : { edge, poster: NOBODY, index, packed, stage: 'seen' };
  }

  /** One entry may be old: its own rows are looked up instead of all past it. */
  async #progressOf(book: EdgeBook, index: bigint): Promise<Progress> {
    const milestones = await this.store.views.loadMilestones(book.known.edgeId, index);
    const signers = await this.store.views.countSigners(book.name, index, countedOf(book));
    return { milestonesOf: () => milestones, signersOf: () => signers };
  }

  /** A batch's fees are parked under the number of an entry that is not. */
  async #findParked(book: EdgeBook, index: bigint): Promise<ParkedCreditFact | undefined> {
    const parked = await this.store.collateral.loadParked(book.known.source, index);
    return parked?.reason === 'FEE' ? undefined : parked;
  }
}

function countedOf({ appliedCount: applied, endedThrough }: EdgeBook): CountedStatements {
  return { applied, endedThrough };
}

function distinct(entries: readonly EntryFact[], candidates: readonly CandidateFact[]): (EntryFact | CandidateFact)[] {
  const found = new Map<string, EntryFact | CandidateFact>();
  for (const one of candidates) {
    const key = `${one.edge}:${one.index}`;
    if (!found.has(key) || one.stage === 'final') found.set(key, one);
  }
  for (const one of entries) found.set(`${one.edge}:${one.index}`, one);
  return [...found.values()];
}

function timesOf({ seen, final, attested, applied }: StageMilestones): EntryTimesView {
  return {
    seenMs: seen?.atMs ?? null,
    finalMs: final?.atMs ?? null,
    attestedMs: attested?.atMs ?? null,
    appliedMs: applied?.atMs ?? null,
  };
}
