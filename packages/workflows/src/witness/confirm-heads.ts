import type { Bytes32, EdgeDirection } from '@surety/domain';
import type { EntryBytes } from '../ports/batch-source.js';
import type { Clock } from '../ports/clock.js';
import type { EdgeReplica } from '../ports/ledger.js';
import type { Observer } from '../ports/observer.js';
import type { HeadConfirmer, WitnessRecord } from '../ports/witness.js';
import { MARK_ENTRIES_MAX } from '../relay/limits.js';
import { relayPauseMs } from '../relay/relay-pause-ms.js';
import type { NotesFailing } from '../running/failing-loops.js';
import { type KeepRunningOptions, isChainMismatch, keepRunning } from '../running/keep-running.js';

/** Published counts tried behind a record that is ahead of the replica. */
const BEHIND_MAX = 4;

/** Ports of {@link confirmHeads}. */
export interface ConfirmHeadsDeps {
  readonly source: number;
  readonly direction: EdgeDirection;
  readonly edge: Bytes32;
  readonly confirmers: readonly HeadConfirmer[];
  /** Published counts of the journal, tried when a witness's record is ahead of the replica. */
  readonly published?: () => readonly bigint[];
  readonly replica: Pick<EdgeReplica, 'read' | 'distrustProvider'>;
  /** Sources of entries that prove an older head, one per pass in turn. */
  readonly entries: readonly EntryBytes[];
  readonly clock: Clock;
  readonly observer: Observer;
  readonly policy: { readonly pollIntervalMs: number };
}

/**
 * Delivers ready messages of the witnesses' transports and makes the edge's replica compare each record, until the
 * signal aborts. Publications by others are delivered and confirmed as well.
 * @throws CHAIN_MISMATCH: this process is configured for another chain.
 */
export async function confirmHeads(deps: ConfirmHeadsDeps & NotesFailing, signal: AbortSignal): Promise<void> {
  const { replica, clock, observer, policy } = deps;
  let passes = 0;
  const running: KeepRunningOptions = {
    step: () => confirmHeadsOnce(deps, passes++, signal),
    pauseMs: (failures) => relayPauseMs(policy.pollIntervalMs, failures),
    failure: { name: 'confirm-failed', fields: fieldsOf(deps) },
    isFatal: isChainMismatch,
    distrustProvider: () => replica.distrustProvider(),
    clock,
    observer,
    failingLoops: deps.failingLoops,
  };
  await keepRunning(running, signal);
}

/**
 * Runs one pass and returns the names of the witnesses whose record was confirmed, or recorded as a conflict. A failing
 * witness does not stop the others.
 * @throws the first failure, after all were tried.
 */
export async function confirmHeadsOnce(
  deps: ConfirmHeadsDeps,
  pass: number,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const settled = await Promise.allSettled(deps.confirmers.map((one) => confirmOne(deps, one, pass, signal)));
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return deps.confirmers
    .filter((_, at) => (settled[at] as PromiseFulfilledResult<boolean>).value)
    .map(({ name }) => name);
}

async function confirmOne(
  deps: ConfirmHeadsDeps,
  confirmer: HeadConfirmer,
  pass: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const [delivered] = await Promise.allSettled([deliver(deps, confirmer, signal)]);
  const isConfirmed = await confirmNewest(deps, confirmer, pass, signal);
  // A failing transport does not keep arrived records from being confirmed.
  if (delivered.status === 'rejected') throw delivered.reason;
  return isConfirmed;
}

async function deliver(deps: ConfirmHeadsDeps, confirmer: HeadConfirmer, signal?: AbortSignal): Promise<void> {
  const outcome = await confirmer.deliver(signal);
  if (outcome === undefined || outcome.kind === 'overtaken') return;
  const fields = { ...fieldsOf(deps), witness: confirmer.name };
  if (outcome.kind === 'landed') {
    deps.observer.observe({ name: 'head-delivered', level: 'info', fields: { ...fields, tx_hash: outcome.txHash } });
    return;
  }
  deps.observer.observe({ name: 'delivery-refused', level: 'warn', fields: { ...fields, code: outcome.name } });
}

