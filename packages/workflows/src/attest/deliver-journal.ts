import { AppError, type Bytes32, type StatementDomain } from '@surety/domain';
import { crashPoint } from '../crash-point.js';
import type { AggregatorApi, EdgeSummary } from '../ports/aggregator-api.js';
import type { AttestationLog, DeliveryMark, QueuedStatement } from '../ports/attestation-log.js';
import type { Attester } from '../ports/attester.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { Bell } from '../running/bell.js';
import type { FailingLoops } from '../running/failing-loops.js';
import { failureOf } from '../running/failure-detail.js';
import { type KeepRunningOptions, keepRunning } from '../running/keep-running.js';
import { retryDelayMs } from '../running/retry-delay-ms.js';
import {
  AGGREGATOR_POLL_MS,
  DELIVERY_RETRY_MAX_MS,
  ENTRIES_AHEAD_MAX,
  ENTRIES_PER_POST,
  REDELIVER_FIRST_MS,
  REDELIVER_KNOWN_FIRST_MS,
  REDELIVER_LOST_FIRST_MS,
  REDELIVER_MAX_MS,
  RETRY_FIRST_MS,
  STATEMENTS_PER_POST,
} from './limits.js';

/** The state of delivery to one aggregator. */
export type DeliveryState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'current'; readonly entryCount: bigint }
  | { readonly kind: 'failing'; readonly code: string; readonly detail: string; readonly failures: number };

/** Ports of {@link deliverJournal}. */
export interface DeliverJournalOptions {
  /** First name of the edge; statements carry its present one. */
  readonly edge: Bytes32;
  readonly domain: StatementDomain;
  readonly attester: Attester;
  readonly log: AttestationLog;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly failingLoops?: FailingLoops;
  readonly aggregator: AggregatorApi;
  /** Names the aggregator in the log: the origin of its URL. */
  readonly aggregatorName: string;
  /** Signalled when the log has new content. */
  readonly committed: Bell;
  readonly onState?: (state: DeliveryState) => void;
}

/**
 * Delivers verified entries and signed statements of one journal to one aggregator until the signal aborts. The queue is the log
 * on disk, so an unreachable aggregator costs no memory and loses nothing. One that lost its store gets the missing part again.
 */
export async function deliverJournal(options: DeliverJournalOptions, signal: AbortSignal): Promise<void> {
  const { edge, clock, observer, committed, onState } = options;
  const delivery = new Delivery(options);
  onState?.({ kind: 'starting' });
  const running: KeepRunningOptions = {
    step: async () => {
      const rings = committed.rings;
      const more = await delivery.advance(signal);
      onState?.({ kind: 'current', entryCount: delivery.entryCount });
      if (!more) await waitForWork(options, rings, signal);
    },
    pauseMs: (failures) =>
      failures === 0 ? 0 : retryDelayMs(failures - 1, { firstMs: RETRY_FIRST_MS, maxMs: DELIVERY_RETRY_MAX_MS }),
    failure: {
      name: 'delivery-failed',
      fields: { edge, aggregator: options.aggregatorName },
      describe: (error) => failureOf(error, 'UNKNOWN'),
    },
    onFailure: (error, failures) => onState?.({ kind: 'failing', ...failureOf(error, 'UNKNOWN'), failures }),
    clock,
    observer,
    ...(options.failingLoops === undefined ? {} : { failingLoops: options.failingLoops }),
  };
  await keepRunning(running, signal);
}

/** Ends a wait. An abort without a reason makes an error with a stack each time. */
const OVER = new Error('the wait is over');

async function waitForWork(
  { clock, committed }: DeliverJournalOptions,
  rings: number,
  signal: AbortSignal,
): Promise<void> {
  // A listener on a signal that has aborted already is never called.
  if (signal.aborted) return;
  const waiting = new AbortController();
  const abort = (): void => waiting.abort(OVER);
  signal.addEventListener('abort', abort);
  await Promise.race([committed.waitPast(rings, waiting.signal), clock.sleep(AGGREGATOR_POLL_MS, waiting.signal)]);
  signal.removeEventListener('abort', abort);
  waiting.abort(OVER);
}

/**
 * Transient refusals: just started, clock behind, rewind not folded yet, waiting for other members. They are retried, or a cut
 * would stay missing until tomorrow's restatement.
 */
