import { AppError, coverageOf } from '@surety/domain';
import type { Clock } from '../ports/clock.js';
import type { AssetNumbers, Ledger } from '../ports/ledger.js';
import type { Observer } from '../ports/observer.js';
import type { LandOutcome } from '../ports/transactions.js';
import type { Vault } from '../ports/vault.js';
import type { NotesFailing } from '../running/failing-loops.js';
import { type KeepRunningOptions, isChainMismatch, keepRunning } from '../running/keep-running.js';

/** Ports of {@link lookAfterAssets}. */
export interface LookAfterAssetsDeps {
  readonly assets: readonly AssetNumbers[];
  readonly source: number;
  readonly vault: Pick<Vault, 'readHolding' | 'report' | 'noteCode' | 'distrustProvider'>;
  /** Reads the ledger's figures of the vault's assets; null to compare a report only with the vault's own record. */
  readonly ledger: Pick<Ledger, 'readCoverage' | 'distrustProvider'> | null;
  /** Milliseconds between two passes, see `slowLookMs`: a pass simulates one call per asset. */
  readonly pauseMs: number;
  readonly clock: Clock;
  readonly observer: Observer;
}

/**
 * Checks each asset of a vault in passes until the signal aborts. Calls `report` if the backed part of its units
 * differs from the vault's last report, or from the ledger's figure; for a day the vault refuses a report that is not
 * lower. Calls `noteCode` for each; the vault refuses if the token's code is the recorded one. A simulation shows both
 * without a transaction.
 * @throws CHAIN_MISMATCH: this process is configured for another chain.
 */
export async function lookAfterAssets(deps: LookAfterAssetsDeps & NotesFailing, signal: AbortSignal): Promise<void> {
  const { source, vault, pauseMs, clock, observer } = deps;
  const running: KeepRunningOptions = {
    step: () => lookAfterAssetsOnce(deps, signal),
    pauseMs: () => pauseMs,
    failure: { name: 'report-failed', fields: { source } },
    isFatal: isChainMismatch,
    distrustProvider: () => vault.distrustProvider(),
    clock,
    observer,
    failingLoops: deps.failingLoops,
  };
  await keepRunning(running, signal);
}

/**
 * Runs one pass and returns what was recorded of which asset, by its number at the vault. An asset that fails keeps none behind
 * it from a report.
 * @throws the first of the vault's errors, once all assets were looked at; CHAIN_MISMATCH at once.
 */
export async function lookAfterAssetsOnce(
  deps: LookAfterAssetsDeps,
  signal?: AbortSignal,
): Promise<readonly { readonly asset: number; readonly event: string }[]> {
  const { source, assets, vault, observer } = deps;
  const told: { asset: number; event: string }[] = [];
  const errors: unknown[] = [];
  for (const numbers of assets) {
    const asset = numbers.vaultAsset;
    const tell = (event: string, outcome: LandOutcome): void => {
      if (outcome.kind !== 'landed') return;
      told.push({ asset, event });
      // The asset has a problem, or has recovered: alert operators at once.
      observer.observe({ name: event, level: 'error', fields: { source, asset, tx_hash: outcome.txHash } });
    };
    try {
      // A node that takes a block meanwhile may answer two calls at one height from two states. What is due is due a moment later too.
      const isDue = (await isReportDue(deps, numbers, signal)) && (await isReportDue(deps, numbers, signal));
      if (isDue) tell('shortfall-reported', await vault.report(asset, signal));
      tell('token-code-noted', await vault.noteCode(asset, signal));
    } catch (error) {
      if (signal?.aborted === true || isChainMismatch(error)) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return told;
}

/** True if a report would change the vault's record, or the ledger's. */
async function isReportDue(
  { vault, ledger }: LookAfterAssetsDeps,
  numbers: AssetNumbers,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { accounted, held, reportedWad, shortSince, hasEnded } = await vault.readHolding(numbers.vaultAsset, signal);
  if (hasEnded || held === null) return false;
  const missing = held < accounted ? accounted - held : 0n;
  const coverageWad = coverageOf({ missing, accounted });
  if (coverageWad !== reportedWad || (shortSince !== 0n) !== missing > 0n) return true;
  try {
    const known = await ledger?.readCoverage(numbers, signal);
    if (known === undefined) return false;
    // Impaired without a report: a rewind undid it, and the asset stays impaired until the vault reports again.
    const isUnheard = known.impairedSince !== 0n && known.reportedWad >= known.inForceWad;
    return isUnheard || known.reportedWad !== coverageWad;
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'CHAIN_MISMATCH') throw error;
    ledger?.distrustProvider();
    return false;
  }
}
