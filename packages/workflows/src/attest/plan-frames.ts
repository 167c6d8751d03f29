import { type JournalPosition, frameAbove } from '@surety/domain';
import type { JournalCursor } from '../ports/attestation-log.js';
import type { EntryLocation } from '../ports/origin-chain.js';

/** A frame to verify next, and whether it is a heartbeat. */
export interface PlannedFrame {
  readonly height: bigint;
  readonly heartbeat: boolean;
}

/** Input of {@link planFrames}. */
export interface PlanRequest {
  readonly cursor: JournalCursor;
  /** The verified frame at the end of the step. */
  readonly target: { readonly height: bigint; readonly position: JournalPosition };
  /** Locations of the entries, by one provider's word. A hint: it decides which frames are verified, never what is signed. */
  readonly locations: readonly EntryLocation[];
  /** Heights of heartbeat frames in the step. */
  readonly heartbeats: readonly bigint[];
  readonly frameLength: bigint;
}

/**
 * Returns the frames of a step that need work, ascending: those where the journal grew, heartbeats, and the target
 * itself. The journal did not grow in the other frames and no heartbeat is due: nothing is signed there, so they are
 * not read.
 */
export function planFrames(request: PlanRequest): PlannedFrame[] {
  const { cursor, target, locations, heartbeats, frameLength } = request;
  const heights = new Set<bigint>([target.height, ...heartbeats]);
  for (const location of locations) {
    if (location.index <= cursor.position.count) continue;
    const height = frameAbove(location.blockHeight - 1n, frameLength);
    if (height > cursor.height && height < target.height) heights.add(height);
  }
  const beats = new Set(heartbeats);
  return [...heights]
    .filter((height) => height > cursor.height && height <= target.height)
    .sort((left, right) => (left < right ? -1 : 1))
    .map((height) => ({ height, heartbeat: beats.has(height) }));
}
