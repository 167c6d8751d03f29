import {
  AppError,
  type Bytes32,
  ENTRY_BYTES,
  HEARTBEAT_SECONDS,
  blockHeight,
  frameAtOrBelow,
  isFirstHeartbeatOfDay,
} from '@surety/domain';
import { crashPoint } from '../crash-point.js';
import type { JournalCursor } from '../ports/attestation-log.js';
import type { Epoch } from '../ports/epochs.js';
import type { FinalBlock, FrameRequest, LocatedEntries, VerifiedFrame } from '../ports/origin-chain.js';
import type { AttestPorts } from './attest-ports.js';
import { isBeforeFirstEpoch } from './epoch-at.js';
import { findHeartbeats, heartbeatFrom } from './find-heartbeats.js';
import { NEW_NAME_SECONDS } from './limits.js';
import { loadRestated } from './load-restated.js';
import { placeCursor } from './place-cursor.js';
import { type PlannedFrame, planFrames } from './plan-frames.js';
import { statementsOf } from './statements-of.js';
import { storeWalked, walkPortions } from './walk-portions.js';

/** The result of a step. */
export interface StepOutcome {
  readonly cursor: JournalCursor;
  /** True if there is something to deliver. */
  readonly moved: boolean;
  /** Height of the newest final frame. */
  readonly tipHeight: bigint;
  /** True if the cursor has reached the newest final frame. */
  readonly current: boolean;
  /** Entries that the step verified. */
  readonly entryCount: bigint;
}

/** Limits of a step. */
export interface StepRequest {
  /** Most frames of one step. */
  readonly framesMax: bigint;
  /** A name under which a signature would contradict a recorded one, so that nothing more is signed under it. */
  readonly refused?: Bytes32 | undefined;
}

/**
 * Walks a journal from its cursor towards the newest final frame, at most `framesMax` frames: verifies each frame where
 * the journal grew or a heartbeat falls due, signs it, and stores what was signed. After an interruption the next step
 * continues: statements that were signed but not stored are signed again with the same bytes. Returns undefined while
 * nothing may be signed: the journal's first block is not final yet, or its present name is refused.
 * @throws EDGE_REWINDING (retryable); whatever reading, recording or storing throws; nothing is signed then.
 */
export async function attestStep(
  ports: AttestPorts,
  request: StepRequest,
  signal: AbortSignal,
): Promise<StepOutcome | undefined> {
  const { chain, frameLength } = ports;
  const { framesMax } = request;
  const tip = await chain.readFinalTip(signal);
  const tipHeight = frameAtOrBelow(tip.height, frameLength);
  const idle = (cursor: JournalCursor): StepOutcome => ({
    cursor,
    moved: false,
    tipHeight,
    current: true,
    entryCount: 0n,
  });
  const stored = await ports.log.loadCursor(ports.journal.edgeId);
  if (stored !== undefined && tipHeight <= stored.height) return idle(stored);
  const place = await placeCursor(ports, { stored, tipHeight }, signal);
  if (place === undefined || place.from.signing.name === request.refused) return undefined;
  const { from, replicaCount } = place;
  if (tipHeight <= from.height) return idle(from);
  if (from.height < from.signing.height) {
    // Returned before a walk that may take long: the cursor is not current until it ends.
    if (from !== stored) return { ...idle(from), current: false };
    return { ...idle(await walkSilently(ports, { from, tipHeight }, signal)), moved: true };
  }
  const found = await findTarget(ports, { from, framesMax, tip, tipHeight }, signal);
  const start = found.cursor;
  const outcome = (cursor: JournalCursor): StepOutcome => ({
    cursor,
    moved: true,
    tipHeight,
    current: cursor.height >= tipHeight,
    entryCount: cursor.position.count - from.position.count,
  });
  if (found.frame === undefined) return outcome(start);
  const target = found.frame;
  const epochs = await ports.epochs.readEpochs(target.block.timestamp, signal);
  const heartbeats = await findHeartbeats({
    cursor: start,
    target: target.block,
    newest:
      target.block.height === tipHeight ? [target.block.timestamp] : [tip.timestamp, tip.timestamp - HEARTBEAT_SECONDS],
    frameLength,
    epochs,
    readTimestamp: async (height) => (await chain.readFinalBlock(blockHeight(height), signal)).timestamp,
  });
  const plan = planFrames({
    cursor: start,
    target: { height: target.block.height, position: target.position },
    locations: target.entries.locations,
    heartbeats,
    frameLength,
  });
  let cursor = start;
  for (const planned of plan) {
    const frame = planned.height === target.block.height ? target : await readBetween(ports, planned, cursor, signal);
    if (frame === undefined) continue;
    const { heartbeat } = planned;
    cursor = await attestFrame(ports, { frame, cursor, epochs, heartbeat, replicaCount });
  }
  return outcome(cursor);
}