async function confirmNewest(
  deps: ConfirmHeadsDeps,
  confirmer: HeadConfirmer,
  pass: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const { observer } = deps;
  const newest = await confirmer.readRecord(signal);
  if (newest.conflicted || newest.recorded <= newest.confirmed) return false;
  const record = await withinReach(deps, confirmer, newest, signal);
  if (record === undefined) return false;
  if (!(await isReached(deps, confirmer, record, pass, signal))) return false;
  const begunMs = deps.clock.elapsedMs();
  const outcome = await confirmer.confirm(record.recorded, signal);
  const { confirmed: from, recorded: count } = record;
  const fields = { ...fieldsOf(deps), witness: confirmer.name, from, count };
  if (outcome.kind !== 'landed') {
    observer.observe({ name: 'confirm-refused', level: 'debug', fields: { ...fields, outcome: outcome.kind } });
    return false;
  }
  const { conflicted } = await confirmer.readRecord(signal);
  const event = conflicted
    ? ({ name: 'witness-conflicts', level: 'error' } as const)
    : ({ name: 'head-confirmed', level: 'info' } as const);
  const landed = { tx_hash: outcome.txHash, duration_ms: deps.clock.elapsedMs() - begunMs };
  observer.observe({ ...event, fields: { ...fields, ...landed } });
  return true;
}

/** Returns the newest record that the replica can have reached. A false record ahead of it hides no older one. */
async function withinReach(
  { replica, published }: ConfirmHeadsDeps,
  confirmer: HeadConfirmer,
  newest: WitnessRecord,
  signal?: AbortSignal,
): Promise<WitnessRecord | undefined> {
  const { count } = await replica.read(signal);
  if (newest.recorded <= count) return newest;
  const behind = [...new Set(published?.() ?? [])]
    .filter((one) => one <= count && one > newest.confirmed)
    .toSorted((left, right) => (left < right ? 1 : -1));
  for (const recorded of behind.slice(0, BEHIND_MAX)) {
    const head = await confirmer.readHead(recorded, signal);
    if (head !== undefined) return { ...newest, recorded, head };
  }
  return undefined;
}

/**
 * True if the replica can be compared at the record's count. An older, unmarked count is marked first, by entries that lead from
 * it to the replica's head.
 */
async function isReached(
  deps: ConfirmHeadsDeps,
  confirmer: HeadConfirmer,
  { recorded, head }: WitnessRecord,
  pass: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const { count } = await deps.replica.read(signal);
  if (recorded >= count) return recorded === count;
  // A count that was marked when it was applied is compared with that mark.
  if ((await confirmer.readMark(recorded, signal)) !== undefined) return true;
  const entries = deps.entries[pass % Math.max(1, deps.entries.length)];
  if (entries === undefined) return false;
  if (count - recorded > MARK_ENTRIES_MAX) {
    const fields = { ...fieldsOf(deps), witness: confirmer.name, count: recorded, applied: count };
    deps.observer.observe({ name: 'head-too-old', level: 'debug', fields });
    return false;
  }
  const packed = await entries.readEntries(deps.edge, recorded, count, signal);
  const outcome = await confirmer.mark({ count: recorded, head, packed }, signal);
  // A head that does not lead to ours cannot be marked here. One of the two is a lie, and only a mark made during the replay
  // would show which.
  if (outcome.kind === 'landed' || outcome.kind === 'overtaken') return true;
  const fields = { ...fieldsOf(deps), witness: confirmer.name, count: recorded, outcome: outcome.kind };
  deps.observer.observe({ name: 'mark-refused', level: 'warn', fields });
  return false;
}

function fieldsOf({ edge, source, direction }: ConfirmHeadsDeps) {
  return { edge, source, direction };
}
