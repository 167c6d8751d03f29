import type { Readiness, ReadinessReason } from '@surety/telemetry';
import type {
  BalancesView,
  ChainCondition,
  DeliveryState,
  EpochView,
  JournalState,
  OwnStatementSource,
  ReportTrouble,
  SigningRefusal,
} from '@surety/workflows';

/**
 * Time without a step after which a loop counts as stuck: it waits at most 15 s for a chain's head, and a step takes
 * seconds.
 */
export const STALLED_AFTER_MS = 120_000;

/** One chain as the watcher sees it now. */
export interface WatchedChain {
  readonly chainId: number;
  readonly condition: ChainCondition;
  /** Its attester sets, for the journals that lead to it. */
  readonly epochs: EpochView;
}

/** One journal as the watcher sees it now. */
export interface WatchedJournal {
  readonly originChainId: number;
  readonly destinationChainId: number;
  readonly edgeId: string;
  readonly journal: JournalState;
  /** When the journal's loop last told its state, on the clock of `nowMs`. */
  readonly toldAtMs: number;
  /** By aggregator. */
  readonly deliveries: ReadonlyMap<string, DeliveryState>;
  /** Those asked at the start what they hold of this key, who have not answered yet. */
  readonly silent: readonly Pick<OwnStatementSource, 'kind' | 'name'>[];
  /** Aggregators and peers among those asked. */
  readonly othersAsked: number;
}

/** Facts that readiness is judged by. */
export interface WatcherView {
  readonly chains: readonly WatchedChain[];
  readonly journals: readonly WatchedJournal[];
  readonly balances: readonly BalancesView[];
  /** Margin reports that could not be made. */
  readonly reports: readonly ReportTrouble[];
  /** Loops beside attesting whose pass does not end. */
  readonly stuck: readonly ReadinessReason[];
  readonly refusal: SigningRefusal | undefined;
  /** Reason for which the signing history cannot be written, if it cannot. */
  readonly historyTrouble: string | undefined;
  /** True if both stores of the signing history lie on one device though one loss may not take both. */
  readonly sharedDevice: boolean;
  /** The address whose key signs, if it is no member of the configured attester set. */
  readonly stranger: string | undefined;
  /** By this process's own elapsed time: a clock that is set back must not hide a stall. */
  readonly nowMs: number;
}

/**
 * Reports whether the watcher can sign safely now, for each of its chains and edges, and why not. An unreachable
 * aggregator is a reason but does not make it unready: it goes on signing, and its signatures wait on disk.
 */
export function watcherReadiness(view: WatcherView): Readiness {
  const blocking: ReadinessReason[] = [];
  if (view.journals.length === 0) blocking.push({ code: 'SYNCING', detail: 'no journal is watched yet' });
  if (view.refusal !== undefined) blocking.push({ code: view.refusal.code, detail: view.refusal.detail });
  if (view.historyTrouble !== undefined) blocking.push({ code: 'HISTORY_UNAVAILABLE', detail: view.historyTrouble });
  const broken = new Set<number>();
  for (const chain of view.chains) {
    const reasons = conditionReasons(chain);
    if (reasons.length > 0) broken.add(chain.chainId);
    blocking.push(...reasons);
  }
  for (const journal of view.journals) {
    blocking.push(...journalReasons(journal, { nowMs: view.nowMs, isChainBroken: broken.has(journal.originChainId) }));
  }
  const degraded = [
    ...view.chains.flatMap((chain) => (broken.has(chain.chainId) ? [] : epochReasons(chain))),
    ...view.balances.flatMap(balanceReasons),
    ...view.journals.flatMap(deliveryReasons),
    ...view.journals.flatMap(silenceReasons),
    ...reportReasons(view.reports),
    ...view.stuck,
  ];
  if (view.sharedDevice) {
    degraded.push({
      code: 'HISTORY_ONE_DEVICE',
      detail:
        'SURETY_STATE_DIR and SURETY_HISTORY_DIR lie on one device: its loss takes both stores and retires the key; move one to another disk',
    });
  }
  if (view.stranger !== undefined) {
    degraded.push({
      code: 'NOT_A_MEMBER',
      detail: `${view.stranger} is no attester of the configuration; nobody counts what it signs`,
    });
  }
  return { ready: blocking.length === 0, reasons: [...blocking, ...degraded] };
}

function conditionReasons({ chainId, condition }: WatchedChain): ReadinessReason[] {
  if (condition.kind === 'halted') return [{ code: 'HALTED', detail: `chain ${chainId}: ${condition.reason}` }];
  if (condition.kind === 'no-quorum') return [{ code: 'NO_QUORUM', detail: `chain ${chainId}: ${condition.reason}` }];
  return [];
}