/** The start and the end of a step, after the part that could only be skipped. */
interface StepTarget {
  readonly cursor: JournalCursor;
  /** Undefined if the step ends before the journal was opened. */
  readonly frame?: VerifiedFrame;
}

/** Finds the frame at the end of the step; where no provider proves that old a block, the newest final one instead. */
async function findTarget(
  ports: AttestPorts,
  at: { from: JournalCursor; framesMax: bigint; tip: FinalBlock; tipHeight: bigint },
  signal: AbortSignal,
): Promise<StepTarget> {
  const { from, framesMax, tip, tipHeight } = at;
  const stepEnd = frameAtOrBelow(from.height, ports.frameLength) + framesMax * ports.frameLength;
  const readBlock = async (height: bigint): Promise<FinalBlock> =>
    height === tip.height ? tip : await ports.chain.readFinalBlock(blockHeight(height), signal);
  const read = async (height: bigint): Promise<StepTarget> => ({
    cursor: from,
    frame: await ports.chain.readFrame(frameRequest(ports, await readBlock(height), from), signal),
  });
  if (stepEnd >= tipHeight) return read(tipHeight);
  try {
    return await read(stepEnd);
  } catch (error) {
    if (isNotOpened(error, from)) return { cursor: await passOver(ports, from, await readBlock(stepEnd)) };
    if (!(error instanceof AppError) || error.code !== 'UNPROVEN') throw error;
    observePassedOver(ports, { fromHeight: from.height + 1n, toHeight: stepEnd, code: error.code });
    return readAtTip(ports, { from, block: await readBlock(tipHeight) }, signal);
  }
}

/** True if a block is proven to be older than the journal, so that there is nothing to sign. */
function isNotOpened(error: unknown, cursor: JournalCursor): boolean {
  return error instanceof AppError && error.code === 'JOURNAL_UNKNOWN' && cursor.position.count === 0n;
}

/** Stores that nothing will be signed up to a block. */
async function passOver(ports: AttestPorts, from: JournalCursor, block: FinalBlock): Promise<JournalCursor> {
  const cursor = { ...from, height: block.height, timestamp: block.timestamp };
  await ports.log.commit({
    cursor,
    from: from.position.count,
    entries: { packed: new Uint8Array(), locations: [] },
    signed: [],
    cuts: [],
  });
  return cursor;
}

/**
 * Verifies a journal up to the newest final frame under a name that was just read, without signing. Frames up to there
 * were signed under an earlier name, perhaps on another fork; signing them again could contradict the recorded blocks.
 */
async function walkSilently(
  ports: AttestPorts,
  way: { readonly from: JournalCursor; readonly tipHeight: bigint },
  signal: AbortSignal,
): Promise<JournalCursor> {
  const block = await ports.chain.readFinalBlock(blockHeight(way.tipHeight), signal);
  const { cursor, frame } = await readAtTip(ports, { from: way.from, block }, signal);
  const { timestamp, height } = block;
  const signing = { name: cursor.signing.name, height, timestamp };
  return storeWalked(ports, cursor, {
    cursor: { ...cursor, signing, position: frame.position, height, timestamp },
    entries: frame.entries,
  });
}

/** Reads the frame at a block far ahead: directly if the limits allow it, otherwise in portions. */
async function readAtTip(
  ports: AttestPorts,
  at: { from: JournalCursor; block: FinalBlock },
  signal: AbortSignal,
): Promise<Required<StepTarget>> {
  const { from, block } = at;
  try {
    return { cursor: from, frame: await ports.chain.readFrame(frameRequest(ports, block, from), signal) };
  } catch (error) {
    if (!(error instanceof AppError) || (error.code !== 'LOG_LIMIT' && error.code !== 'CALL_LIMIT')) throw error;
    const cursor = await walkPortions(ports, { from, block }, signal);
    return { cursor, frame: await ports.chain.readFrame(frameRequest(ports, block, cursor), signal) };
  }
}

/**
 * Reads a frame inside the step. Skips one before the journal was opened, and, with an alarm, one that no provider can
 * prove any more.
 */
async function readBetween(
  ports: AttestPorts,
  planned: PlannedFrame,
  cursor: JournalCursor,
  signal: AbortSignal,
): Promise<VerifiedFrame | undefined> {
  const block = await ports.chain.readFinalBlock(blockHeight(planned.height), signal);
  try {
    return await ports.chain.readFrame(frameRequest(ports, block, cursor), signal);
  } catch (error) {
    if (isNotOpened(error, cursor)) return undefined;
    if (!(error instanceof AppError) || error.code !== 'UNPROVEN') throw error;
    observePassedOver(ports, { fromHeight: planned.height, toHeight: planned.height, code: error.code });
    return undefined;
  }
}

