import { AppError, type EdgeDirection } from '@surety/domain';
import { retryDelayMs } from '../attest/retry-delay-ms.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { LandOutcome } from '../ports/transactions.js';
import type { HeadPublisher, WaitingHints, WitnessRecord } from '../ports/witness.js';
import { RELAY_BACKOFF_MAX_MS } from '../relay/limits.js';

/** When heads are published, and for how much. */
export interface PublishPolicy {
  readonly pollIntervalMs: number;
  /** Most wei that one publication may cost beside its gas. */
  readonly feeMaxWei: bigint;
  /** How long a publication may be under way before the next witness is tried. */
  readonly fallbackAfterMs: number;
  /** How many witnesses must tell a head. */
  readonly m: number;
}

/** What one loop publishes, and through what. */
export interface PublishHeadsDeps {
  readonly source: number;
  /** To the ledger: the journal is a vault's. To the vault: it is the ledger's. */
  readonly direction: EdgeDirection;
  /** In the order in which they are used, as the configuration lists them. */
  readonly publishers: readonly HeadPublisher[];
  /** Which credits, or payments, wait for a confirmation. */
  readonly waiting: WaitingHints;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly policy: PublishPolicy;
}

/** What a publishing loop remembers; losing it costs at most one publication for each witness. */
export interface PublishMemory {
  failures: number;
  /** By witness, what was published last: up to which count that is needed, and when. */
  readonly sent: Map<string, { readonly count: bigint; readonly atMs: number }>;
  /** By witness, the newest record that was not confirmed, since when it stands there, and how long it is waited for. */
  readonly told: Map<string, Told>;
}

interface Told {
  readonly recorded: bigint;
  readonly confirmed: bigint;
  readonly sinceMs: number;
  readonly patienceMs: number;
}

/** Patience doubles up to this multiple while records come and none is confirmed: the replica stands still, whatever is paid. */
const PATIENCE_MAX_TIMES = 64;

/** Gives the memory of a loop that has not run yet. */
export function freshPublishMemory(): PublishMemory {
  return { failures: 0, sent: new Map(), told: new Map() };
}

/**
 * Publishes the head of a journal whenever value waits for a confirmation, over as many witnesses as must confirm, until the
 * signal aborts. One that has not arrived in time is joined by the next witness; after the last one the first is tried again.
 * What a witness has told counts for as long as a publication may be under way: a count that no journal has, which a lie may leave
 * there for ever, keeps nobody from publishing. A witness that fails holds up no other.
 * @throws CHAIN_MISMATCH: this process is configured for another chain.
 */
export async function publishHeads(deps: PublishHeadsDeps, signal: AbortSignal): Promise<void> {
  const memory = freshPublishMemory();
  while (!signal.aborted) {
    try {
      await publishHeadsOnce(deps, memory, signal);
      memory.failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof AppError && error.code === 'CHAIN_MISMATCH') throw error;
      const code = error instanceof AppError ? error.code : 'UNEXPECTED';
      const level = memory.failures++ === 0 ? 'warn' : 'debug';
      const { source, direction } = deps;
      deps.observer.observe({ name: 'publish-failed', level, fields: { source, direction, code } });
    }
    const { pollIntervalMs } = deps.policy;
    const limits = { firstMs: pollIntervalMs, maxMs: Math.max(pollIntervalMs, RELAY_BACKOFF_MAX_MS) };
    await deps.clock.sleep(retryDelayMs(memory.failures, limits), signal);
  }
}

