import type { Readiness, ReadinessReason } from '@surety/telemetry';
import type { PriceStatus, RelayStatus } from '@surety/workflows';

/** Time in milliseconds after which a loop that has not ended a pass counts as stuck: longer than a replacement takes. */
export const PASS_STALE_MS = 120_000;

/** What the loops of a relayer last told; readiness is read from it. */
export interface RelayerState {
  /** Sources to relay; each has a loop. */
  readonly sources: readonly number[];
  readonly edges: Map<number, RelayStatus>;
  prices: PriceStatus | null;
  /** Wei of the wallet when it was last read, null before. */
  walletWei: bigint | null;
  /** Why the process has not begun to relay, null once it has. */
  starting: string | null;
}

/** Gives the state of a relayer that has not begun. */
export function freshRelayerState(sources: readonly number[]): RelayerState {
  return { sources, edges: new Map(), prices: null, walletWei: null, starting: 'the ledger was not read yet' };
}

/**
 * Says whether a relayer can do its work now. Not ready: starting, an empty wallet, or no edge that passes. One failing
 * edge of several, stuck prices and a low wallet are reasons of a ready relayer: it still helps the others.
 */
export function relayerReadiness(
  state: RelayerState,
  at: { readonly nowMs: number; readonly walletLowWei: bigint },
): Readiness {
  if (state.starting !== null) return { ready: false, reasons: [{ code: 'STARTING', detail: state.starting }] };
  const edges = state.sources.map((source) => edgeReason(source, state.edges.get(source), at.nowMs));
  const failing = edges.filter((reason) => reason !== undefined);
  const isEmpty = state.walletWei === 0n;
  const reasons = [...walletReasons(state, at.walletLowWei), ...failing, ...priceReasons(state, at.nowMs)];
  return { ready: !isEmpty && failing.length < Math.max(1, edges.length), reasons };
}

function edgeReason(source: number, status: RelayStatus | undefined, nowMs: number): ReadinessReason | undefined {
  if (status === undefined) return { code: 'EDGE_NOT_READ', detail: `source ${source} has not ended a pass yet` };
  if (status.problem !== null) {
    return { code: status.problem.code, detail: `source ${source}: ${status.problem.detail}` };
  }
  if (nowMs - status.passedAtMs <= PASS_STALE_MS) return undefined;
  return { code: 'EDGE_STUCK', detail: `source ${source} ended its last pass ${nowMs - status.passedAtMs} ms ago` };
}

function walletReasons(state: RelayerState, walletLowWei: bigint): ReadinessReason[] {
  if (state.walletWei === null || state.walletWei >= walletLowWei) return [];
  const code = state.walletWei === 0n ? 'EMPTY_WALLET' : 'LOW_WALLET';
  return [{ code, detail: `the wallet holds ${state.walletWei} wei; expected at least ${walletLowWei}` }];
}

function priceReasons(state: RelayerState, nowMs: number): ReadinessReason[] {
  const { prices } = state;
  if (prices === null) return [];
  if (prices.problem !== null) return [{ code: prices.problem.code, detail: `prices: ${prices.problem.detail}` }];
  if (nowMs - prices.passedAtMs > PASS_STALE_MS) {
    return [{ code: 'PRICES_STUCK', detail: `prices were last read ${nowMs - prices.passedAtMs} ms ago` }];
  }
  if (prices.stuckSlots.length === 0) return [];
  return [{ code: 'FEEDS_STUCK', detail: `no newer price for slots ${prices.stuckSlots.join(', ')}` }];
}
