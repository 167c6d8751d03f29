import { type KeepLookingOptions, keepLooking } from '../following/keep-looking.js';
import type { VaultFollower } from './vault-follower.js';

/** Ports of {@link keepVaultFolded}. */
export interface KeepVaultFoldedOptions extends KeepLookingOptions {
  readonly follower: VaultFollower;
}

/** Keeps the fold of one vault at its newest final block until the signal aborts, and polls the newest block. */
export async function keepVaultFolded(options: KeepVaultFoldedOptions, signal: AbortSignal): Promise<void> {
  const { follower } = options;
  const lookOnce = async (): Promise<void> => {
    await follower.advance(signal);
  };
  await keepLooking({ ...options, lookOnce, glance: () => follower.look(signal) }, signal);
}
