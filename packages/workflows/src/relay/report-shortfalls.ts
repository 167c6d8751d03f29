import { AppError } from '@surety/domain';
import { retryDelayMs } from '../attest/retry-delay-ms.js';
import type { Clock } from '../ports/clock.js';
import type { Observer } from '../ports/observer.js';
import type { Vault } from '../ports/vault.js';
import { SHORTFALL_LOOK_MS } from './limits.js';

/** Which assets of which vault are looked after. */
export interface ReportShortfallsDeps {
  readonly source: number;
  /** The vault's own numbers. */
  readonly assets: readonly number[];
  readonly vault: Pick<Vault, 'report' | 'distrustProvider'>;
  readonly clock: Clock;
  readonly observer: Observer;
}

/**
 * Calls a vault's `report` until the signal aborts, for each asset once a minute: the vault compares its balance with what it
 * accounts for, and refuses where nothing is missing or it is on record already, which a simulation shows without a transaction.
 * @throws CHAIN_MISMATCH: this process is configured for another chain.
 */
export async function reportShortfalls(deps: ReportShortfallsDeps, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await reportShortfallsOnce(deps, signal);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof AppError && error.code === 'CHAIN_MISMATCH') throw error;
      deps.vault.distrustProvider();
      const code = error instanceof AppError ? error.code : 'UNEXPECTED';
      const level = failures++ === 0 ? 'warn' : 'debug';
      deps.observer.observe({ name: 'report-failed', level, fields: { source: deps.source, code } });
    }
    await deps.clock.sleep(retryDelayMs(failures, { firstMs: SHORTFALL_LOOK_MS, maxMs: SHORTFALL_LOOK_MS }), signal);
  }
}

/** Makes one pass and gives the assets whose shortage, or its end, is on record now. @throws what the vault throws. */
export async function reportShortfallsOnce(
  { source, assets, vault, observer }: ReportShortfallsDeps,
  signal?: AbortSignal,
): Promise<readonly number[]> {
  const reported: number[] = [];
  for (const asset of assets) {
    const outcome = await vault.report(asset, signal);
    if (outcome.kind !== 'landed') continue;
    reported.push(asset);
    // Either tokens are missing, or they came back: both are for people to know at once.
    observer.observe({
      name: 'shortfall-reported',
      level: 'error',
      fields: { source, asset, tx_hash: outcome.txHash },
    });
  }
  return reported;
}
