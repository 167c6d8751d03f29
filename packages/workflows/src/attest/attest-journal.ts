import { AppError, type Bytes32, mulDivDown, mulDivUp } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { AttestPorts } from './attest-ports.js';
import { attestStep } from './attest-step.js';
import type { Bell } from '../running/bell.js';
import { failureDetail } from '../running/failure-detail.js';
import { FINAL_REFUSALS } from './errors.js';
import { RETRY_FIRST_MS, RETRY_MAX_MS, STEP_ENTRIES_MAX, STEP_FRAMES_MAX } from './limits.js';
import { retryDelayMs } from '../running/retry-delay-ms.js';
import type { SigningRefusal } from './signing-permit.js';

/** The state of attesting one journal. */
export type JournalState =
  | { readonly kind: 'starting' }
  /** Frames are verified and signed; `current` is true if they include the newest final frame. */
  | {
      readonly kind: 'attesting';
      readonly current: boolean;
      readonly count: bigint;
      readonly height: bigint;
      readonly tipHeight: bigint;
      readonly asOf: bigint;
    }
  /** The last step failed and will be retried. */
  | { readonly kind: 'failing'; readonly code: string; readonly detail: string; readonly failures: number }
  /** Nothing is signed any more, at least under the edge's present name: a person must act. */
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string };

/** Ports of {@link attestJournal} beyond those of a step. */
export interface AttestJournalOptions extends AttestPorts {
  readonly clock: Clock;
  /** Signals a new head of the chain. */
  readonly heads: Bell;
  /** Signalled when there are new statements or entries to deliver. */
  readonly committed: Bell;
  readonly onState?: (state: JournalState) => void;
}

/** Failures of a step that may have asked for too much at once. The next step asks for less. */
const TOO_MUCH: ReadonlySet<string> = new Set(['CALL_LIMIT', 'LOG_LIMIT', 'INCOMPLETE']);

/** The reason why the loop ended. */
export type AttestOutcome = { readonly kind: 'stopped' } | ({ readonly kind: 'refused' } & SigningRefusal);

/**
 * Attests one journal until the signal aborts: at each new head it verifies and signs the frames that became final. A
 * failure is reported and retried after a growing pause, without limit. A damaged or older history and a broken fold
 * end the loop, since no retry makes such a signature right. A contradiction permanently refuses the edge's present
 * name; the loop then waits for the next name, which a rewind brings. It also waits for anything that is not final yet.
 */
export async function attestJournal(options: AttestJournalOptions, signal: AbortSignal): Promise<AttestOutcome> {
  const { clock, heads, onState } = options;
  let failures = 0;
  let framesMax = STEP_FRAMES_MAX;
  let refusal: (SigningRefusal & { readonly name: Bytes32 }) | undefined;
  onState?.({ kind: 'starting' });
  // Not keepRunning: a step that succeeds or is merely early waits for a head, and each failure has its own level.
  while (!signal.aborted) {
    const rings = heads.rings;
    try {
      const step = await attestStep(options, { framesMax, refused: refusal?.name }, signal);
      if (step === undefined) {
        if (refusal !== undefined) onState?.({ kind: 'refused', code: refusal.code, detail: refusal.detail });
        await heads.waitPast(rings, signal);
        continue;
      }
      refusal = undefined;
      failures = 0;
      framesMax = step.entryCount > STEP_ENTRIES_MAX ? narrowed(framesMax) : widened(framesMax);
      onState?.({
        kind: 'attesting',
        current: step.current,
        count: step.cursor.position.count,
        height: step.cursor.height,
        tipHeight: step.tipHeight,
        asOf: step.cursor.timestamp,
      });
      if (step.moved) options.committed.ring();
      if (step.current) await heads.waitPast(rings, signal);
    } catch (error) {
      if (signal.aborted) break;
      const failure = describe(error);
      if (failure.code === 'NOT_FINAL') {
        await heads.waitPast(rings, signal);
        continue;
      }
      if (TOO_MUCH.has(failure.code)) framesMax = narrowed(framesMax);
      const ends = FINAL_REFUSALS.has(failure.code);
      const contradicts = failure.code === 'CONTRADICTION';
      observeFailure(options, failure, ends || contradicts);
      if (ends || contradicts) onState?.({ kind: 'refused', ...failure });
      if (ends) return { kind: 'refused', ...failure };
      if (contradicts) {
        refusal = { ...failure, name: await presentName(options) };
        await heads.waitPast(rings, signal);
        continue;
      }
      onState?.({ kind: 'failing', code: failure.code, detail: failure.detail, failures: failures + 1 });
      options.committed.ring();
      await clock.sleep(retryDelayMs(failures++, { firstMs: RETRY_FIRST_MS, maxMs: RETRY_MAX_MS }), signal);
    }
  }
  return { kind: 'stopped' };
}

/** Returns the name that the last step used. */
async function presentName({ log, journal }: AttestJournalOptions): Promise<Bytes32> {
  return (await log.loadCursor(journal.edgeId))?.signing.name ?? journal.edgeId;
}

function narrowed(framesMax: bigint): bigint {
  return framesMax > 1n ? mulDivDown(framesMax, 1n, 2n) : 1n;
}

/** Grows by a quarter: where a limit was met it is met again rarely. */
function widened(framesMax: bigint): bigint {
  const wider = framesMax + mulDivUp(framesMax, 1n, 4n);
  return wider < STEP_FRAMES_MAX ? wider : STEP_FRAMES_MAX;
}

function describe(error: unknown): { code: string; detail: string } {
  if (error instanceof AppError) return { code: error.code, detail: error.message };
  return { code: 'UNKNOWN', detail: error instanceof Error ? error.name : failureDetail(error) };
}

/**
 * Proven facts that no honest chain shows: an operator must look into them, though nothing wrong is signed meanwhile.
 * @source ports/origin-chain.ts
 */
const ALARMS: ReadonlySet<string> = new Set(['CODE_CHANGED', 'POSITION_REGRESSED', 'HALTED']);

function observeFailure(
  options: AttestJournalOptions,
  failure: { code: string; detail: string },
  final: boolean,
): void {
  options.observer.observe({
    name: final ? 'signing-refused' : 'attest-failed',
    level: final || ALARMS.has(failure.code) ? 'error' : 'warn',
    fields: {
      chain_id: options.chain.chainId,
      edge: options.journal.edgeId,
      code: failure.code,
      detail: failure.detail,
    },
  });
}
