import { keccak256 } from '@surety/contracts';
import type { StatementDomain } from '@surety/domain';
import {
  type AggregatorApi,
  type AttestationLog,
  type Attester,
  Bell,
  type Clock,
  type DeliveryState,
  type EpochSchedule,
  type JournalSpec,
  type JournalState,
  type Observer,
  type OriginChain,
  type OwnStatementSource,
  type SigningHistory,
  type SignedHalt,
  type SigningPermit,
  announceSeen,
  type SignHaltsOptions,
  askOwnHistory,
  attestJournal,
  crashPoint,
  deliverJournal,
  signHalts,
} from '@surety/workflows';
import type { WatchedJournal } from './readiness.js';

/** An aggregator with the name under which it is told. */
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
  readonly readReplicaCount: (signal: AbortSignal) => Promise<bigint>;
  /** Where the edge stands at the destination's verifier, at a final block. */
  readonly readHalt: SignHaltsOptions['readHalt'];
  readonly attester: Attester;
  readonly history: SigningHistory;
  readonly permit: SigningPermit;
  readonly log: AttestationLog;
  readonly aggregators: readonly NamedAggregator[];
  /** Who is asked at the start what they hold of this key. */
  readonly ownStatements: readonly OwnStatementSource[];
  readonly clock: Clock;
  readonly observer: Observer;
}

/** A journal under watch. */
export interface JournalWatch {
  view(): WatchedJournal;
  /** Gives the halt to serve while the journal's chain is broken. */
  halt(): SignedHalt | undefined;
  /** Resolves once all loops have ended after the signal. */
  readonly done: Promise<void>;
}

/** Starts the loops of one journal: attesting, seen entries, and the handing in to each aggregator. */
export function watchJournal(options: WatchJournalOptions, signal: AbortSignal): JournalWatch {
  const { clock, aggregators, journal } = options;
  const committed = new Bell();
  const deliveries = new Map<string, DeliveryState>();
  let state: JournalState = { kind: 'starting' };
  let toldAtMs = clock.nowMs();
  const onState = (next: JournalState): void => {
    state = next;
    toldAtMs = clock.nowMs();
  };
  let halt: SignedHalt | undefined;
  const onHalt = (next: SignedHalt | undefined): void => void (halt = next);
  const isCurrent = (): boolean => state.kind === 'attesting' && state.current;
  const inquiry = askOwnHistory({ ...options, edge: journal.edgeId, sources: options.ownStatements }, signal);
  const asked = inquiry.asked.then(() => crashPoint('watcher.start.questions-asked'));
  const loops = [
    asked.then(() => attestJournal({ ...options, keccak256, committed, onState }, signal)),
    inquiry.done,
    signHalts({ ...options, edge: journal.edgeId, onHalt }, signal),
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
