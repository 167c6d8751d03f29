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
  type SigningHistory,
  type SigningPermit,
  announceSeen,
  attestJournal,
  checkOwnHistory,
  crashPoint,
  deliverJournal,
  watchHeads,
} from '@surety/workflows';
import type { WatchedChain } from './readiness.js';

/** Pause before an aggregator that did not answer is asked again what it holds of this key. */
const RECHECK_MS = 30_000;

/** An aggregator with the name under which it is told. */
export interface NamedAggregator {
  readonly name: string;
  readonly api: AggregatorApi;
}

/** Everything that watching one journal needs. */
export interface WatchJournalOptions {
  readonly chain: OriginChain;
  readonly journal: JournalSpec;
  readonly frameLength: bigint;
  readonly domain: StatementDomain;
  readonly epochs: EpochSchedule;
  readonly attester: Attester;
  readonly history: SigningHistory;
  readonly permit: SigningPermit;
  readonly log: AttestationLog;
  readonly aggregators: readonly NamedAggregator[];
  readonly clock: Clock;
  readonly observer: Observer;
}

/** A journal under watch. */
export interface JournalWatch {
  view(): WatchedChain;
  /** Resolves once all loops have ended after the signal. */
  readonly done: Promise<void>;
}

/** Starts the loops of one journal: heads, attesting, seen entries, and the handing in to each aggregator. */
export function watchJournal(options: WatchJournalOptions, signal: AbortSignal): JournalWatch {
  const { chain, clock, aggregators, journal } = options;
  const heads = new Bell();
  const committed = new Bell();
  const deliveries = new Map<string, DeliveryState>();
  let state: JournalState = { kind: 'starting' };
  let toldAtMs = clock.nowMs();
  const onState = (next: JournalState): void => {
    state = next;
    toldAtMs = clock.nowMs();
  };
  const isCurrent = (): boolean => state.kind === 'attesting' && state.current;
  const questions = aggregators.map(({ name, api }) =>
    checkOwnHistory({ ...options, edge: journal.edgeId, aggregator: api, aggregatorName: name }),
  );
  const asked = askAll(questions, signal);
  const loops = [
    watchHeads(chain, heads, signal),
    asked.then(() => attestJournal({ ...options, keccak256, heads, committed, onState }, signal)),
    asked.then((silent) => askAgain(clock, silent, signal)),
    announceSeen({ ...options, heads, isCurrent, aggregators: aggregators.map(({ api }) => api) }, signal),
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
    view: () => ({ chainId: chain.chainId, condition: chain.condition(), journal: state, toldAtMs, deliveries }),
    done: Promise.all(loops).then(() => undefined),
  };
}

/** Asks one aggregator what it holds of this key; says whether it answered. */
type Question = (signal: AbortSignal) => Promise<boolean>;

/** Asks aggregators what they hold of this key, and gives the questions that were not answered. */
async function askAll(questions: readonly Question[], signal: AbortSignal): Promise<readonly Question[]> {
  const answers = await Promise.all(questions.map((ask) => ask(signal)));
  crashPoint('watcher.start.questions-asked');
  return questions.filter((_, at) => answers[at] !== true);
}

async function askAgain(clock: Clock, unanswered: readonly Question[], signal: AbortSignal): Promise<void> {
  let silent = unanswered;
  while (silent.length > 0 && !signal.aborted) {
    await clock.sleep(RECHECK_MS, signal);
    silent = await askAll(silent, signal);
  }
}
