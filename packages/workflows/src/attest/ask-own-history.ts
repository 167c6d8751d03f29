import type { OwnStatementSource } from '../ports/attester.js';
import type { Clock } from '../ports/clock.js';
import { type CheckOwnHistoryOptions, checkOwnHistory } from './check-own-history.js';
import { OTHERS_FIRST_MAX_MS, OTHERS_RETRY_MAX_MS, RETRY_FIRST_MS, RETRY_MAX_MS } from './limits.js';
import { retryDelayMs } from '../running/retry-delay-ms.js';

/** Ports of {@link askOwnHistory}. */
export interface AskOwnHistoryOptions extends Omit<CheckOwnHistoryOptions, 'source'> {
  readonly sources: readonly OwnStatementSource[];
  readonly clock: Clock;
}

/** The running inquiry of one start. */
export interface OwnHistoryInquiry {
  /**
   * Resolves once the watcher's own log and the destination have answered, and every other source has answered, failed or
   * kept silent for a while. Signing may then begin unless the permit was refused. Never rejects; resolves at once after an abort.
   */
  readonly asked: Promise<void>;
  /** Resolves once every source has answered, with all its parts, or after an abort. */
  readonly done: Promise<void>;
  /** Sources that have not answered yet. */
  silent(): readonly OwnStatementSource[];
}

/**
 * Asks every source for statements of this key, and repeats the request to silent ones. Nothing is signed before the
 * destination has answered. While it cannot be read it cannot apply statements either, so waiting costs nothing. Silent
 * or slow aggregators and peers hold signing up for {@link OTHERS_FIRST_MAX_MS}; otherwise they could stop an honest
 * attester. What they, or slow providers of the destination, show later is judged all the same.
 */
export function askOwnHistory(options: AskOwnHistoryOptions, signal: AbortSignal): OwnHistoryInquiry {
  const { sources, clock } = options;
  const unanswered = new Set(sources);
  const asked: Promise<void>[] = [];
  const done = sources.map((source) => {
    const isRequired = source.kind === 'log' || source.kind === 'destination';
    const question = checkOwnHistory({ ...options, source });
    const late: Promise<void>[] = [];
    const onLate = (judged: Promise<boolean>): void => {
      late.push(
        judged.then((isJudged) => {
          if (isJudged || signal.aborted) return undefined;
          unanswered.add(source);
          return repeat();
        }),
      );
    };
    const ask = async (): Promise<void> => {
      if (await question(signal, onLate)) unanswered.delete(source);
    };
    const repeat = async (): Promise<void> => {
      const maxMs = isRequired ? RETRY_MAX_MS : OTHERS_RETRY_MAX_MS;
      for (let failures = 0; unanswered.has(source) && !signal.aborted; failures++) {
        await clock.sleep(retryDelayMs(failures, { firstMs: RETRY_FIRST_MS, maxMs }), signal);
        if (!signal.aborted) await ask();
      }
    };
    const first = ask();
    const answered = first.then(repeat);
    asked.push(isRequired ? answered : within(first, { clock, signal }));
    return answered.then(async () => {
      for (const judged of late) await judged;
    });
  });
  return {
    asked: Promise.all(asked).then(() => undefined),
    done: Promise.all(done).then(() => undefined),
    silent: () => sources.filter((source) => unanswered.has(source)),
  };
}

/** Resolves with a source's first answer or failure, or once others have waited long enough for it. */
async function within(
  first: Promise<void>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const over = new AbortController();
  const end = (): void => over.abort(ENDED);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  await Promise.race([first, clock.sleep(OTHERS_FIRST_MAX_MS, over.signal)]);
  signal.removeEventListener('abort', end);
  end();
}

/** Ends a wait. An abort without a reason makes an error with a stack each time. */
const ENDED = new Error('the wait has ended');
