import { AppError } from '@surety/domain';
import { retryDelayMs } from '../attest/retry-delay-ms.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { Vault } from '../ports/vault.js';
import { ASSET_LOOK_MS } from './limits.js';

/** Which assets of which vault are looked after. */
export interface LookAfterAssetsDeps {
  readonly source: number;
  /** The vault's own numbers. */
  readonly assets: readonly number[];
  readonly vault: Pick<Vault, 'report' | 'noteCode' | 'distrustProvider'>;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** What anyone may tell a vault of an asset, and the event by which people learn that it was told. */
const ACTS = [
  { act: 'report', name: 'shortfall-reported' },
  { act: 'noteCode', name: 'token-code-noted' },
] as const;

/**
 * Calls a vault's `report` and `noteCode` until the signal aborts, for each asset once a minute: the vault compares its balance
 * with what it accounts for, and the token's code with the pinned one, and refuses where nothing differs or it is on record
 * already, which a simulation shows without a transaction.
 * @throws CHAIN_MISMATCH: this process is configured for another chain.
 */
export async function lookAfterAssets(deps: LookAfterAssetsDeps, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await lookAfterAssetsOnce(deps, signal);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof AppError && error.code === 'CHAIN_MISMATCH') throw error;
      deps.vault.distrustProvider();
      const code = error instanceof AppError ? error.code : 'UNEXPECTED';
      const level = failures++ === 0 ? 'warn' : 'debug';
      deps.observer.observe({ name: 'report-failed', level, fields: { source: deps.source, code } });
    }
    await deps.clock.sleep(retryDelayMs(failures, { firstMs: ASSET_LOOK_MS, maxMs: ASSET_LOOK_MS }), signal);
  }
}

/** Makes one pass and gives what is on record now of which asset. @throws what the vault throws. */
export async function lookAfterAssetsOnce(
  { source, assets, vault, observer }: LookAfterAssetsDeps,
  signal?: AbortSignal,
): Promise<readonly { readonly asset: number; readonly event: string }[]> {
  const told: { asset: number; event: string }[] = [];
  for (const asset of assets) {
    for (const { act, name } of ACTS) {
      const outcome = await vault[act](asset, signal);
      if (outcome.kind !== 'landed') continue;
      told.push({ asset, event: name });
      // Something is wrong with the asset, or well again: both are for people to know at once.
      observer.observe({ name, level: 'error', fields: { source, asset, tx_hash: outcome.txHash } });
    }
  }
  return told;
}