const PASSING_REFUSALS: ReadonlySet<string> = new Set([
  'EPOCHS_UNREAD',
  'WRONG_EPOCH',
  'AS_OF_AHEAD',
  'TOO_MANY',
  'UNKNOWN_EDGE',
]);

/** Levels of refusals in the log; `warn` unless named. A log that is handed in again is full of ended epochs, which is no trouble. */
const REFUSAL_LEVELS: Readonly<Record<string, 'error' | 'info'>> = {
  CONTRADICTION: 'error',
  HEAD_MISMATCH: 'error',
  EPOCH_ENDED: 'info',
};

/** The delivered part of one aggregator's queue, and how to deliver the rest. */
class Delivery {
  readonly #options: DeliverJournalOptions;
  #mark: DeliveryMark | undefined;
  #attestedSeen = 0n;
  #reachableSeen = 0n;
  #checkedAtMs: number | undefined;
  #lackingSinceMs: number | undefined;
  #redeliveries = 0;

  constructor(options: DeliverJournalOptions) {
    this.#options = options;
  }

  get entryCount(): bigint {
    return this.#mark?.entryCount ?? 0n;
  }

  /** Delivers one portion; returns true if there may be more. */
  async advance(signal: AbortSignal): Promise<boolean> {
    const { log, edge, aggregatorName, clock } = this.#options;
    this.#mark ??= await log.loadDelivered(edge, aggregatorName);
    const nowMs = clock.elapsedMs();
    if (this.#checkedAtMs === undefined || nowMs - this.#checkedAtMs >= AGGREGATOR_POLL_MS) {
      await this.#compare(signal);
      this.#checkedAtMs = nowMs;
    }
    const statements = await this.#nextStatements();
    const last = statements.at(-1);
    const cursor = await log.loadCursor(edge);
    const target = last === undefined ? (cursor?.position.count ?? 0n) : highestTip(statements);
    const before = this.entryCount;
    const refusal = await this.#postEntries(target, signal);
    await this.#postStatements(statements, signal);
    if (refusal !== undefined) throw refusal;
    return last !== undefined || this.entryCount > before;
  }

  /**
   * Reads what the aggregator holds and steps back to what it lacks: at once if it held more before or lost a delivery,
   * later if it makes no progress towards a quorum, and at growing intervals if that does not help.
   */
  async #compare(signal: AbortSignal): Promise<void> {
    const { aggregator, attester, clock, edge, log } = this.#options;
    const summary = (await aggregator.readEdges(signal)).find((one) => one.edge === edge);
    if (summary === undefined) return;
    const own = summary.attesters?.find(({ address }) => address === attester.address);
    const sequence = this.#mark?.sequence ?? 0;
    const delivered = (await log.loadStatements(edge, sequence - 1, 1)).find(
      (one) => one.sequence === sequence,
    )?.statement;
    const forgets = summary.entryCount < this.entryCount || summary.attestedCount < this.#attestedSeen;
    const lost = forgets || (own !== undefined && delivered !== undefined && own.asOf < delivered.asOf);
    const advances = summary.reachableCount > this.#reachableSeen;
    this.#attestedSeen = summary.attestedCount;
    this.#reachableSeen = summary.reachableCount;
    const nowMs = clock.elapsedMs();
    if (!lost && (advances || delivered === undefined || summary.reachableCount >= delivered.count)) {
      this.#lackingSinceMs = undefined;
      this.#redeliveries = 0;
      await this.#skipAttested(summary);
      return;
    }
    this.#lackingSinceMs ??= nowMs;
    if (nowMs - this.#lackingSinceMs < this.#pauseMs({ lost, told: own !== undefined })) return;
    this.#redeliveries++;
    this.#lackingSinceMs = nowMs;
    await this.#stepBack(summary, lost ? 'lost' : 'lacking');
  }

  /** Wait before entries that the aggregator lacks are submitted again. */
  #pauseMs({ lost, told }: { lost: boolean; told: boolean }): number {
    if (lost && this.#redeliveries === 0) return 0;
    const waitingMs = told ? REDELIVER_KNOWN_FIRST_MS : REDELIVER_FIRST_MS;
    const firstMs = lost ? REDELIVER_LOST_FIRST_MS : waitingMs;
    return retryDelayMs(this.#redeliveries, { firstMs, maxMs: REDELIVER_MAX_MS });
  }

  /** Skips entries that a quorum has already attested at the aggregator. */
  async #skipAttested(summary: EdgeSummary): Promise<void> {
    const { edge, log } = this.#options;
    const verifiedCount = (await log.loadCursor(edge))?.position.count ?? 0n;
    const held = summary.attestedCount < verifiedCount ? summary.attestedCount : verifiedCount;
    if (held > this.entryCount) await this.#save({ entryCount: held, sequence: this.#mark?.sequence ?? 0 });
  }

