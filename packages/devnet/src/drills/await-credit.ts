import { type LockAct, type MinedLock, lockTokens } from '../acts/lock.js';
import { waitUntil } from '../processes/wait-until.js';
import type { Devnet } from '../start-devnet.js';

const WITHIN_MS = 60_000;

/** True once the aggregator saw a lock's credit in a final block of the ledger. */
export async function isApplied({ aggregator }: Pick<Devnet, 'aggregator'>, { txHash }: MinedLock): Promise<boolean> {
  return (await aggregator.readEntry(txHash)).some(({ stage }) => stage === 'applied');
}

/** Locks tokens and waits until the ledger has credited them. @throws TIMED_OUT. */
export async function awaitCredit(devnet: Devnet, act: LockAct): Promise<void> {
  const lock = await lockTokens(devnet.network, act);
  const probe = async (): Promise<true | undefined> => ((await isApplied(devnet, lock)) ? true : undefined);
  await waitUntil({ what: `lock ${lock.txHash} applied`, withinMs: WITHIN_MS, probe });
}