/** Faults of a destination's attester sets though statements can be made: the journals tell where they cannot. */
function epochReasons({ chainId, epochs: { knownBefore, trouble, mismatch } }: WatchedChain): ReadinessReason[] {
  const reasons: ReadinessReason[] = [];
  if (trouble !== undefined && knownBefore !== undefined) {
    const detail = `${trouble.code}: ${trouble.detail}; its attester sets are known for block times before ${knownBefore}`;
    reasons.push({ code: 'EPOCHS_OLD', detail: `chain ${chainId}: ${detail}` });
  }
  if (mismatch !== undefined) reasons.push({ code: 'ATTESTERS_DIFFER', detail: `chain ${chainId}: ${mismatch}` });
  return reasons;
}

/** A shortage keeps nothing from being signed: what is journaled is true, and readers learn of the loss by the vault's report. */
function balanceReasons({ chainId, vault, short, trouble }: BalancesView): ReadinessReason[] {
  const reasons = short.map(({ asset, token, accounted, held }) => ({
    code: 'BALANCE_SHORT',
    detail: `chain ${chainId}: vault ${vault} holds ${held} of the ${accounted} units of asset ${asset} (${token}) that it accounts for; call its report(${asset}) and find out why`,
  }));
  if (trouble !== undefined)
    reasons.push({
      code: 'BALANCES_UNREAD',
      detail: `chain ${chainId}: the balances of vault ${vault} could not be read: ${trouble.code}: ${trouble.detail}`,
    });
  return reasons;
}

/** Without a report the protocol's own bound counts, so nothing else waits for one. */
function reportReasons(troubles: readonly ReportTrouble[]): ReadinessReason[] {
  const [first] = troubles;
  if (first === undefined) return [];
  const { protocol = 'every protocol', account = 'every account', code, detail } = first;
  const more = troubles.length === 1 ? '' : ` (and ${troubles.length - 1} more)`;
  return [{ code: 'REPORTS_UNSIGNED', detail: `${account} at ${protocol}: ${code}: ${detail}${more}` }];
}

function journalReasons(
  watched: WatchedJournal,
  at: { readonly nowMs: number; readonly isChainBroken: boolean },
): ReadinessReason[] {
  const { journal, toldAtMs, silent } = watched;
  const reasons: ReadinessReason[] = [];
  const because = (code: string, detail: string): void =>
    void reasons.push({ code, detail: `${nameOf(watched)}: ${detail}` });
  if (journal.kind === 'refused') because(journal.code, journal.detail);
  if (journal.kind === 'failing' && !at.isChainBroken) because(journal.code, journal.detail);
  const unasked = silent.find(({ kind }) => kind === 'log' || kind === 'destination');
  if (unasked !== undefined) {
    because(
      'HISTORY_UNCONFIRMED',
      `${unasked.name} has not answered what it holds of this key; nothing is signed before`,
    );
  } else if (journal.kind === 'starting')
    because('SYNCING', 'the first final frame of the journal has not been read yet');
  if (journal.kind === 'attesting' && !journal.current) {
    because('SYNCING', `verified up to block ${journal.height}, the newest final frame is ${journal.tipHeight}`);
  }
  if (journal.kind === 'attesting' && at.nowMs - toldAtMs > STALLED_AFTER_MS) {
    because('STALLED', `no step for ${Math.round((at.nowMs - toldAtMs) / 1_000)} s; expected one at each new head`);
  }
  return reasons;
}

/** Names an edge by its two chains; its whole name is in the log. */
function nameOf({ originChainId, destinationChainId, edgeId }: WatchedJournal): string {
  return `edge ${originChainId} → ${destinationChainId} (${edgeId.slice(0, 10)}…)`;
}

function deliveryReasons(watched: WatchedJournal): ReadinessReason[] {
  return [...watched.deliveries].flatMap(([aggregator, state]) =>
    state.kind === 'failing'
      ? [{ code: 'DEGRADED_DELIVERY', detail: `${nameOf(watched)}: ${aggregator}: ${state.code}: ${state.detail}` }]
      : [],
  );
}

/** Others can prove that a history is older, never that it is whole; while all are silent not even that is tried. */
function silenceReasons(watched: WatchedJournal): ReadinessReason[] {
  const { silent, othersAsked } = watched;
  const others = silent.filter(({ kind }) => kind === 'aggregator' || kind === 'peer');
  if (others.length === 0 || others.length < othersAsked) return [];
  const names = others.map(({ name }) => name).join(', ');
  return [
    {
      code: 'HISTORY_UNCONFIRMED',
      detail: `${nameOf(watched)}: the history is unconfirmed by others: ${names} did not answer what they hold of this key; it is signed on the destination's answer`,
    },
  ];
}
