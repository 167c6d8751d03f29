import type { Clock } from '../ports/clock.js';
import type { AssetCoverage, AssetNumbers, Ledger, OrphanHints } from '../ports/ledger.js';
import type { Observer } from '../ports/observer.js';
import type { LandOutcome } from '../ports/transactions.js';
import type { NotesFailing } from '../running/failing-loops.js';
import { type KeepRunningOptions, isChainMismatch, keepRunning } from '../running/keep-running.js';
import { type TakeBackMemory, freshTakeBackMemory, takeBackOrphans } from './take-back-orphans.js';

/** Ports of {@link coverAssets}. */
export interface CoverAssetsDeps {
  readonly assets: readonly AssetNumbers[];
  readonly ledger: Pick<Ledger, 'readCoverage' | 'cover' | 'takeBack' | 'writeOff' | 'distrustProvider'>;
  /** Sources of remaining orphans, one per pass in turn; each orphan is verified by simulation at the ledger. */
  readonly hints: readonly OrphanHints[];
  /** Milliseconds between two passes, see `slowLookMs`. */
  readonly pauseMs: number;
  readonly clock: Clock;
  readonly observer: Observer;
}

/**
 * Checks each asset of a ledger in passes until the signal aborts. Calls `cover` if the reported coverage differs
 * from the one in force, or a loss is unanswered; `takeBack` for orphans of a rewind; and, once none is left,
 * `writeOff` where the vault must be informed of missing or found units. The ledger refuses each before its date, which
 * a simulation shows without a transaction.
 * @throws CHAIN_MISMATCH: this process is configured for another chain.
 */
export async function coverAssets(deps: CoverAssetsDeps & NotesFailing, signal: AbortSignal): Promise<void> {
  const { ledger, clock, observer } = deps;
  const memory = freshTakeBackMemory();
  const running: KeepRunningOptions = {
    step: () => coverAssetsOnce(deps, memory, signal),
    pauseMs: () => deps.pauseMs,
    failure: { name: 'cover-failed' },
    isFatal: isChainMismatch,
    distrustProvider: () => ledger.distrustProvider(),
    clock,
    observer,
    failingLoops: deps.failingLoops,
  };
  await keepRunning(running, signal);
}

/** Runs one pass and returns what was done for which asset. @throws errors of hints and ledger. */
export async function coverAssetsOnce(
  deps: CoverAssetsDeps,
  memory: TakeBackMemory,
  signal?: AbortSignal,
): Promise<readonly { readonly assetId: number; readonly event: string }[]> {
  const { assets, ledger, observer } = deps;
  const done: { assetId: number; event: string }[] = [];
  const orphaned = new Set<number>();
  for (const asset of assets) {
    const { source, assetId } = asset;
    const coverage = await ledger.readCoverage(asset, signal);
    const tell = (event: string, outcome: LandOutcome, fields: Readonly<Record<string, bigint>>): void => {
      if (outcome.kind !== 'landed') return;
      done.push({ assetId, event });
      // The asset's holders gain or lose: alert operators at once.
      const shared = { source, asset_id: assetId, tx_hash: outcome.txHash };
      observer.observe({ name: event, level: 'error', fields: { ...shared, ...fields } });
    };
    const { impairedSince, inForceWad, reportedWad, lostSeq } = coverage;
    if (impairedSince !== 0n || reportedWad !== inForceWad || lostSeq !== 0n) {
      tell('coverage-in-force', await ledger.cover(assetId, signal), { coverage_wad: reportedWad });
    }
    if (coverage.orphaned !== 0n) orphaned.add(source);
    const { missing, found } = coverage;
    if (isToTell(coverage)) tell('loss-written-off', await ledger.writeOff(asset, signal), { missing, found });
  }
  for (const source of orphaned) await takeBackOrphans(deps, memory, source, signal);
  return done;
}

/** Losses are reported one at a time, and only after every orphan of the asset has come again or was taken back. */
function isToTell({ orphaned, missing, found, lostSeq }: AssetCoverage): boolean {
  return orphaned === 0n && lostSeq === 0n && (missing !== 0n || found !== 0n);
}
