import {
  AppError,
  ENTRY_BYTES,
  HEARTBEAT_SECONDS,
  type Keccak256,
  type StatementDomain,
  blockHeight,
  frameAtOrBelow,
  isFirstHeartbeatOfDay,
} from '@surety/domain';
import { crashPoint } from '../crash-point.js';
import type { AttestationLog, JournalCursor } from '../ports/attestation-log.js';
import type { Attester } from '../ports/attester.js';
import type { Epoch, EpochSchedule } from '../ports/epochs.js';
import type { Observer } from '../ports/observer.js';
import type {
  FinalBlock,
  FrameRequest,
  JournalSpec,
  LocatedEntries,
  OriginChain,
  VerifiedFrame,
} from '../ports/origin-chain.js';
import { isBeforeFirstEpoch } from './epoch-at.js';
import { attestError } from './errors.js';
import { findHeartbeats, heartbeatFrom } from './find-heartbeats.js';
import { loadRestated } from './load-restated.js';
import { type PlannedFrame, planFrames } from './plan-frames.js';
import type { SigningPermit } from './signing-permit.js';
import { statementsOf } from './statements-of.js';
import { walkPortions } from './walk-portions.js';

/** What attesting one journal needs. */
export interface AttestPorts {
  readonly chain: OriginChain;
  readonly journal: JournalSpec;
  readonly frameLength: bigint;
  /** The destination's verifier. */
  readonly domain: StatementDomain;
  readonly epochs: EpochSchedule;
  /** Reads how many entries the replica has taken at the destination's last final block. */
  readonly readReplicaCount: (signal: AbortSignal) => Promise<bigint>;
  readonly attester: Attester;
  readonly permit: SigningPermit;
  readonly log: AttestationLog;
  readonly observer: Observer;
  readonly keccak256: Keccak256;
}

/** Where a step led. */
export interface StepOutcome {
  readonly cursor: JournalCursor;
  /** Height of the newest final frame. */
  readonly tipHeight: bigint;
  /** Whether the cursor stands at that frame. */
  readonly current: boolean;
  /** Entries that the step verified. */
  readonly entryCount: bigint;
}

/** Where a step begins and how far it may go. */
export interface StepRequest {
  readonly from: JournalCursor;
  /** Frames walked at most. */
  readonly framesMax: bigint;
}

/**
 * Walks a journal from its cursor towards the newest final frame, at most `framesMax` frames: verifies each frame where the
 * journal grew or a heartbeat falls due, signs it, and stores what was signed. Interrupted anywhere, the next step
 * continues: what was signed and not stored is signed again with the same bytes.
 * @throws whatever reading, recording or storing throws; nothing is signed then.
 */
export async function attestStep(ports: AttestPorts, request: StepRequest, signal: AbortSignal): Promise<StepOutcome> {
  const { chain, frameLength } = ports;
  const { from, framesMax } = request;
  const tip = await chain.readFinalTip(signal);
  const tipHeight = frameAtOrBelow(tip.height, frameLength);
  if (tipHeight <= from.height) return { cursor: from, tipHeight, current: true, entryCount: 0n };
  const found = await findTarget(ports, { from, framesMax, tip, tipHeight }, signal);
  const start = found.cursor;
  const entryCount = (cursor: JournalCursor): bigint => cursor.position.count - from.position.count;
  if (found.frame === undefined) return { cursor: start, tipHeight, current: false, entryCount: entryCount(start) };
  const target = found.frame;
  requireOpen(target);
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
    cursor = await attestFrame(ports, { frame, cursor, epochs, heartbeat }, signal);
  }
  return { cursor, tipHeight, current: cursor.height >= tipHeight, entryCount: entryCount(cursor) };
}

/** Where a step begins once it was found where it ends: past what could only be walked over. */
interface StepTarget {
  readonly cursor: JournalCursor;
  /** None if the step ends before the journal was opened. */
  readonly frame?: VerifiedFrame;
}

/** Finds the frame at the end of the step; where no provider proves that old a block, the newest final one instead. */
async function findTarget(
  ports: AttestPorts,
  at: StepRequest & { tip: FinalBlock; tipHeight: bigint },
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

/** Says whether a block is proven to be older than the journal: its contract opened it later, and nothing is to be signed there. */
function isNotOpened(error: unknown, cursor: JournalCursor): boolean {
  return error instanceof AppError && error.code === 'JOURNAL_UNKNOWN' && cursor.position.count === 0n;
}

/** Stores that nothing is to be signed up to a block. */
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

/** Reads the frame at a block far ahead: at once if the bounds allow it, else after walking there in portions. */
async function readAtTip(
  ports: AttestPorts,
  at: { from: JournalCursor; block: FinalBlock },
  signal: AbortSignal,
): Promise<StepTarget> {
  const { from, block } = at;
  try {
    return { cursor: from, frame: await ports.chain.readFrame(frameRequest(ports, block, from), signal) };
  } catch (error) {
    if (!(error instanceof AppError) || (error.code !== 'LOG_LIMIT' && error.code !== 'CALL_LIMIT')) throw error;
    const cursor = await walkPortions(ports, { from, block }, signal);
    return { cursor, frame: await ports.chain.readFrame(frameRequest(ports, block, cursor), signal) };
  }
}

/** Reads a frame inside the step; one before the journal was opened is passed over, one that no provider can prove any more with an alarm. */
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
  },
  signal: AbortSignal,
): Promise<JournalCursor> {
  const { frame, cursor, epochs, heartbeat } = at;
  const { timestamp, height } = frame.block;
  if (isBeforeFirstEpoch(epochs, timestamp) && frame.position.count > cursor.position.count) {
    observePassedOver(ports, { fromHeight: height, toHeight: height, code: 'NO_EPOCH' });
  }
  const restates = heartbeat && beginsDayOrEpoch({ timestamp, previous: cursor.timestamp, epochs });
  const { statements, cuts } = statementsOf({
    frame,
    previous: cursor.position,
    heartbeat,
    restated: restates ? await loadRestated(ports, cursor.position.count, signal) : [],
    epochs,
    keccak256: ports.keccak256,
  });
  requirePermission(ports);
  crashPoint('watcher.frame.stated');
  const signed = statements.length === 0 ? [] : await ports.attester.sign(statements, ports.domain);
  const next = { edge: frame.journal.edgeId, position: frame.position, height, timestamp };
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
      count: frame.position.count,
      statements: signed.length,
      as_of: timestamp,
    },
  });
  return next;
}

/** What a journal gained past the point at which it was closed is none of its next generation's, and who signs that lies about both. */
function requireOpen({ isClosed, journal, block }: VerifiedFrame): void {
  if (!isClosed) return;
  throw attestError(
    'EDGE_CLOSED',
    `journal ${journal.edgeId} was closed before block ${block.height}: its next generation took its place; add the head at which it was closed to vault.closedHeads in chains.config.json and start again`,
    { edge: journal.edgeId },
  );
}

/** Signing needs a chain that is read without doubt, and a key that nobody has proven to be older than its acts. */
function requirePermission({ chain, permit }: AttestPorts): void {
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

/** Says whether a heartbeat is the first of its UTC day or of an epoch; where times allow two, both count: stating again does no harm. */
function beginsDayOrEpoch(at: { timestamp: bigint; previous: bigint; epochs: readonly Epoch[] }): boolean {
  const { timestamp, previous, epochs } = at;
  if (isFirstHeartbeatOfDay(timestamp, previous)) return true;
  return epochs.some(({ activeFrom }) => activeFrom <= timestamp && previous < heartbeatFrom(activeFrom));
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