  async #stepBack(summary: EdgeSummary, reason: 'lost' | 'lacking'): Promise<void> {
    const { log, edge, aggregatorName, observer } = this.#options;
    const held = summary.attestedCount < summary.entryCount ? summary.attestedCount : summary.entryCount;
    const mark = this.#mark ?? { entryCount: 0n, sequence: 0 };
    const sequence = await log.loadSequenceBelow(edge, summary.reachableCount);
    crashPoint('watcher.delivery.stepping-back');
    await this.#save({
      entryCount: held < mark.entryCount ? held : mark.entryCount,
      sequence: Math.min(sequence, mark.sequence),
    });
    observer.observe({
      name: 'delivery-repeated',
      level: 'info',
      fields: { edge, aggregator: aggregatorName, count: held, reason },
    });
  }

  /** Returns the next statements in order, up to the limit on how far they may be ahead of the delivered entries. */
  async #nextStatements(): Promise<readonly QueuedStatement[]> {
    const { log, edge } = this.#options;
    const queued = await log.loadStatements(edge, this.#mark?.sequence ?? 0, STATEMENTS_PER_POST);
    const end = queued.findIndex(({ statement }) => statement.tip > this.entryCount + ENTRIES_AHEAD_MAX);
    return end === -1 ? queued : queued.slice(0, Math.max(end, 1));
  }

  async #postEntries(target: bigint, signal: AbortSignal): Promise<AppError | undefined> {
    const { log, edge, attester, domain, aggregator } = this.#options;
    while (this.entryCount < target) {
      const from = this.entryCount;
      const entries = await log.loadEntries(edge, from, ENTRIES_PER_POST);
      if (entries.locations.length === 0) return undefined;
      const signature = await attester.signPosted({ edge, from, packed: entries.packed, stage: 'final' }, domain);
      crashPoint('watcher.delivery.entries-signed');
      const outcome = await aggregator.postEntries(
        { edge, from, entries, stage: 'final', poster: attester.address, signature },
        signal,
      );
      crashPoint('watcher.delivery.entries-posted');
      if (outcome.kind === 'refused') {
        return new AppError({ code: outcome.code, message: outcome.detail, retryable: true });
      }
      await this.#save({ entryCount: from + BigInt(entries.locations.length), sequence: this.#mark?.sequence ?? 0 });
    }
    return undefined;
  }

  async #postStatements(statements: readonly QueuedStatement[], signal: AbortSignal): Promise<void> {
    const { aggregator, observer, edge, aggregatorName } = this.#options;
    const last = statements.at(-1);
    if (last === undefined) return;
    const posted = statements.map(({ statement, signer, signature }) => ({ statement, signer, signature }));
    const outcomes = await aggregator.postStatements(posted, signal);
    crashPoint('watcher.delivery.statements-posted');
    outcomes.forEach((outcome, at) => {
      if (outcome.kind === 'stored') return;
      const count = statements[at]?.statement.count ?? 0n;
      observer.observe({
        name: 'statement-refused',
        level: REFUSAL_LEVELS[outcome.code] ?? 'warn',
        fields: { edge, aggregator: aggregatorName, count, code: outcome.code, detail: outcome.detail },
      });
    });
    const passing = outcomes.find((outcome) => outcome.kind === 'refused' && PASSING_REFUSALS.has(outcome.code));
    if (passing?.kind === 'refused')
      throw new AppError({ code: passing.code, message: passing.detail, retryable: true });
    await this.#save({ entryCount: this.entryCount, sequence: last.sequence });
  }

  async #save(mark: DeliveryMark): Promise<void> {
    const { log, edge, aggregatorName } = this.#options;
    await log.saveDelivered(edge, aggregatorName, mark);
    crashPoint('watcher.delivery.marked');
    this.#mark = mark;
  }
}

function highestTip(statements: readonly QueuedStatement[]): bigint {
  return statements.reduce((top, { statement }) => (statement.tip > top ? statement.tip : top), 0n);
}
