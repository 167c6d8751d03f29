import type { EntryView, ReleaseStageName } from '@surety/api';
import { AppError } from '@surety/domain';
import { clientError } from './errors.js';
import type { AggregatorEvent } from './event-stream.js';

/** Milliseconds between two polls, by default. */
const POLL_MS = 2_000;

/** The stages of a release, in order. */
const WAY: readonly ReleaseStageName[] = ['requested', 'final', 'attested', 'recorded', 'payable', 'paying', 'paid'];

/** Stages after which nothing happens at all, or nothing without someone's transaction. */
const ENDS: ReadonlySet<string> = new Set(['paid', 'claimable', 'stopped', 'refunded', 'refused']);

/** The release to follow, and how to read it. */
export interface AwaitReleaseOptions {
  /** `<edge>:<index>`. */
  readonly id: string;
  readonly stage: ReleaseStageName;
  /** Called at each new stage. */
  readonly onStage?: (entry: EntryView) => void;
  /** Milliseconds between two polls while no event comes. */
  readonly pollMs?: number;
  readonly readEntry: (id: string, signal?: AbortSignal) => Promise<readonly EntryView[]>;
  readonly readEvents: (options: { signal: AbortSignal }) => AsyncGenerator<AggregatorEvent>;
}

/**
 * Follows a release until it reaches the wanted stage or one that ends it, and returns its entry. Polls at once, after
 * each event of its edge, and every two seconds. A failed request is repeated.
 * @throws ABORTED.
 */
export async function awaitRelease(options: AwaitReleaseOptions, signal: AbortSignal): Promise<EntryView> {
  const { id, stage, onStage, pollMs = POLL_MS } = options;
  // Node may collect what `AbortSignal.any` makes of a time limit while it is waited for, and the timer of a limit keeps no process alive.
  const done = new AbortController();
  const end = (): void => done.abort(signal.reason);
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  const bell = new Doorbell();
  const listening = listen(options, bell, done.signal);
  let told: string | undefined;
  try {
    while (!signal.aborted) {
      const entry = await readFirst(options, signal);
      if (entry !== undefined) {
        if (entry.stage !== told) onStage?.(entry);
        told = entry.stage;
        if (hasReached(entry.stage, stage) || isEnd(entry.stage, stage)) return entry;
      }
      await bell.wait(pollMs, done.signal);
    }
  } finally {
    signal.removeEventListener('abort', end);
    done.abort();
    await listening;
  }
  throw clientError({
    code: 'ABORTED',
    message: `release ${id} stood at ${told ?? 'nothing known'} when its caller stopped waiting for ${stage}`,
    retryable: false,
  });
}

/** Returns the entry; undefined if there is none yet, or if the request may be repeated. */
async function readFirst({ id, readEntry }: AwaitReleaseOptions, signal: AbortSignal): Promise<EntryView | undefined> {
  try {
    return (await readEntry(id, signal))[0];
  } catch (cause) {
    if (signal.aborted || (cause instanceof AppError && cause.retryable)) return undefined;
    throw cause;
  }
}

/** Wakes the one who waits; a ring while nobody waits counts for the next wait. */
class Doorbell {
  #isRung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  /** Waits for a ring, an abort, or so many milliseconds. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#isRung && !signal.aborted)
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, ms);
        this.#wake = wake;
        signal.addEventListener('abort', wake, { once: true });
      });
    this.#isRung = false;
  }
}

function hasReached(stage: EntryView['stage'], wanted: ReleaseStageName): boolean {
  if (stage === wanted) return true;
  const at = WAY.indexOf(wanted);
  return at >= 0 && WAY.indexOf(stage as ReleaseStageName) >= at;
}

/** A stopped release can still be refunded, for callers that wait for the refund. */
function isEnd(stage: EntryView['stage'], wanted: ReleaseStageName): boolean {
  return ENDS.has(stage) && !(stage === 'stopped' && wanted === 'refunded');
}

/** Signals at each event of the release's edge until the signal aborts. If the stream breaks, only polling remains. */
async function listen({ id, readEvents }: AwaitReleaseOptions, bell: Doorbell, signal: AbortSignal): Promise<void> {
  const edge = id.split(':', 1)[0];
  try {
    for await (const { payload } of readEvents({ signal })) {
      const named = typeof payload === 'object' && payload !== null && 'edge' in payload ? payload.edge : undefined;
      if (named === edge) bell.ring();
    }
  } catch (cause) {
    if (!(cause instanceof AppError) && !signal.aborted) throw cause;
  }
}
