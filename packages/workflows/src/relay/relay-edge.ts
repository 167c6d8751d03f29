import { AppError, type Bytes32, CUT_LENGTH, ENTRY_BYTES, type EdgeDirection, type Rewound } from '@surety/domain';
import { crashPoint } from '../crash-point.js';
import type { AttestedStatement } from '../ports/aggregator-api.js';
import type { BatchSource } from '../ports/batch-source.js';
import type { Clock } from '../ports/clock.js';
import type { BatchOutcome, EdgeReplica, ReplicaPosition } from '../ports/ledger.js';
import type { EventLevel, Observer } from '../ports/observer.js';
import type { LandOutcome } from '../ports/transactions.js';
import { failureOf } from '../running/failure-detail.js';
import { spentOf } from '../running/spent-of.js';
import { chooseMarks } from './choose-marks.js';
import { BATCH_ENTRIES_MAX, EDGE_MISMATCHES_MAX, ENTRY_GAS, EPOCH_EXPIRED_MS, LAG_PATIENCE_MS } from './limits.js';
import { type RelayBatch, learnEntryGas, planBatches } from './plan-batches.js';
import { needsRefresh, planRefresh } from './plan-refresh.js';
import { type RelayMemory, freshRelayMemory } from './relay-memory.js';
import { relayPauseMs } from './relay-pause-ms.js';

/** Ports of {@link relayEdge}. */
export interface RelayEdgeDeps {
  readonly source: number;
  readonly direction: EdgeDirection;
  /** The edge's configured first name, by which entries are requested. */
  readonly edge: Bytes32;
  /** Returns the edge's name after a rewind. A contract with another name is not the configured one. */
  readonly nameOf: (rewound: Rewound) => Bytes32;
  /** Sources, one per pass in turn, so that one that lies or withholds only delays. */
  readonly sources: readonly BatchSource[];
  readonly replica: EdgeReplica;
  /** Known counts published over witnesses; they are marked when they are applied. */
  readonly published?: (signal?: AbortSignal) => Promise<readonly bigint[]>;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly policy: RelayPolicy;
  /** Called after every pass. */
  readonly report?: (status: RelayStatus) => void;
}

/** Settings of one relay loop. */
export interface RelayPolicy {
  readonly pollIntervalMs: number;
  readonly gasCeiling: bigint;
  /** Share of a source's `staleAfter`, in basis points, from which a heartbeat is posted. */
  readonly refreshShareBps: number;
}

/** The state of one loop after a pass. */
export interface RelayStatus {
  readonly source: number;
  readonly direction: EdgeDirection;
  readonly edge: Bytes32;
  readonly count: bigint | null;
  /** Highest attested count seen by a pass, which looks only as far ahead as it needs. */
  readonly attestedCount: bigint | null;
  /** Time of `Clock.elapsedMs`. */
  readonly passedAtMs: number;
  /** Null if the pass succeeded. */
  readonly problem: { readonly code: string; readonly detail: string } | null;
}

/** The result of one pass. */
export type RelayPass =
  | { readonly kind: 'idle' }
  | { readonly kind: 'applied'; readonly from: bigint; readonly to: bigint }
  | { readonly kind: 'refreshed'; readonly asOf: bigint }
  /** Another relayer was faster: nothing is left to do. */
  | { readonly kind: 'overtaken' }
  /** The provider shows less than the landed count. */
  | { readonly kind: 'lagging' }
  /** A witness showed another head. That was recorded and nothing applied; the next pass applies without the witness. */
  | { readonly kind: 'contradicted' }
  /** The next pass tries a smaller batch, or the same without marks. */
  | { readonly kind: 'shrunk'; readonly entriesMax: bigint }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string };

/** Errors at ledger and vault that mean that another relayer was faster. @source ReplicaLib.sol */
const LOST_RACES: ReadonlySet<string> = new Set(['NothingNew', 'AsOfFell', 'NotAtReplica', 'MarkOutOfRange']);

/** The error for statements under an expired attester set. @source AttesterSet.sol */
const EPOCH_EXPIRED = 'EpochExpired';

/** Outcomes after which the next pass follows without a pause. */
const GOES_ON: ReadonlySet<RelayPass['kind']> = new Set(['applied', 'shrunk', 'contradicted']);

/** States in which a replica accepts entries. @source PROTOCOL section 9 */
const ACCEPTING: ReadonlySet<ReplicaPosition['state']> = new Set(['LIVE', 'CONTESTED']);

