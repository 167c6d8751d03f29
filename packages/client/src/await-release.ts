import { AppError } from '@surety/domain';
import { clientError } from './errors.js';
import type { ReleaseStage } from './release-wire.js';
import type { AggregatorEvent, EntryView } from './wire.js';

/** Milliseconds between two looks, unless told otherwise. */
const POLL_MS = 2_000;

/** The stages on the way, in order. */
const WAY: readonly ReleaseStage[] = ['requested', 'final', 'attested', 'recorded', 'payable', 'paying', 'paid'];

/** Stages from which no other of the way follows without somebody's act. */
const ENDS: ReadonlySet<string> = new Set(['claimable', 'stopped', 'refunded', 'refused']);

/** What following a release needs. */
export interface AwaitReleaseOptions {
  /** `<edge>:<index>`. */
  readonly id: string;
  readonly stage: ReleaseStage;
  /** Told at each new stage. */
  readonly onStage?: (entry: EntryView) => void;
  /** Milliseconds between two looks while no event comes. */
  readonly pollMs?: number;
  readonly readEntry: (id: string, signal?: AbortSignal) => Promise<readonly EntryView[]>;
  readonly readEvents: (options: { signal: AbortSignal }) => AsyncGenerator<AggregatorEvent>;
}

/**
 * Follows a release until it reached a stage, or one that ends its way, and gives its entry then: it looks at once, after each
 * event of its edge, and every two seconds. A failed look is tried again. @throws ABORTED.
 */
export async function awaitRelease(options: AwaitReleaseOptions, signal: AbortSignal): Promise<EntryView> {
  const { id, stage, onStage, readEntry, pollMs = POLL_MS } = options;
  const done = new AbortController();
  const both = AbortSignal.any([signal, done.signal]);
  const bell = new Bell();
  const listening = listen(options, bell, both);
  let told: string | undefined;
  try {
    while (!signal.aborted) {
      const [entry] = await readEntry(id, signal).catch(noneIfRetryable);
      if (entry !== undefined && entry.stage !== told) onStage?.(entry);
      told = entry?.stage ?? told;
      if (entry !== undefined && (hasReached(entry.stage, stage) || isEnd(entry.stage, stage))) return entry;
      await bell.wait(pollMs, both);
    }
  } finally {
    done.abort();
    await listening;
  }
  throw clientError({
    code: 'ABORTED',
    message: `release ${id} stood at ${told ?? 'nothing known'} when its caller stopped waiting for ${stage}`,
    retryable: false,
  });
}

function hasReached(stage: EntryView['stage'], wanted: ReleaseStage): boolean {
  if (stage === wanted) return true;
  const at = WAY.indexOf(wanted);
  return at >= 0 && WAY.indexOf(stage as ReleaseStage) >= at;
}

/** A stopped release still leads to its refund, for whoever waits for that. */
function isEnd(stage: EntryView['stage'], wanted: ReleaseStage): boolean {
  return ENDS.has(stage) && !(stage === 'stopped' && wanted === 'refunded');
}

function noneIfRetryable(cause: unknown): readonly EntryView[] {
  if (cause instanceof AppError && cause.retryable) return [];
  throw cause;
}

/** Rings the bell at each event of the release's edge, until the signal aborts; a stream that breaks leaves polling alone. */
async function listen({ id, readEvents }: AwaitReleaseOptions, bell: Bell, signal: AbortSignal): Promise<void> {
  const edge = id.split(':', 1)[0];
  try {
    for await (const { payload } of readEvents({ signal })) {
      const named = typeof payload === 'object' && payload !== null && 'edge' in payload ? payload.edge : undefined;
      if (named === edge) bell.ring();
    }
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
  }
}

/** Wakes whoever waits, or the next one who does. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves when rung, aborted, or after a time. */
  async wait(durationMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      const timeout = AbortSignal.timeout(durationMs);
      const either = AbortSignal.any([signal, timeout]);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        either.addEventListener('abort', () => resolve(), { once: true });
      });
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}
