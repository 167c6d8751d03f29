import { AppError, type Bytes32, type EdgeDirection } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { LandOutcome } from '../ports/transactions.js';
import type { HeadPublisher, WaitingHints, WitnessRecord } from '../ports/witness.js';
import { relayPauseMs } from '../relay/relay-pause-ms.js';
import type { NotesFailing } from '../running/failing-loops.js';
import { type KeepRunningOptions, isChainMismatch, keepRunning } from '../running/keep-running.js';
import {
  type ChoiceAt,
  type ChoicePolicy,
  type PublicationChoice,
  type PublishedHead,
  type WaitingSince,
  type WitnessOffer,
  choosePublication,
  isPastJoining,
  uncoveredOf,
} from './choose-publication.js';

/** The conditions and the price of publishing heads. */
export interface PublishPolicy extends ChoicePolicy {
  readonly pollIntervalMs: number;
}

/** Ports of {@link publishHeads}. */
export interface PublishHeadsDeps {
  readonly edge: Bytes32;
  readonly source: number;
  /** To the ledger: the journal is a vault's. To the vault: it is the ledger's. */
  readonly direction: EdgeDirection;
  readonly publishers: readonly HeadPublisher[];
  /** Credits, or payments, that wait for a confirmation. */
  readonly waiting: WaitingHints;
  /** Reads the number of entries of the journal, 0 if it belongs to another edge. @throws RPC_UNAVAILABLE (retryable). */
  readonly readJournal: (signal?: AbortSignal) => Promise<bigint>;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly policy: PublishPolicy;
}

/** The memory of a publishing loop, its times by `Clock.elapsedMs`; losing it costs at most one publication per witness. */
export interface PublishMemory {
  /** True after the first poll of waiting amounts. The age of older amounts is unknown. */
  hasLooked: boolean;
  /** By index: when an amount was first known to wait. */
  readonly since: Map<bigint, number>;
  /** By witness: the last publication. */
  readonly sent: Map<string, PublishedHead>;
  /** By witness: until when it is not retried after a reverted publication, which has cost gas. */
  readonly rests: Map<string, number>;
  /** By witness: the newest unconfirmed record, its first sighting, and how long to wait for it. */
  readonly told: Map<string, Told>;
  /** Reports that have not changed since. */
  readonly said: Set<string>;
}

interface Told {
  readonly recorded: bigint;
  readonly confirmed: bigint;
  readonly sinceMs: number;
  readonly patienceMs: number;
}

/** Limit of doubling the wait while records come and none is confirmed: the replica does not move, whatever is paid. */
const PATIENCE_MAX_TIMES = 64;

/** Represents a record above the journal's end: no journal has so many entries. */
const PAST_JOURNAL = 1n << 64n;

/**
 * Amounts whose age is remembered. Above it all are forgotten and everything waiting is due, so that nobody can delay an amount
 * by crowding out its age.
 */
const SINCE_MAX = 16_384;

/** Returns the memory of a new loop. */
export function freshPublishMemory(): PublishMemory {
  return {
    hasLooked: false,
    since: new Map(),
    sent: new Map(),
    rests: new Map(),
    told: new Map(),
    said: new Set(),
  };
}

/**
 * Publishes a journal's head whenever value waits for a confirmation, over as many witnesses as must confirm, until the
 * signal aborts. `choosePublication` decides when and over which. It relies on others' publications instead of paying
 * again. If one does not arrive in time, the next witness is used too; after the last one the first is tried again. A
 * witness's record counts for as long as a publication may take, so a false count beyond every journal does not block
 * publishing. A failing witness delays no other.
 * @throws CHAIN_MISMATCH: this process is configured for another chain.
 */
export async function publishHeads(deps: PublishHeadsDeps & NotesFailing, signal: AbortSignal): Promise<void> {
  const { source, direction, clock, observer, policy } = deps;
  const memory = freshPublishMemory();
  const running: KeepRunningOptions = {
    step: () => publishHeadsOnce(deps, memory, signal),
    pauseMs: (failures) => relayPauseMs(policy.pollIntervalMs, failures),
    failure: { name: 'publish-failed', fields: { source, direction } },
    isFatal: isChainMismatch,
    clock,
    observer,
    failingLoops: deps.failingLoops,
  };
  await keepRunning(running, signal);
}

/**
 * Runs one pass and returns the names of the witnesses that it published over.
 * @throws the first failure, after all were tried.
 */
