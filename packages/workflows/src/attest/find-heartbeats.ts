import { HEARTBEAT_SECONDS, mulDivDown, mulDivUp } from '@surety/domain';
import type { JournalCursor } from '../ports/attestation-log.js';
import type { Epoch } from '../ports/epochs.js';

const DAY_SECONDS = 86_400n;

/** Input of {@link findHeartbeats}. */
export interface HeartbeatSearch {
  readonly cursor: JournalCursor;
  readonly target: { readonly height: bigint; readonly timestamp: bigint };
  /** Timestamps near the newest final frame. A plain heartbeat matters only if no later one follows. */
  readonly newest: readonly bigint[];
  readonly frameLength: bigint;
  readonly epochs: readonly Epoch[];
  /** Reads the timestamp of a final block. */
  readonly readTimestamp: (height: bigint) => Promise<bigint>;
}

/**
 * Returns the heights of the heartbeat frames between a cursor (exclusive) and a target (inclusive) that still matter:
 * the newest one, and the first one of the newest UTC day and of each epoch that began. Heartbeats superseded by a
 * newer one are skipped. Each frame is found by bisection, since block times never fall.
 */
export async function findHeartbeats(search: HeartbeatSearch): Promise<bigint[]> {
  const found = new Set<bigint>();
  for (const boundary of boundariesOf(search)) found.add(await firstFrameAt(boundary, search));
  return [...found].sort((left, right) => (left < right ? -1 : 1));
}

/** Returns the first heartbeat boundary at or after a time, in seconds. */
export function heartbeatFrom(seconds: bigint): bigint {
  return mulDivUp(seconds, 1n, HEARTBEAT_SECONDS) * HEARTBEAT_SECONDS;
}

function boundariesOf({ cursor, target, newest, epochs }: HeartbeatSearch): bigint[] {
  const days = target.timestamp - (target.timestamp % DAY_SECONDS);
  const beats = newest.map((timestamp) => timestamp - (timestamp % HEARTBEAT_SECONDS));
  const begun = epochs.map(({ activeFrom }) => heartbeatFrom(activeFrom));
  const all = new Set([days, ...begun, ...beats]);
  return [...all].filter((boundary) => boundary > cursor.timestamp && boundary <= target.timestamp);
}

async function firstFrameAt(
  boundary: bigint,
  { cursor, target, frameLength, readTimestamp }: HeartbeatSearch,
): Promise<bigint> {
  const before = mulDivUp(cursor.height + 1n, 1n, frameLength) - 1n;
  const found = mulDivDown(target.height, 1n, frameLength);
  return (
    frameLength *
    (await halve({ before, found }, async (frame) => (await readTimestamp(frame * frameLength)) >= boundary))
  );
}

/** Returns the height of the newest heartbeat frame at or below a frame: the first one of that frame's window. */
export async function newestHeartbeat({
  frame,
  frameLength,
  readTimestamp,
}: Pick<HeartbeatSearch, 'frameLength' | 'readTimestamp'> & {
  readonly frame: { readonly height: bigint; readonly timestamp: bigint };
}): Promise<bigint> {
  const boundary = frame.timestamp - (frame.timestamp % HEARTBEAT_SECONDS);
  const isInside = async (at: bigint): Promise<boolean> => (await readTimestamp(at * frameLength)) >= boundary;
  let found = mulDivDown(frame.height, 1n, frameLength);
  // Steps double, so that a window of any length is passed in a few.
  for (let step = 1n; ; step *= 2n) {
    const before = found > step ? found - step : -1n;
    if (before < 0n || !(await isInside(before))) return frameLength * (await halve({ before, found }, isInside));
    found = before;
  }
}

/** Bisects to the first frame inside: `before` is outside or missing, and `found` is inside. */
async function halve(
  range: { readonly before: bigint; readonly found: bigint },
  isInside: (frame: bigint) => Promise<boolean>,
): Promise<bigint> {
  let { before, found } = range;
  while (found - before > 1n) {
    const middle = before + mulDivDown(found - before, 1n, 2n);
    if (await isInside(middle)) found = middle;
    else before = middle;
  }
  return found;
}
