import type { Clock } from '../ports/clock.js';
import type { HaltSource, SignedHalt } from '../ports/halts.js';
import type { Observer } from '../ports/observer.js';
import { failureOf } from '../running/failure-detail.js';
import { HALT_POLL_MS, HALT_REST_MS, HALT_SILENCE_MS } from './limits.js';

/** Codes of answers that no honest watcher gives, each of which takes as long to read as many honest ones. */
const SPOILT: ReadonlySet<string> = new Set(['BAD_ANSWER', 'ANSWER_TOO_LARGE']);

/**
 * Makes a watcher's halts one source for all edges: they are read once in two seconds, whoever asks, since each edge gets the
 * same answer. A watcher that spoils an answer is left alone for a minute; that is reported once, until it answers well, and so is one
 * that has given no good answer for a minute.
 */
export function shareHalts(
  source: HaltSource,
  world: {
    readonly clock: Clock;
    readonly observer: Observer;
    /** Called after each read: true once there was no good answer for a minute. */
    readonly onSilence?: (isSilent: boolean) => void;
  },
): HaltSource {
  const { clock, observer, onSilence } = world;
  let [untilMs, isTold, isSilent] = [0, false, false];
  let failingSinceMs: number | undefined;
  let last: Promise<readonly SignedHalt[]> | undefined;
  const read = async (signal?: AbortSignal): Promise<readonly SignedHalt[]> => {
    try {
      const halts = await source.readHalts(signal);
      [isTold, isSilent, failingSinceMs] = [false, false, undefined];
      onSilence?.(false);
      return halts;
    } catch (error) {
      const { code, detail } = failureOf(error);
      if (SPOILT.has(code)) {
        untilMs = clock.elapsedMs() + HALT_REST_MS;
        observer.observe({ name: 'watcher-spoilt', level: isTold ? 'debug' : 'warn', fields: { code, detail } });
        isTold = true;
      }
      if (signal?.aborted !== true) noteFailure(code, detail);
      throw error;
    }
  };
  const noteFailure = (code: string, detail: string): void => {
    failingSinceMs ??= clock.elapsedMs();
    if (isSilent || clock.elapsedMs() - failingSinceMs < HALT_SILENCE_MS) return;
    isSilent = true;
    // Of one that spoils its answers this was told.
    if (!isTold) observer.observe({ name: 'watcher-silent', level: 'warn', fields: { code, detail } });
    onSilence?.(true);
  };
  return {
    origin: source.origin,
    readHalts: (signal) => {
      if (last !== undefined && clock.elapsedMs() < untilMs) return last;
      untilMs = clock.elapsedMs() + HALT_POLL_MS;
      return (last = read(signal));
    },
  };
}
