import type { Bytes32 } from '@surety/domain';
import { crashPoint } from '../crash-point.js';
import { type KeepLookingOptions, keepLooking } from '../following/keep-looking.js';
import type { LedgerFollower } from '../ledger-projection/ledger-follower.js';
import type { HealthWatch } from './health-watch.js';
import { ACCOUNTS_TOLD_MAX } from './limits.js';
import type { SelfCheck } from './self-check.js';

/** Ports of {@link keepFolded}. */
export interface KeepFoldedOptions extends KeepLookingOptions {
  readonly follower: Pick<LedgerFollower, 'advance' | 'snapshot' | 'changed' | 'heal' | 'look'>;
  readonly selfCheck: Pick<SelfCheck, 'compare'>;
  /** Judges the health of changed accounts once their lines are healed. */
  readonly health: Pick<HealthWatch, 'look' | 'meetAll'>;
  /** Called after each step with the changed accounts, unless they are too many to be named. */
  readonly onChanged: (accounts: readonly Bytes32[] | 'too many') => void;
}

/**
 * Keeps the fold at the newest final block until the signal aborts, compares it with the ledger, and polls the newest
 * block.
 */
export async function keepFolded(options: KeepFoldedOptions, signal: AbortSignal): Promise<void> {
  const glance = (): Promise<void> => options.follower.look(signal);
  await keepLooking({ ...options, lookOnce: () => look(options, signal), glance }, signal);
}

async function look(options: KeepFoldedOptions, signal: AbortSignal): Promise<void> {
  const { follower, selfCheck, health, onChanged } = options;
  const advanced = await follower.advance(signal);
  const { snapshot, changed } = follower;
  // Accounts left over by a failed pass are judged again, at the same block if there is no newer one.
  if (snapshot !== undefined && (advanced || !changed.isEmpty)) {
    const { different } = await selfCheck.compare(snapshot, changed.accounts, signal);
    changed.note(different);
    crashPoint('aggregator.publish.compared');
    await follower.heal(different, snapshot.block, signal);
    const touched = changed.accounts;
    if (changed.isOverfull) health.meetAll();
    await health.look(snapshot, touched, signal);
    changed.clear();
    onChanged(touched.length > ACCOUNTS_TOLD_MAX ? 'too many' : touched);
    crashPoint('aggregator.publish.told');
  }
}
