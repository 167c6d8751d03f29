import { domainError } from './errors.js';

/** Seconds between two heartbeats of a journal that does not grow. @source PROTOCOL section 5 */
export const HEARTBEAT_SECONDS = 600n;

/** Returns the last frame at or below a height. @throws OUT_OF_RANGE for a length below 1. */
export function frameAtOrBelow(height: bigint, frameLength: bigint): bigint {
  requireFrameLength(frameLength);
  return height - (height % frameLength);
}

/** Returns the first frame above a height. @throws OUT_OF_RANGE for a length below 1. */
export function frameAbove(height: bigint, frameLength: bigint): bigint {
  return frameAtOrBelow(height, frameLength) + frameLength;
}

/** True if a frame is a heartbeat: ⌊t/600⌋ has grown since the previous frame. Times are block timestamps in seconds. */
export function isHeartbeat(timestamp: bigint, previousTimestamp: bigint): boolean {
  return bucket(timestamp) > bucket(previousTimestamp);
}

/** True if the first heartbeat of a UTC day, which restates cuts, falls in a frame. */
export function isFirstHeartbeatOfDay(timestamp: bigint, previousTimestamp: bigint): boolean {
  return timestamp - (timestamp % 86_400n) > previousTimestamp - (previousTimestamp % 86_400n);
}

function bucket(timestamp: bigint): bigint {
  return timestamp - (timestamp % HEARTBEAT_SECONDS);
}

function requireFrameLength(frameLength: bigint): void {
  if (frameLength < 1n)
    throw domainError('OUT_OF_RANGE', `frame length ${frameLength} is refused; expected at least 1 block`);
}
