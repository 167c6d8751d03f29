import type { Readiness, ReadinessReason } from '@surety/telemetry';
import { type SenderStatus, isBudgetLow } from '@surety/transactions';
import type { FailingLoops, KeeperStatus } from '@surety/workflows';

/** Time in milliseconds after which a loop that has not ended a pass counts as stuck: longer than a replacement takes. */
export const KEEPER_PASS_STALE_MS = 120_000;

/** The last reports of a keeper's loops, for its readiness. */
export interface KeeperState {
  /** Wei below which the wallet is low. */
  readonly walletLowWei: bigint;
  /** Sends nothing. */
  readonly isDryRun: boolean;
  /** Loops that report no status of their own: the wallet's, the sender's and the risk manager's. */
  readonly failingLoops: Pick<FailingLoops, 'stuckReasons'>;
  /** Wei of the wallet when it was last read, null before. */
  walletWei: bigint | null;
  sender: SenderStatus | null;
  auctions: KeeperStatus | null;
  /** Reason for which work has not begun; null once it has. */
  starting: string | null;
}

/** Returns the state of a keeper that has not begun. */
export function freshKeeperState(of: Pick<KeeperState, 'walletLowWei' | 'isDryRun' | 'failingLoops'>): KeeperState {
  return { ...of, walletWei: null, sender: null, auctions: null, starting: 'its contracts were not read yet' };
}

/** Returns a keeper's readiness. Not ready: it has not begun, cannot pay, or its passes fail. A low wallet or budget, or another loop that hangs, is a reason of a ready one. */
export function keeperReadiness(state: KeeperState, at: { readonly elapsedMs: number }): Readiness {
  if (state.starting !== null) return { ready: false, reasons: [{ code: 'STARTING', detail: state.starting }] };
  const failing = passReasons(state, at.elapsedMs);
  const dry = { code: 'DRY_RUN', detail: 'it says what it would do, and sends nothing; unset SURETY_KEEPER_DRY_RUN' };
  const stuck = state.failingLoops.stuckReasons();
  const reasons = [...failing, ...moneyReasons(state), ...stuck, ...(state.isDryRun ? [dry] : [])];
  return { ready: failing.length === 0 && (state.walletWei !== 0n || state.isDryRun), reasons };
}

function passReasons({ auctions }: KeeperState, elapsedMs: number): ReadinessReason[] {
  if (auctions === null) return [{ code: 'AUCTIONS_NOT_READ', detail: 'no pass has ended yet' }];
  const { problem, passedAtMs } = auctions;
  if (problem !== null) return [{ code: problem.code, detail: problem.detail }];
  if (elapsedMs - passedAtMs <= KEEPER_PASS_STALE_MS) return [];
  return [{ code: 'AUCTIONS_STUCK', detail: `the last pass ended ${Math.round(elapsedMs - passedAtMs)} ms ago` }];
}

function moneyReasons({ walletWei, walletLowWei, sender }: KeeperState): ReadinessReason[] {
  const reasons: ReadinessReason[] = [];
  if (walletWei !== null && walletWei < walletLowWei) {
    const code = walletWei === 0n ? 'EMPTY_WALLET' : 'LOW_WALLET';
    const detail = `the wallet holds ${walletWei} wei; expected at least ${walletLowWei}; send it coin`;
    reasons.push({ code, detail });
  }
  const day = sender?.day;
  if (day !== undefined && isBudgetLow(day)) {
    const detail = `${day.spentWei} wei are spent and ${day.pendingWei} under way of today's ${day.budgetWei}; at midnight UTC it begins again`;
    reasons.push({ code: 'BUDGET_LOW', detail });
  }
  return reasons;
}