export async function publishHeadsOnce(
  deps: PublishHeadsDeps,
  memory: PublishMemory,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { count, waiting } = await readWaiting(deps, memory, signal);
  if (waiting.length === 0) return [];
  const from = waiting.reduce((least, one) => (one.count < least ? one.count : least), count) - 1n;
  const at = { nowMs: deps.clock.elapsedMs(), policy: deps.policy };
  const failed: unknown[] = [];
  const known = await readOffers(deps, memory, { at, waiting, journal: count, failed }, signal);
  const needsMore = uncoveredOf(waiting, known, at).length > 0;
  let offers = needsMore ? await quoteOffers(deps, memory, { at, offers: known, failed }, signal) : known;
  const published: string[] = [];
  for (;;) {
    const choice = choosePublication(waiting, offers, at);
    const publisher = choice.kind === 'publish' ? deps.publishers.find(({ name }) => name === choice.names[0]) : null;
    if (choice.kind !== 'publish' || !publisher) {
      tellChoice(deps, memory, choice, count);
      break;
    }
    const outcome = await attempt(() => publishOne(deps, memory, { publisher, from, count }, signal), failed);
    const own = outcome === 'landed' ? (memory.sent.get(publisher.name) ?? null) : null;
    if (own !== null) published.push(publisher.name);
    // A witness that could not be used in this pass is replaced by the next.
    offers = offers.map((one) =>
      one.name !== publisher.name ? one : own === null ? { ...one, cost: null } : { ...one, own },
    );
  }
  if (failed.length > 0) throw failed[0];
  return published;
}

/**
 * Reads the journal's count and its waiting amounts, each with the time since when it is known to wait; those from
 * before this process are due.
 */
async function readWaiting(
  { waiting, readJournal, clock, policy }: PublishHeadsDeps,
  memory: PublishMemory,
  signal?: AbortSignal,
): Promise<{ readonly count: bigint; readonly waiting: readonly WaitingSince[] }> {
  const listed = await waiting.readWaiting(signal);
  const count = listed.length === 0 ? 0n : await readJournal(signal);
  // An index above the journal is a lie, or from a provider that is behind. Publishing does not help it.
  const told = listed.filter((one) => one.count <= count);
  const { since } = memory;
  const isFull = since.size + told.length > SINCE_MAX;
  if (isFull) since.clear();
  const newSinceMs = clock.elapsedMs() - (memory.hasLooked && !isFull ? 0 : policy.stalenessMs);
  memory.hasLooked = true;
  for (const one of told) if (!since.has(one.count)) since.set(one.count, newSinceMs);
  return { count, waiting: told.map((one) => ({ ...one, sinceMs: since.get(one.count) ?? newSinceMs })) };
}

/** The state of the usable witnesses, without their cost. */
async function readOffers(
  { publishers, clock }: PublishHeadsDeps,
  memory: PublishMemory,
  of: {
    readonly at: ChoiceAt;
    readonly waiting: readonly WaitingSince[];
    /** Number of entries of the journal. */
    readonly journal: bigint;
    readonly failed: unknown[];
  },
  signal?: AbortSignal,
): Promise<readonly WitnessOffer[]> {
  const { at, waiting, journal, failed } = of;
  const offers: WitnessOffer[] = [];
  for (const publisher of publishers) {
    const { name, isDelivered } = publisher;
    const record = await attempt(() => publisher.readRecord(signal), failed);
    if (record === undefined || record.conflicted) continue;
    const told = toldBy(name, record, { memory, journal, nowMs: at.nowMs, fallbackAfterMs: at.policy.fallbackAfterMs });
    const untold = waiting.filter(({ count }) => count > told);
    const asked = untold.length > 0 ? await attempt(() => publisher.readPublished(told, signal), failed) : [];
    // Without a view of others' publications, do not pay a second time before those would stop counting.
    const logged = asked ?? (untold.some((amount) => isPastJoining(amount, at)) ? [] : undefined);
    if (logged === undefined) continue;
    // Blocks have times of day.
    const published = logged.map(({ count, atMs }) => ({ count, atMs: atMs - clock.nowMs() + clock.elapsedMs() }));
    offers.push({ name, isDelivered, told, published, own: memory.sent.get(name) ?? null, cost: null });
  }
  return offers;
}

/** Adds the current cost of publishing over each usable witness. */
async function quoteOffers(
  { source, direction, publishers, observer, policy }: PublishHeadsDeps,
  { rests, said }: PublishMemory,
  of: { readonly at: ChoiceAt; readonly offers: readonly WitnessOffer[]; readonly failed: unknown[] },
  signal?: AbortSignal,
): Promise<readonly WitnessOffer[]> {
  const quoted: WitnessOffer[] = [];
  for (const offer of of.offers) {
    const publisher = publishers.find(({ name }) => name === offer.name);
    const isResting = of.at.nowMs < (rests.get(offer.name) ?? 0);
    const cost = isResting ? undefined : await attempt(async () => publisher?.readCost(signal), of.failed);
    quoted.push({ ...offer, cost: cost ?? null });
    const isDear = cost !== undefined && cost.feeWei > policy.feeMaxWei;
    if (!isDear) said.delete(`publish-too-dear ${offer.name}`);
    else if (isNew(said, `publish-too-dear ${offer.name}`)) {
      const prices = { fee_wei: cost.feeWei, most_wei: policy.feeMaxWei };
      const fields = { source, direction, witness: offer.name, ...prices };
      observer.observe({ name: 'publish-too-dear', level: 'warn', fields });
    }
  }
  return quoted;
}

