import type { BlockView, EntryTimesView, EntryUnderWayView, EntryView } from '@surety/client';
import { type Bytes32, sequenceNumber, unpackEntry } from '@surety/domain';
import type { IntakeViews, StageMilestones, Store } from '@surety/store';
import {
  type CandidateFact,
  type EdgeBook,
  type EntryFact,
  type Intake,
  type LedgerFollower,
  type ParkedCreditFact,
  attesterEpochAt,
} from '@surety/workflows';
import { ENTRIES_PER_ACCOUNT_MAX, ENTRIES_PER_TX_MAX } from '../http/limits.js';
import { Problem } from '../http/problem.js';
import { stageOf } from './stage-of.js';

/** What the views of entries stand on. */
export interface EntryViewPorts {
  readonly intake: Intake;
  readonly follower: LedgerFollower;
  readonly store: Pick<Store, 'intake' | 'views' | 'collateral'>;
}

/** Shows where entries stand, why, since when and what comes next. */
export class EntryViews {
  readonly #ports: EntryViewPorts;
  readonly #views: IntakeViews;

  constructor(ports: EntryViewPorts) {
    this.#ports = ports;
    this.#views = ports.store.views;
  }

  /** Gives one entry by edge and index. @throws Problem 404. */
  async entry(edge: Bytes32, index: bigint): Promise<EntryView> {
    const book = this.#ports.intake.book(edge);
    const missing = new Problem({
      status: 404,
      code: 'UNKNOWN_ENTRY',
      detail: `entry ${index} of ${edge} was not handed in; see /v1/edges`,
    });
    if (book === undefined || index === 0n) throw missing;
    const [held] = await this.#ports.store.intake.loadEntriesAt(edge, [index]);
    const found = held ?? (await this.#views.loadCandidate(edge, index));
    if (found === undefined) throw missing;
    return this.#view(book, found);
  }

  /** Gives the entries of one transaction; none is not an error. */
  async entriesOfTx(txHash: Bytes32): Promise<EntryView[]> {
    const { entries, candidates } = await this.#views.loadEntriesOfTx(txHash, ENTRIES_PER_TX_MAX);
    const views: EntryView[] = [];
    for (const found of distinct(entries, candidates)) {
      const book = this.#ports.intake.book(found.edge);
      if (book !== undefined) views.push(await this.#view(book, found));
    }
    return views;
  }

  /** Gives an account's entries that the ledger has not applied yet, oldest first. */
  async underWay(account: Bytes32): Promise<EntryUnderWayView[]> {
    const views: EntryUnderWayView[] = [];
    for (const book of this.#ports.intake.books) {
      const request = { account, edge: book.known.edgeId, after: book.appliedCount, limit: ENTRIES_PER_ACCOUNT_MAX };
      const { entries, candidates } = await this.#views.loadEntriesOfAccount(request);
      for (const found of distinct(entries, candidates)) {
        const { id, edge, index, stage, reason, amount, assetId, times } = await this.#view(book, found);
        views.push({ id, edge, index, stage, reason, amount, assetId, times });
      }
    }
    return views;
  }

  async #view(book: EdgeBook, found: EntryFact | CandidateFact): Promise<EntryView> {
    const { edge, index, packed, location } = found;
    const { kind, asset, amount, account, party, fee } = unpackEntry(packed);
    const milestones = await this.#views.loadMilestones(edge, index);
    const { signers, quorum } = await this.#views.countSigners(edge, index);
    const parked = index <= book.appliedCount ? await this.#findParked(book, index) : undefined;
    const isFinal = 'head' in found || found.stage === 'final';
    const k = quorum ?? attesterEpochAt(this.#ports.intake.epochs, 2n ** 63n)?.quorum ?? 0;
    const counts = { index, appliedCount: book.appliedCount, attestedCount: book.attestedCount };
    const answer = stageOf({ ...counts, isFinal, signers, quorum: k, parkedFor: parked?.reason });
    const origin: BlockView | null =
      location === undefined
        ? null
        : { chainId: Number(book.known.edge.originChainId), height: location.blockHeight, hash: location.blockHash };
    return {
      id: `${edge}:${index}`,
      edge,
      index,
      kind,
      asset,
      account,
      party,
      fee,
      amount,
      assetId: this.#ports.follower.state.assetIdOf(book.known.source, asset) ?? null,
      ...answer,
      times: timesOf(milestones),
      blocks: { origin, applied: milestones.applied?.block ?? null },
      attestedBy: signers,
      quorum: k,
    };
  }

  /** A batch's fees are parked under the number of an entry that is not. */
  async #findParked(book: EdgeBook, index: bigint): Promise<ParkedCreditFact | undefined> {
    const { source, edge } = book.known;
    const number = sequenceNumber(edge.generation, index);
    const parked = await this.#ports.store.collateral.loadParked(source, number);
    return parked?.reason === 'FEE' ? undefined : parked;
  }
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
