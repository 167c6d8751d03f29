import { AppError } from '@surety/domain';
import { retryDelayMs } from '../attest/retry-delay-ms.js';
import type { Clock } from '../ports/clock.js';
import type { AssetNumbers, Ledger } from '../ports/ledger.js';
import type { Observer } from '../ports/observer.js';
import type { LandOutcome } from '../ports/transactions.js';
import { ASSET_LOOK_MS } from './limits.js';

/** Which assets of the ledger are looked after. */
export interface CoverAssetsDeps {
  readonly assets: readonly AssetNumbers[];
  readonly ledger: Pick<Ledger, 'readCoverage' | 'cover' | 'writeOff' | 'distrustProvider'>;
  readonly clock: Clock;
  readonly observer: Observer;
}

/**
 * Calls a ledger's `cover` and `writeOff` until the signal aborts, for each asset once a minute: the first where its vault reports
 * another coverage than is in force or has a loss to answer, the second where a closed generation left units owing. The ledger refuses both before their
 * dates, which a simulation shows without a transaction.
 * @throws CHAIN_MISMATCH: this process is configured for another chain.
 */
export async function coverAssets(deps: CoverAssetsDeps, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await coverAssetsOnce(deps, signal);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof AppError && error.code === 'CHAIN_MISMATCH') throw error;
      deps.ledger.distrustProvider();
      const code = error instanceof AppError ? error.code : 'UNEXPECTED';
      const level = failures++ === 0 ? 'warn' : 'debug';
      deps.observer.observe({ name: 'cover-failed', level, fields: { code } });
    }
    await deps.clock.sleep(retryDelayMs(failures, { firstMs: ASSET_LOOK_MS, maxMs: ASSET_LOOK_MS }), signal);
  }
}

/** Makes one pass and gives what was done for which asset. @throws what the ledger throws. */
export async function coverAssetsOnce(
  { assets, ledger, observer }: CoverAssetsDeps,
  signal?: AbortSignal,
): Promise<readonly { readonly assetId: number; readonly event: string }[]> {
  const done: { assetId: number; event: string }[] = [];
  for (const asset of assets) {
    const { source, assetId } = asset;
    const { impairedSince, inForceWad, reportedWad, lostSeq, owing, announcedAt } = await ledger.readCoverage(
      asset,
      signal,
    );
    const tell = (event: string, outcome: LandOutcome, fields: Readonly<Record<string, bigint>>): void => {
      if (outcome.kind !== 'landed') return;
      done.push({ assetId, event });
      // What holders of the asset have is worth less, or more again: people must know at once.
      const shared = { source, asset_id: assetId, tx_hash: outcome.txHash };
      observer.observe({ name: event, level: 'error', fields: { ...shared, ...fields } });
    };
    if (impairedSince !== 0n || reportedWad !== inForceWad || lostSeq !== 0n) {
      tell('coverage-in-force', await ledger.cover(assetId, signal), { coverage_wad: reportedWad });
    }
    if (owing !== 0n) {
      const event = announcedAt === 0n ? 'write-off-announced' : 'loss-written-off';
      tell(event, await ledger.writeOff(assetId, signal), { units: owing });
    }
  }
  return done;
}
