import { keccak256 } from '@surety/contracts';
import type { Bytes32, StatementDomain } from '@surety/domain';
import {
  type AggregatorApi,
  type AttestationLog,
  type Attester,
  Bell,
  type Clock,
  type DeliveryState,
  type EpochSchedule,
  type FailingLoops,
  type JournalSpec,
  type JournalState,
  type NamedPoint,
  type Observer,
  type OriginChain,
  type OwnHistoryInquiry,
  type OwnStatementSource,
  type RewindableReplica,
  type SigningHistory,
  type SignedHalt,
  type SignedStatement,
  type SigningPermit,
  announceSeen,
  type SignHaltsOptions,
  askOwnHistory,
  attestJournal,
  crashPoint,
  deliverJournal,
  signHalts,
  signPoints,
} from '@surety/workflows';
import type { WatchedJournal } from './readiness.js';

/** An aggregator, with its name in reports. */
export interface NamedAggregator {
  readonly name: string;
  readonly api: AggregatorApi;
}

/** Everything that watching one journal needs. */
export interface WatchJournalOptions {
  /** The journal's own chain, as all its journals read it. */
  readonly chain: OriginChain;
  /** Rings at each new head of it. */
  readonly heads: Bell;
  readonly journal: JournalSpec;
  readonly frameLength: bigint;
  readonly domain: StatementDomain;
  /** Attester sets of the destination. */
  readonly epochs: EpochSchedule;
  /** Where the replica stands, at a final block of its chain. */
  readonly readReplica: (signal: AbortSignal) => Promise<RewindableReplica>;
  /** Where the edge's present name stands at the destination's verifier, at a final block. */
  readonly readHalt: SignHaltsOptions['readHalt'];
  readonly attester: Attester;
  readonly history: SigningHistory;
  readonly permit: SigningPermit;
  readonly log: AttestationLog;
  readonly aggregators: readonly NamedAggregator[];
  /** Reads the point of a rewind that the operator named, if any. */
  readonly readPoint: () => Promise<NamedPoint | undefined>;
  /** Who is asked what they hold of this key, before the first signature under each name. */
  readonly ownStatements: readonly OwnStatementSource[];
  readonly clock: Clock;
  readonly observer: Observer;
  /** Notes passes of halts, points and deliveries that do not end; attesting tells by its steps. */
  readonly failingLoops: FailingLoops;
}

/** A journal under watch. */
export interface JournalWatch {
  view(): WatchedJournal;
  /** Returns the halt to serve while the journal's chain is broken. */
  halt(): SignedHalt | undefined;
  /** Returns the signatures of the point that the operator named, the newest last. */
  points(): readonly SignedStatement[];
  /** Resolves once all loops have ended after the signal. */
  readonly done: Promise<void>;
}

/** Starts the loops of one journal: attesting, seen entries, and delivery to each aggregator. */
export function watchJournal(options: WatchJournalOptions, signal: AbortSignal): JournalWatch {
  const { clock, aggregators, journal } = options;
  const committed = new Bell();
  const deliveries = new Map<string, DeliveryState>();
  let state: JournalState = { kind: 'starting' };
  let toldAtMs = clock.elapsedMs();
  const onState = (next: JournalState): void => {
    state = next;
    toldAtMs = clock.elapsedMs();
  };
  let halt: SignedHalt | undefined;
  const onHalt = (next: SignedHalt | undefined): void => void (halt = next);
  let points: readonly SignedStatement[] = [];
  const onPoints = (next: readonly SignedStatement[]): void => void (points = next);
  const isCurrent = (): boolean => state.kind === 'attesting' && state.current;
  const inquiries = new Map<Bytes32, OwnHistoryInquiry>();
  const askUnder = (name: Bytes32): OwnHistoryInquiry => {
    const inquiry =
      inquiries.get(name) ?? askOwnHistory({ ...options, edge: name, sources: options.ownStatements }, signal);
    inquiries.set(name, inquiry);
    return inquiry;
  };
  // The first name is known before any chain is read.
  let inquiry = askUnder(journal.edgeId);
  const confirmHistory = (name: Bytes32): Promise<void> => {
    inquiry = askUnder(name);
    return inquiry.asked;
  };
  const asked = inquiry.asked.then(() => crashPoint('watcher.start.questions-asked'));
  const attesting = asked.then(() =>
    attestJournal({ ...options, keccak256, committed, onState, confirmHistory }, signal),
  );
  const loops = [
    attesting.then(() => Promise.all([...inquiries.values()].map(({ done }) => done))),
    signHalts({ ...options, edge: journal.edgeId, onHalt }, signal),
    asked.then(() =>
      signPoints({ ...options, keccak256, onPoints, confirmHistory: (name) => askUnder(name).asked }, signal),
    ),
    announceSeen({ ...options, isCurrent, aggregators: aggregators.map(({ api }) => api) }, signal),
    ...aggregators.map(({ name, api }) =>
      deliverJournal(
        {
          ...options,
          edge: journal.edgeId,
          aggregator: api,
          aggregatorName: name,
          committed,
          onState: (next) => deliveries.set(name, next),
        },
        signal,
      ),
    ),
  ];
  return {
    halt: () => halt,
    points: () => points,
    view: () => ({
      originChainId: Number(journal.edge.originChainId),
      destinationChainId: Number(journal.edge.destinationChainId),
      edgeId: journal.edgeId,
      journal: state,
      toldAtMs,
      deliveries,
      silent: inquiry.silent(),
      othersAsked: options.ownStatements.filter(({ kind }) => kind === 'aggregator' || kind === 'peer').length,
    }),
    done: Promise.all(loops).then(() => undefined),
  };
}