/**
 * Relays one edge until the signal aborts: reads the replica, posts entries with enough signatures in attested steps,
 * and refreshes it as it ages. Several relayers may run: the simulation refuses the second, which then does nothing.
 * @throws CHAIN_MISMATCH, EDGE_MISMATCH from every provider: this process is configured for other contracts.
 */
export async function relayEdge(deps: RelayEdgeDeps, signal: AbortSignal): Promise<void> {
  const memory = freshRelayMemory();
  // Not keepRunning: a refused pass counts as a failure though it threw nothing, and an applied one continues at once.
  while (!signal.aborted) {
    const { problem, again } = await passAndJudge(deps, memory, signal);
    if (signal.aborted) return;
    memory.failures = problem === null ? 0 : memory.failures + 1;
    if (problem !== null) deps.replica.distrustProvider();
    deps.report?.({
      source: deps.source,
      direction: deps.direction,
      edge: deps.edge,
      count: memory.count,
      attestedCount: memory.attestedCount,
      passedAtMs: deps.clock.elapsedMs(),
      problem,
    });
    if (!again) await deps.clock.sleep(relayPauseMs(deps.policy.pollIntervalMs, memory.failures), signal);
  }
}

/**
 * Runs one pass over an edge: at most one transaction.
 * @throws errors of source and replica; EDGE_MISMATCH, BAD_ENTRIES, NO_SOURCE.
 */
export async function relayEdgeOnce(
  deps: RelayEdgeDeps,
  memory: RelayMemory,
  signal?: AbortSignal,
): Promise<RelayPass> {
  const from = sourceOf(deps, memory.passes++);
  const replica = await deps.replica.read(signal);
  crashPoint('relayer.pass.read');
  requireEdge(deps, replica);
  if (isLagging(deps, memory, replica)) return { kind: 'lagging' };
  memory.count = replica.count;
  if (!ACCEPTING.has(replica.state)) {
    return {
      kind: 'refused',
      code: 'SOURCE_CLOSED',
      detail: `the edge ${deps.direction} of source ${deps.source} is ${replica.state} and takes no entries`,
    };
  }
  const range = { after: replica.count, upTo: replica.count + BATCH_ENTRIES_MAX };
  const attested = (await from.readAttested(replica.edge, range, signal)).filter(
    ({ statement }) =>
      statement.edge === replica.edge &&
      statement.count > replica.count &&
      (memory.expiredEpochs.get(statement.epoch) ?? 0) <= deps.clock.elapsedMs(),
  );
  memory.attestedCount = attested.reduce(
    (most, { statement }) => (statement.count > most ? statement.count : most),
    replica.count,
  );
  if (attested.length > 0) return applyNext(deps, memory, { from, replica, attested, signal });
  if (needsRefresh(replica, deps.policy.refreshShareBps)) return refreshNow(deps, { from, replica, signal });
  return { kind: 'idle' };
}

interface Pass {
  readonly from: BatchSource;
  readonly replica: ReplicaPosition;
  readonly signal: AbortSignal | undefined;
}

async function applyNext(
  deps: RelayEdgeDeps,
  memory: RelayMemory,
  pass: Pass & { readonly attested: readonly AttestedStatement[] },
): Promise<RelayPass> {
  const { from, replica, attested, signal } = pass;
  const { gasCeiling } = deps.policy;
  const { entriesMax, entryGas } = memory;
  const plan = planBatches({ ...replica, attested, gasCeiling, entriesMax, entryGas });
  const batch = plan.batches[0];
  if (batch === undefined) {
    memory.entriesMax = BATCH_ENTRIES_MAX;
    if (plan.blocked === undefined) return { kind: 'idle' };
    return {
      kind: 'refused',
      code: 'BATCH_BLOCKED',
      detail: `no statement between counts ${plan.blocked.from} and ${plan.blocked.to} makes a batch within ${gasCeiling} gas`,
    };
  }
  crashPoint('relayer.batch.planned');
  const packed = await from.readEntries(deps.edge, batch.from, batch.to, signal);
  requireLength(batch, packed);
  crashPoint('relayer.batch.entries-read');
  const begunMs = deps.clock.elapsedMs();
  const published = memory.isUnmarked ? [] : ((await deps.published?.(signal)) ?? []);
  const marks = chooseMarks(published, { after: replica.count, upTo: batch.to });
  const outcome = await deps.replica.apply({ from: batch.from, packed, attested: batch.attested, marks }, signal);
  return judgeApply(deps, memory, { ...batch, marks, begunMs }, outcome);
}