/** Makes one pass and gives the names of the witnesses that it published with. @throws the first failure once all were tried. */
export async function publishHeadsOnce(
  deps: PublishHeadsDeps,
  memory: PublishMemory,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const waiting = await deps.waiting.readWaiting(signal);
  if (waiting === 0n) return [];
  const { m, fallbackAfterMs } = deps.policy;
  const nowMs = deps.clock.nowMs();
  let missing = m;
  const failed: unknown[] = [];
  const free: { readonly publisher: HeadPublisher; readonly overdueSinceMs: number }[] = [];
  for (const publisher of deps.publishers) {
    const record = await attempt(() => publisher.readRecord(signal), failed);
    if (record === undefined || record.conflicted) continue;
    const told = toldBy(publisher.name, record, { memory, nowMs, fallbackAfterMs });
    const sent = memory.sent.get(publisher.name);
    const isMissing = sent !== undefined && told < sent.count;
    // One publication at a time for each witness: what comes to wait meanwhile goes with the next one.
    if (told >= waiting || (isMissing && nowMs - sent.atMs < fallbackAfterMs)) missing--;
    else free.push({ publisher, overdueSinceMs: isMissing ? sent.atMs : -Infinity });
  }
  // Those that owe nothing come first, as they are listed, then those whose last try is oldest.
  const ordered = free.toSorted((left, right) => compare(left.overdueSinceMs, right.overdueSinceMs));
  const published: string[] = [];
  for (const { publisher } of ordered) {
    if (missing <= 0) break;
    const outcome = await attempt(() => publishOne(deps, publisher, waiting, signal), failed);
    // One that was reverted has cost gas: it is not tried again at once, and the next witness is used.
    if (outcome === 'landed' || outcome === 'reverted')
      memory.sent.set(publisher.name, { count: waiting, atMs: nowMs });
    if (outcome !== 'landed') continue;
    published.push(publisher.name);
    missing--;
  }
  if (failed.length > 0) throw failed[0];
  return published;
}

/** Gives what is asked, or notes why not; what is asked of another chain ends the pass. */
async function attempt<Answer>(ask: () => Promise<Answer>, failed: unknown[]): Promise<Answer | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof AppError && error.code === 'CHAIN_MISMATCH') throw error;
    failed.push(error);
    return undefined;
  }
}

/** The count up to which a witness counts as having told the head: what is confirmed, or recorded not too long ago. */
function toldBy(
  name: string,
  { recorded, confirmed }: WitnessRecord,
  at: { readonly memory: PublishMemory; readonly nowMs: number; readonly fallbackAfterMs: number },
): bigint {
  const { told } = at.memory;
  if (recorded <= confirmed) {
    told.delete(name);
    return confirmed;
  }
  const before = told.get(name);
  if (before?.recorded === recorded && before.confirmed === confirmed)
    return at.nowMs - before.sinceMs < before.patienceMs ? recorded : confirmed;
  const longer = Math.min(2 * (before?.patienceMs ?? 0), PATIENCE_MAX_TIMES * at.fallbackAfterMs);
  const patienceMs = before?.confirmed === confirmed ? longer : at.fallbackAfterMs;
  told.set(name, { recorded, confirmed, sinceMs: at.nowMs, patienceMs });
  return recorded;
}

function compare(left: number, right: number): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

async function publishOne(
  { source, direction, observer, policy }: PublishHeadsDeps,
  publisher: HeadPublisher,
  waiting: bigint,
  signal?: AbortSignal,
): Promise<LandOutcome['kind'] | 'too-dear'> {
  const fields = { source, direction, witness: publisher.name, count: waiting };
  const feeWei = await publisher.readFeeWei(signal);
  if (feeWei > policy.feeMaxWei) {
    observer.observe({
      name: 'publish-too-dear',
      level: 'warn',
      fields: { ...fields, fee_wei: feeWei, most_wei: policy.feeMaxWei },
    });
    return 'too-dear';
  }
  const outcome = await publisher.publish(feeWei, signal);
  if (outcome.kind === 'landed') {
    observer.observe({
      name: 'head-published',
      level: 'info',
      fields: { ...fields, fee_wei: feeWei, tx_hash: outcome.txHash },
    });
    return outcome.kind;
  }
  observer.observe({ name: 'publish-refused', level: 'warn', fields: { ...fields, outcome: outcome.kind } });
  return outcome.kind;
}
