import type { LogDestination } from './create-logger.js';

/** Bytes that may wait for the reader of a pipe: some ten thousand lines, hours of a quiet process. */
export const WAITING_BYTES_MAX = 8 * 1024 * 1024;

/** A stream that takes what its reader is late for, as standard output does for a pipe. */
interface WaitingStream extends LogDestination {
  /** Bytes that wait. */
  readonly writableLength: number;
  /** Calls once nothing waits any more. */
  once(event: 'drain', call: () => void): unknown;
}

/**
 * Bounds what waits for a reader that stands still, since it is memory of this process: the newest lines are dropped, and counted to
 * `tellDropped` once the reader has taken the others. A stream that lets nothing wait is returned as it is.
 */
export function boundWaiting(raw: LogDestination, tellDropped: (lines: number) => void): LogDestination {
  if (!isWaiting(raw)) return raw;
  let dropped = 0;
  const tell = (): void => {
    const lines = dropped;
    dropped = 0;
    tellDropped(lines);
  };
  return {
    write(line) {
      // From the first dropped line on, so that the one that counts them stands where they are missing.
      if (dropped === 0 && raw.writableLength < WAITING_BYTES_MAX) {
        raw.write(line);
        return;
      }
      if (dropped === 0) raw.once('drain', tell);
      dropped += 1;
    },
  };
}

function isWaiting(raw: LogDestination): raw is WaitingStream {
  return 'writableLength' in raw && 'once' in raw;
}
