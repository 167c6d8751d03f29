import type { Readiness, ReadinessReason } from '@surety/telemetry';
import type { ChainCondition, DeliveryState, JournalState, SigningRefusal } from '@surety/workflows';

/** After this long without a step a loop counts as stuck: a chain's head is waited for at most 15 s, and a step takes seconds. */
export const STALLED_AFTER_MS = 120_000;

/** One chain as the watcher sees it now. */
export interface WatchedChain {
  readonly chainId: number;
  readonly condition: ChainCondition;
  readonly journal: JournalState;
  /** When the journal's loop last told its state. */
  readonly toldAtMs: number;
  /** By aggregator. */
  readonly deliveries: ReadonlyMap<string, DeliveryState>;
}

/** What readiness is judged from. */
export interface WatcherView {
  readonly chains: readonly WatchedChain[];
  readonly refusal: SigningRefusal | undefined;
  /** Why the signing history cannot be written, if it cannot. */
  readonly historyTrouble: string | undefined;
  /** The address whose key signs, if it is no member of the configured attester set. */
  readonly stranger: string | undefined;
  readonly nowMs: number;
}

/**
 * Says whether the watcher can sign safely now, for each of its chains, and why not. An aggregator that cannot be reached is
 * told as a reason but does not make it unready: signing goes on, and what was signed waits on disk.
 */
export function watcherReadiness(view: WatcherView): Readiness {
  const blocking: ReadinessReason[] = [];
  if (view.chains.length === 0) blocking.push({ code: 'SYNCING', detail: 'no chain is watched yet' });
  if (view.refusal !== undefined) blocking.push({ code: view.refusal.code, detail: view.refusal.detail });
  if (view.historyTrouble !== undefined) blocking.push({ code: 'HISTORY_UNAVAILABLE', detail: view.historyTrouble });
  for (const chain of view.chains) blocking.push(...chainReasons(chain, view.nowMs));
  const degraded = view.chains.flatMap(deliveryReasons);
  if (view.stranger !== undefined) {
    degraded.push({
      code: 'NOT_A_MEMBER',
      detail: `${view.stranger} is no attester of the configuration; nobody counts what it signs`,
    });
  }
  return { ready: blocking.length === 0, reasons: [...blocking, ...degraded] };
}

function chainReasons({ chainId, condition, journal, toldAtMs }: WatchedChain, nowMs: number): ReadinessReason[] {
  const reasons: ReadinessReason[] = [];
  const because = (code: string, detail: string): void =>
    void reasons.push({ code, detail: `chain ${chainId}: ${detail}` });
  if (condition.kind === 'halted') because('HALTED', condition.reason);
  if (condition.kind === 'no-quorum') because('NO_QUORUM', condition.reason);
  if (journal.kind === 'refused') because(journal.code, journal.detail);
  if (journal.kind === 'failing' && reasons.length === 0) because(journal.code, journal.detail);
  if (journal.kind === 'starting') because('SYNCING', 'the first final frame of the journal has not been read yet');
  if (journal.kind === 'attesting' && !journal.current) {
    because('SYNCING', `verified up to block ${journal.height}, the newest final frame is ${journal.tipHeight}`);
  }
  if (journal.kind === 'attesting' && nowMs - toldAtMs > STALLED_AFTER_MS) {
    because('STALLED', `no step for ${Math.round((nowMs - toldAtMs) / 1_000)} s; expected one at each new head`);
  }
  return reasons;
}

function deliveryReasons({ chainId, deliveries }: WatchedChain): ReadinessReason[] {
  return [...deliveries].flatMap(([aggregator, state]) =>
    state.kind === 'failing'
      ? [{ code: 'DEGRADED_DELIVERY', detail: `chain ${chainId}: ${aggregator}: ${state.code}: ${state.detail}` }]
      : [],
  );
}
