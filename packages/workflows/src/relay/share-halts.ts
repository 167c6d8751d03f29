import type { Clock } from '../ports/clock.js';
import type { HaltSource, SignedHalt } from '../ports/halts.js';
import type { Observer } from '../ports/observer.js';
import { failureOf } from '../running/failure-detail.js';
import { HALT_POLL_MS, HALT_REST_MS } from './limits.js';

/** Codes of answers that no honest watcher gives, each of which takes as long to read as many honest ones. */
const SPOILT: ReadonlySet<string> = new Set(['BAD_ANSWER', 'ANSWER_TOO_LARGE']);

/**
 * Makes a watcher's halts one source for all edges: they are read once in two seconds, whoever asks, since each edge gets the
 * same answer. A watcher that spoils an answer is left alone for a minute; that is reported once, until it answers well.
 */
export function shareHalts(
  source: HaltSource,
  world: { readonly clock: Clock; readonly observer: Observer },
): HaltSource {
  const { clock, observer } = world;
  let [untilMs, isTold] = [0, false];
  let last: Promise<readonly SignedHalt[]> | undefined;
  const read = async (signal?: AbortSignal): Promise<readonly SignedHalt[]> => {
    try {
      const halts = await source.readHalts(signal);
      isTold = false;
      return halts;
    } catch (error) {
      const { code, detail } = failureOf(error);
      if (SPOILT.has(code)) {
        untilMs = clock.elapsedMs() + HALT_REST_MS;
        observer.observe({ name: 'watcher-spoilt', level: isTold ? 'debug' : 'warn', fields: { code, detail } });
        isTold = true;
      }
      throw error;
    }
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