async function attestFrame(
  ports: AttestPorts,
  at: {
    frame: VerifiedFrame;
    cursor: JournalCursor;
    epochs: readonly Epoch[];
    heartbeat: boolean;
    replicaCount: bigint;
  },
): Promise<JournalCursor> {
  const { frame, cursor, epochs, heartbeat, replicaCount } = at;
  const { timestamp, height } = frame.block;
  if (isBeforeFirstEpoch(epochs, timestamp) && frame.position.count > cursor.position.count) {
    observePassedOver(ports, { fromHeight: height, toHeight: height, code: 'NO_EPOCH' });
  }
  const restates =
    heartbeat &&
    (beginsDayOrEpoch({ timestamp, previous: cursor.timestamp, epochs }) || isNewlyNamed(cursor, timestamp));
  const reached = cursor.position.count;
  const { statements, cuts } = statementsOf({
    frame,
    name: cursor.signing.name,
    previous: cursor.position,
    heartbeat,
    restated: restates ? await loadRestated(ports, { reached, replicaCount }) : [],
    epochs,
    keccak256: ports.keccak256,
  });
  requirePermission(ports);
  crashPoint('watcher.frame.stated');
  const signed = statements.length === 0 ? [] : await ports.attester.sign(statements, ports.domain);
  const next = { ...cursor, position: frame.position, height, timestamp };
  crashPoint('watcher.frame.signed');
  await ports.log.commit({
    cursor: next,
    from: cursor.position.count,
    entries: entriesAfter(frame, cursor.position.count),
    signed,
    cuts,
  });
  crashPoint('watcher.frame.committed');
  ports.observer.observe({
    name: signed.length > 0 ? 'frame-signed' : 'frame-passed',
    level: signed.length > 0 ? 'info' : 'debug',
    fields: {
      chain_id: frame.block.chainId,
      edge: frame.journal.edgeId,
      height,
      from: cursor.position.count,
      count: frame.position.count,
      statements: signed.length,
      as_of: timestamp,
    },
  });
  return next;
}

/** Refuses to sign unless the chain reader is healthy and the signing history is known to be complete. */
export function requirePermission({ chain, permit }: Pick<AttestPorts, 'chain' | 'permit'>): void {
  if (permit.refusal !== undefined) {
    throw new AppError({ code: permit.refusal.code, message: permit.refusal.detail });
  }
  const condition = chain.condition();
  if (condition.kind === 'no-quorum' || condition.kind === 'halted') {
    throw new AppError({
      code: condition.kind === 'halted' ? 'HALTED' : 'NO_QUORUM',
      message: `chain ${chain.chainId} is ${condition.kind}: ${condition.reason}; nothing is signed`,
      retryable: condition.kind === 'no-quorum',
      context: { chain_id: chain.chainId },
    });
  }
}

/** True for the first heartbeat of a UTC day or of an epoch. If timestamps allow two, both count: restating is harmless. */
function beginsDayOrEpoch(at: { timestamp: bigint; previous: bigint; epochs: readonly Epoch[] }): boolean {
  const { timestamp, previous, epochs } = at;
  if (isFirstHeartbeatOfDay(timestamp, previous)) return true;
  return epochs.some(({ activeFrom }) => activeFrom <= timestamp && previous < heartbeatFrom(activeFrom));
}

/** True while other attesters may not have read the new name yet. A rewound replica needs its next cuts from all of them. */
function isNewlyNamed({ signing }: JournalCursor, timestamp: bigint): boolean {
  return signing.height > 0n && timestamp < signing.timestamp + NEW_NAME_SECONDS;
}

function entriesAfter(frame: VerifiedFrame, count: bigint): LocatedEntries {
  const skipped = Number(count - frame.after.count);
  return {
    packed: frame.entries.packed.subarray(skipped * ENTRY_BYTES),
    locations: frame.entries.locations.slice(skipped),
  };
}

function frameRequest({ journal }: AttestPorts, block: FinalBlock, cursor: JournalCursor): FrameRequest {
  return { journal, block, after: cursor.position, afterBlock: cursor.height };
}

function observePassedOver(ports: AttestPorts, range: { fromHeight: bigint; toHeight: bigint; code: string }): void {
  ports.observer.observe({
    name: 'frames-passed-over',
    level: 'error',
    fields: {
      chain_id: ports.chain.chainId,
      edge: ports.journal.edgeId,
      from_height: range.fromHeight,
      height: range.toHeight,
      code: range.code,
    },
  });
}