/** Reports once why nothing more is published, while the reason lasts. */
function tellChoice(
  { source, direction, clock, observer }: PublishHeadsDeps,
  { said }: PublishMemory,
  choice: PublicationChoice,
  count: bigint,
): void {
  if (choice.kind !== 'stuck') said.delete('publication-stuck');
  else if (isNew(said, 'publication-stuck'))
    observer.observe({ name: 'publication-stuck', level: 'warn', fields: { source, direction, count } });
  if (choice.kind !== 'wait') said.delete('publication-waits');
  else if (isNew(said, 'publication-waits')) {
    const untilMs = Math.round(choice.untilMs - clock.elapsedMs() + clock.nowMs());
    const fields = { source, direction, count, until_ms: untilMs };
    observer.observe({ name: 'publication-waits', level: 'debug', fields });
  }
}

function isNew(said: Set<string>, what: string): boolean {
  const before = said.size;
  return said.add(what).size > before;
}

/** Returns the result, or records the failure. A CHAIN_MISMATCH ends the pass. */
async function attempt<Answer>(ask: () => Promise<Answer>, failed: unknown[]): Promise<Answer | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof AppError && error.code === 'CHAIN_MISMATCH') throw error;
    failed.push(error);
    return undefined;
  }
}

/** The count that a witness counts as having recorded: confirmed, or recorded recently enough. */
function toldBy(
  name: string,
  { recorded, confirmed }: WitnessRecord,
  at: {
    readonly memory: PublishMemory;
    readonly journal: bigint;
    readonly nowMs: number;
    readonly fallbackAfterMs: number;
  },
): bigint {
  const { told } = at.memory;
  if (recorded <= confirmed) {
    told.delete(name);
    return confirmed;
  }
  // All records above the journal count as the same lie, however often they change.
  const known = recorded > at.journal ? PAST_JOURNAL : recorded;
  const before = told.get(name);
  if (before?.recorded === known && before.confirmed === confirmed)
    return at.nowMs - before.sinceMs < before.patienceMs ? recorded : confirmed;
  const longer = Math.min(2 * (before?.patienceMs ?? 0), PATIENCE_MAX_TIMES * at.fallbackAfterMs);
  const patienceMs = before?.confirmed === confirmed ? longer : at.fallbackAfterMs;
  told.set(name, { recorded: known, confirmed, sinceMs: at.nowMs, patienceMs });
  return recorded;
}

async function publishOne(
  { edge, source, direction, clock, observer, policy }: PublishHeadsDeps,
  memory: PublishMemory,
  of: { readonly publisher: HeadPublisher; readonly from: bigint; readonly count: bigint },
  signal?: AbortSignal,
): Promise<LandOutcome['kind'] | 'too-dear' | 'over-budget'> {
  const { publisher, from, count } = of;
  const { name } = publisher;
  const fields = { edge, source, direction, witness: name, from, count };
  const begunMs = clock.elapsedMs();
  const { feeWei } = await publisher.readCost(signal);
  // Quoted a moment ago, but paid at the current price.
  if (feeWei > policy.feeMaxWei) return 'too-dear';
  try {
    const outcome = await publisher.publish(feeWei, signal);
    if (outcome.kind === 'landed') {
      memory.sent.set(name, { count, atMs: clock.elapsedMs() });
      memory.said.delete('publish-over-budget');
      const paid = { fee_wei: feeWei, tx_hash: outcome.txHash, duration_ms: clock.elapsedMs() - begunMs };
      observer.observe({ name: 'head-published', level: 'info', fields: { ...fields, ...paid } });
      return outcome.kind;
    }
    if (outcome.kind === 'reverted') memory.rests.set(name, clock.elapsedMs() + policy.fallbackAfterMs);
    observer.observe({ name: 'publish-refused', level: 'warn', fields: { ...fields, outcome: outcome.kind } });
    return outcome.kind;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'BUDGET_SPENT') throw error;
    if (isNew(memory.said, 'publish-over-budget')) {
      const why = { fee_wei: feeWei, detail: error.message };
      observer.observe({ name: 'publish-over-budget', level: 'warn', fields: { ...fields, ...why } });
    }
    return 'over-budget';
  }
}
