import { AppError } from '@surety/domain';
import { crashPoint } from '../crash-point.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { HealthWatch } from './health-watch.js';
import type { LedgerFollower } from './ledger-follower.js';
import { ACCOUNTS_TOLD_MAX } from './limits.js';
import type { SelfCheck } from './self-check.js';
import type { VaultFollower } from './vault-follower.js';

/** Milliseconds between two looks at a chain. */
const LOOK_INTERVAL_MS = 500;
/** Milliseconds after a failed look; grows to the maximum with each further failure. */
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 15_000;

/** How the following goes. */
export type FollowCondition =
  | { readonly kind: 'starting' }
  | { readonly kind: 'current'; readonly atMs: number }
  | { readonly kind: 'failing'; readonly code: string; readonly detail: string; readonly sinceMs: number };

/** What keeping the fold current needs. */
export interface KeepFoldedOptions {
  readonly follower: Pick<LedgerFollower, 'advance' | 'book' | 'changed' | 'heal' | 'look'>;
  readonly selfCheck: Pick<SelfCheck, 'compare'>;
  /** Looks at the health of those who changed, once their lines are healed. */
  readonly health: Pick<HealthWatch, 'look' | 'meetAll'>;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly onCondition: (condition: FollowCondition) => void;
  /** Called after each step with the accounts that changed, of very many the newest. */
  readonly onChanged: (accounts: readonly `0x${string}`[]) => void;
}

/** Keeps the fold at the newest final block until the signal aborts, compares it with the ledger, and glances at the newest block. */
export async function keepFolded(options: KeepFoldedOptions, signal: AbortSignal): Promise<void> {
  await keepLooking({ ...options, lookOnce: () => look(options, signal) }, signal);
}

/** What keeping a vault's fold current needs. */
export interface KeepVaultFoldedOptions {
  readonly follower: VaultFollower;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly onCondition: (condition: FollowCondition) => void;
}

/** Keeps the fold of one vault at its newest final block until the signal aborts, and glances at the newest block. */
export async function keepVaultFolded(options: KeepVaultFoldedOptions, signal: AbortSignal): Promise<void> {
  const { follower } = options;
  const lookOnce = async (): Promise<void> => {
    await follower.advance(signal);
    await follower.look(signal);
  };
  await keepLooking({ ...options, lookOnce }, signal);
}

async function keepLooking(
  options: Pick<KeepFoldedOptions, 'clock' | 'observer' | 'onCondition'> & { readonly lookOnce: () => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  const { clock, observer, onCondition, lookOnce } = options;
  let failures = 0;
  let sinceMs = clock.nowMs();
  onCondition({ kind: 'starting' });
  while (!signal.aborted) {
    try {
      await lookOnce();
      failures = 0;
      onCondition({ kind: 'current', atMs: clock.nowMs() });
      await clock.sleep(LOOK_INTERVAL_MS, signal);
    } catch (cause) {
      if (signal.aborted) break;
      if (failures === 0) sinceMs = clock.nowMs();
      const code = cause instanceof AppError ? cause.code : 'UNKNOWN';
      const detail = cause instanceof Error ? cause.message : 'a value that is no error was thrown';
      observer.observe({ name: 'fold-failed', level: failures === 0 ? 'warn' : 'debug', fields: { code, detail } });
      onCondition({ kind: 'failing', code, detail, sinceMs });
      await clock.sleep(Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(failures++, 6)), signal);
    }
  }
}

async function look(options: KeepFoldedOptions, signal: AbortSignal): Promise<void> {
  const { follower, selfCheck, health, onChanged } = options;
  const advanced = await follower.advance(signal);
  const { book, changed } = follower;
  // What a look that failed has left is looked at again, at the same block if there is no other.
  if (book !== undefined && (advanced || !changed.isEmpty)) {
    const { different } = await selfCheck.compare(book, changed.accounts, signal);
    changed.note(different);
    crashPoint('aggregator.publish.compared');
    await follower.heal(different, book.block, signal);
    const touched = changed.accounts;
    if (changed.isOverfull) health.meetAll();
    await health.look(book, touched, signal);
    changed.clear();
    onChanged(touched.slice(-ACCOUNTS_TOLD_MAX));
    crashPoint('aggregator.publish.told');
  }
  await follower.look(signal);
}