function judgeApply(
  deps: RelayEdgeDeps,
  memory: RelayMemory,
  batch: RelayBatch & { readonly marks: readonly bigint[]; readonly begunMs: number },
  outcome: BatchOutcome,
): RelayPass {
  const fields = {
    edge: deps.edge,
    source: deps.source,
    direction: deps.direction,
    from: batch.from,
    count: batch.to,
    entries: batch.to - batch.from,
  };
  if (outcome.kind === 'landed' && outcome.contradicted === true) {
    deps.observer.observe({
      name: 'batch-contradicted',
      level: 'error',
      fields: { ...fields, tx_hash: outcome.txHash, fee_wei: outcome.feeWei },
    });
    return { kind: 'contradicted' };
  }
  if (outcome.kind === 'landed') {
    crashPoint('relayer.batch.landed');
    memory.isUnmarked = false;
    memory.landed = { name: batch.attested.statement.edge, count: batch.to, atMs: deps.clock.elapsedMs() };
    memory.count = batch.to;
    memory.entryGas = learnEntryGas({ gasUsed: outcome.gasUsed, entries: batch.to - batch.from });
    memory.entriesMax = memory.entriesMax * 2n < BATCH_ENTRIES_MAX ? memory.entriesMax * 2n : BATCH_ENTRIES_MAX;
    deps.observer.observe({
      name: 'batch-applied',
      level: 'info',
      fields: {
        ...fields,
        ...spentOf(outcome),
        height: outcome.height,
        duration_ms: deps.clock.elapsedMs() - batch.begunMs,
      },
    });
    return { kind: 'applied', from: batch.from, to: batch.to };
  }
  if ('name' in outcome && outcome.name === EPOCH_EXPIRED) {
    // This is one provider's word, so it is checked again later.
    memory.expiredEpochs.set(batch.attested.statement.epoch, deps.clock.elapsedMs() + EPOCH_EXPIRED_MS);
  }
  const isTooLarge = outcome.kind === 'refused' && outcome.name === 'GAS_ABOVE_CEILING';
  const canShrink = batch.marks.length > 0 || smallerThan(fields.entries) < fields.entries;
  if (isTooLarge && canShrink) {
    // Witnesses that use up the gas must not block a batch that fits without them.
    memory.isUnmarked = batch.marks.length > 0;
    if (!memory.isUnmarked) memory.entriesMax = smallerThan(fields.entries);
    memory.entryGas = ENTRY_GAS;
    deps.observer.observe({
      name: 'batch-shrunk',
      level: 'debug',
      fields: { ...fields, entries_max: memory.entriesMax },
    });
    return { kind: 'shrunk', entriesMax: memory.entriesMax };
  }
  return judgeOther(deps, outcome, fields);
}

async function refreshNow(deps: RelayEdgeDeps, pass: Pass): Promise<RelayPass> {
  const { from, replica, signal } = pass;
  if (replica.count === 0n) return { kind: 'idle' };
  const counts = { after: replica.count - 1n, upTo: replica.count };
  const attested = await from.readAttested(replica.edge, counts, signal);
  const chosen = planRefresh({ replica, attested, shareBps: deps.policy.refreshShareBps });
  if (chosen === undefined) return { kind: 'idle' };
  crashPoint('relayer.refresh.chosen');
  const outcome = await deps.replica.refresh(chosen, signal);
  const { edge, source, direction } = deps;
  const fields = { edge, source, direction, count: replica.count, as_of: chosen.statement.asOf };
  if (outcome.kind !== 'landed') return judgeOther(deps, outcome, fields);
  deps.observer.observe({
    name: 'replica-refreshed',
    level: 'info',
    fields: { ...fields, ...spentOf(outcome) },
  });
  return { kind: 'refreshed', asOf: chosen.statement.asOf };
}

function judgeOther(
  deps: RelayEdgeDeps,
  outcome: Exclude<LandOutcome, { kind: 'landed' }>,
  fields: Record<string, string | number | bigint>,
): RelayPass {
  const lost = outcome.kind === 'overtaken' || LOST_RACES.has(outcome.name);
  if (lost) {
    const spent = outcome.kind === 'reverted' ? { tx_hash: outcome.txHash, fee_wei: outcome.feeWei } : {};
    deps.observer.observe({ name: 'relay-overtaken', level: 'debug', fields: { ...fields, ...spent } });
    return { kind: 'overtaken' };
  }
  return {
    kind: 'refused',
    code: outcome.name,
    detail: outcome.kind === 'reverted' ? `transaction ${outcome.txHash} reverted in a block` : outcome.detail,
  };
}

