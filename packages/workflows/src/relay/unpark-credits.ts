import type { Clock } from '../ports/clock.js';
import type { Ledger, ParkedCredit, ParkedHints } from '../ports/ledger.js';
import type { Observer } from '../ports/observer.js';
import type { NotesFailing } from '../running/failing-loops.js';
import { type KeepRunningOptions, isChainMismatch, keepRunning } from '../running/keep-running.js';
import { retryDelayMs } from '../running/retry-delay-ms.js';
import { spentOf } from '../running/spent-of.js';
import {
  PARKED_PAGE,
  UNCONFIRMED_RETRY_MS,
  UNPARKS_PER_PASS_MAX,
  UNPARK_REMEMBERED_MAX,
  UNPARK_RETRY_MS,
} from './limits.js';
import type { PayPolicy } from './pay-releases.js';
import { relayPauseMs } from './relay-pause-ms.js';

/** Ports of {@link unparkCredits}. */
export interface UnparkCreditsDeps {
  readonly source: number;
  /** Sources of parked credits, one per pass in turn; each credit is verified by simulation at the ledger. */
  readonly hints: readonly ParkedHints[];
  readonly ledger: Pick<Ledger, 'unpark' | 'noteHalt' | 'readUnparkCostWei' | 'distrustProvider'>;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly policy: Omit<PayPolicy, 'parallel'>;
  /** Returns the worth of a parked credit's fee in wei; null if unknown, which covers nothing. */
  readonly readWorthWei: (credit: ParkedCredit, signal?: AbortSignal) => Promise<bigint | null>;
}

/** The memory of an unpark loop; losing it costs at most one simulation per credit. */
export interface UnparkMemory {
  passes: number;
  /** By hint: the index after which the next page starts. */
  readonly cursors: Map<number, bigint>;
  /**
   * By hint and index: how often the ledger refused a credit, and until when it pauses. One hint's inventions do not
   * pause another's credits.
   */
  readonly waits: Map<number, Waits>;
}

type Waits = Map<bigint, { readonly untilMs: number; readonly refusals: number }>;

/** Returns the memory of a new loop. */
export function freshUnparkMemory(): UnparkMemory {
  return { passes: 0, cursors: new Map(), waits: new Map() };
}

/**
 * Unparks the credits of one source whose reason is gone, until the signal aborts, and updates the ledger's halt state
 * from the verifier. Each pass tries a bounded number of credits; one that the ledger refuses pauses longer each time
 * and delays no other.
 * @throws CHAIN_MISMATCH: this process is configured for another ledger.
 */
export async function unparkCredits(deps: UnparkCreditsDeps & NotesFailing, signal: AbortSignal): Promise<void> {
  const { source, ledger, clock, observer, policy } = deps;
  const memory = freshUnparkMemory();
  const running: KeepRunningOptions = {
    step: () => unparkCreditsOnce(deps, memory, signal),
    pauseMs: (failures) => relayPauseMs(policy.pollIntervalMs, failures),
    failure: { name: 'unpark-failed', fields: { source } },
    isFatal: isChainMismatch,
    distrustProvider: () => ledger.distrustProvider(),
    clock,
    observer,
    failingLoops: deps.failingLoops,
  };
  await keepRunning(running, signal);
}

/** Runs one pass and returns the indices of the credits that reached their lines. @throws errors of hint and ledger. */
export async function unparkCreditsOnce(
  deps: UnparkCreditsDeps,
  memory: UnparkMemory,
  signal?: AbortSignal,
): Promise<readonly bigint[]> {
  await noteHalt(deps, signal);
  const turn = memory.passes++ % Math.max(1, deps.hints.length);
  const hints = deps.hints[turn];
  if (hints === undefined) return [];
  const listed = await hints.readParked(deps.source, memory.cursors.get(turn) ?? 0n, signal);
  const elapsedMs = deps.clock.elapsedMs();
  const waits: Waits = memory.waits.get(turn) ?? new Map();
  memory.waits.set(turn, waits);
  if (waits.size > UNPARK_REMEMBERED_MAX) waits.clear();
  const due = listed.filter(({ index }) => (waits.get(index)?.untilMs ?? 0) <= elapsedMs);
  const tried = due.slice(0, UNPARKS_PER_PASS_MAX);
  // The rest of the page is left to the next pass, so that stuck credits cannot hide others.
  const last = due.length > tried.length ? tried.at(-1) : listed.length < PARKED_PAGE ? undefined : listed.at(-1);
  memory.cursors.set(turn, last?.index ?? 0n);
  const costWei = deps.policy.mode === 'covered' && tried.length > 0 ? await deps.ledger.readUnparkCostWei(signal) : 0n;
  const unparked: bigint[] = [];
  for (const credit of tried) {
    if (deps.policy.mode === 'covered') {
      const worthWei = (await deps.readWorthWei(credit, signal)) ?? 0n;
      if (worthWei + deps.policy.subsidyWei < costWei) {
        rest(deps, waits, credit);
        continue;
      }
    }
    if (await unparkOne(deps, waits, credit, signal)) unparked.push(credit.index);
  }
  return unparked;
}

async function unparkOne(
  deps: UnparkCreditsDeps,
  waits: Waits,
  credit: ParkedCredit,
  signal?: AbortSignal,
): Promise<boolean> {
  const { index, reason } = credit;
  const outcome = await deps.ledger.unpark({ source: deps.source, index }, signal);
  const fields = { source: deps.source, index, reason };
  if (outcome.kind === 'landed') {
    deps.observer.observe({ name: 'credit-unparked', level: 'info', fields: { ...fields, ...spentOf(outcome) } });
  } else if (outcome.kind !== 'overtaken') {
    deps.observer.observe({ name: 'unpark-refused', level: 'debug', fields: { ...fields, code: outcome.name } });
  }
  // Hints lag, so a landed credit pauses too.
  rest(deps, waits, credit);
  return outcome.kind === 'landed';
}

/** Updates the ledger's halt state from the verifier; the ledger reverts if nothing changed, which is nearly always. */
async function noteHalt({ ledger, observer, source }: UnparkCreditsDeps, signal?: AbortSignal): Promise<void> {
  const outcome = await ledger.noteHalt(source, signal);
  if (outcome.kind !== 'landed') return;
  observer.observe({ name: 'halt-noted', level: 'error', fields: { source, tx_hash: outcome.txHash } });
}

function rest(deps: UnparkCreditsDeps, waits: Waits, { index, reason }: ParkedCredit): void {
  const refusals = waits.get(index)?.refusals ?? 0;
  const limits = reason === 'UNCONFIRMED' ? UNCONFIRMED_RETRY_MS : UNPARK_RETRY_MS;
  const untilMs = deps.clock.elapsedMs() + retryDelayMs(refusals, limits);
  waits.set(index, { untilMs, refusals: refusals + 1 });
}