async function passAndJudge(
  deps: RelayEdgeDeps,
  memory: RelayMemory,
  signal: AbortSignal,
): Promise<{ problem: RelayStatus['problem']; again: boolean }> {
  const fields = { edge: deps.edge, source: deps.source, direction: deps.direction };
  try {
    const pass = await relayEdgeOnce(deps, memory, signal);
    memory.mismatches = 0;
    // Both mean that this provider is behind: the next one may know more, and nothing is sent twice on stale reads.
    if (pass.kind === 'lagging' || pass.kind === 'overtaken') deps.replica.distrustProvider();
    if (pass.kind !== 'refused') memory.told = null;
    if (pass.kind !== 'refused') return { problem: null, again: GOES_ON.has(pass.kind) };
    const { code, detail } = pass;
    deps.observer.observe({
      name: 'relay-refused',
      level: levelOf(memory, code, 'warn'),
      fields: { ...fields, code, detail },
    });
    return { problem: { code, detail }, again: false };
  } catch (error) {
    if (signal.aborted) {
      const { code } = failureOf(error, 'ABORTED');
      deps.observer.observe({ name: 'relay-stopped', level: 'info', fields: { ...fields, code } });
      return { problem: null, again: false };
    }
    if (error instanceof AppError && isFatal(error, memory)) throw error;
    const { code, detail } = failureOf(error);
    const level = levelOf(memory, code, error instanceof AppError && error.retryable ? 'warn' : 'error');
    deps.observer.observe({ name: 'relay-failed', level, fields: { ...fields, code, detail } });
    return { problem: { code, detail }, again: false };
  }
}

/** Errors after which continuing could only do harm. One provider's claim about the edge does not prove that. */
function isFatal({ code }: AppError, memory: RelayMemory): boolean {
  if (code === 'EDGE_MISMATCH') return ++memory.mismatches >= EDGE_MISMATCHES_MAX;
  return code === 'CHAIN_MISMATCH';
}

/** Reports a persistent problem at its level once, then at debug. */
function levelOf(memory: RelayMemory, code: string, level: EventLevel): EventLevel {
  const isNew = memory.told !== code;
  memory.told = code;
  return isNew ? level : 'debug';
}

function sourceOf(deps: RelayEdgeDeps, pass: number): BatchSource {
  const source = deps.sources[pass % Math.max(1, deps.sources.length)];
  if (source !== undefined) return source;
  throw new AppError({
    code: 'NO_SOURCE',
    message: `nothing gives entries of edge ${deps.edge}; expected at least one aggregator in SURETY_AGGREGATOR_URLS, or another source`,
  });
}

function requireEdge(deps: RelayEdgeDeps, replica: ReplicaPosition): void {
  // During a rewind it accepts nothing, and its name is about to change.
  const expected = replica.rewound === null ? replica.edge : deps.nameOf(replica.rewound);
  if (replica.edge === expected) return;
  throw new AppError({
    code: 'EDGE_MISMATCH',
    message: `the contract names edge ${replica.edge} ${deps.direction} for source ${deps.source}; expected ${expected}; check settlement.ledger and the vault in chains.config.json`,
    context: { source: deps.source },
  });
}

function requireLength(batch: RelayBatch, packed: Uint8Array): void {
  if (BigInt(packed.length) === (batch.to - batch.from) * BigInt(ENTRY_BYTES)) return;
  throw new AppError({
    code: 'BAD_ENTRIES',
    message: `the source gave ${packed.length} bytes for entries ${batch.from} to ${batch.to}; expected ${ENTRY_BYTES} bytes each`,
    retryable: true,
  });
}

function isLagging(deps: RelayEdgeDeps, memory: RelayMemory, replica: ReplicaPosition): boolean {
  const { landed } = memory;
  if (landed === null || landed.name !== replica.edge || replica.count >= landed.count) return false;
  if (deps.clock.elapsedMs() - landed.atMs < LAG_PATIENCE_MS) return true;
  memory.landed = null;
  return false;
}

/** Half of a batch. A batch that spans cuts never shrinks below two cuts, since every cut has a statement. */
function smallerThan(entries: bigint): bigint {
  const half = entries >> 1n;
  const least = entries > CUT_LENGTH ? CUT_LENGTH : 1n;
  return half > least ? half : least;
}
