import { generationOf } from '../following/replica-fact.js';
import type { FinalBlock } from '../ports/origin-chain.js';
import type { CollateralChanges } from './collateral-changes.js';
import type { AssetFact, CoverageFact } from './collateral-rows.js';
import type { CollateralState } from './collateral-state.js';
import type { CoverageFigures, SettlementReader } from './settlement-reader.js';

/** The fields of a coverage that the ledger's view returns. */
const COVERAGE_FIGURES = [
  'inForceWad',
  'reportedWad',
  'impairedSince',
  'lostSeq',
  'orphaned',
  'missing',
  'found',
] as const;

/** The fields of a listing. */
const LISTED = ['assetId', 'source', 'vaultAsset', 'underlying', 'ownPrice', 'decimals'] as const;

/** The changes to compare, and the ledger to compare with. */
interface Compared {
  readonly state: CollateralState;
  /** Changes since the last comparison. */
  readonly changes: Pick<CollateralChanges, 'assets' | 'sums' | 'coverages' | 'replicas'>;
  readonly reader: Pick<SettlementReader, 'readAssets' | 'readSums' | 'readCoverages'>;
  readonly block: FinalBlock;
}

/**
 * Describes where listings of assets differ from a storage proof at a block, or sums and coverages from a quorum of
 * providers; undefined if they agree.
 * Compares what changed, what a single log determines (unparking, a coverage put in force), and everything of a source
 * whose replica is being rewound, or was rewound and changed, since only logs show orphans.
 */
export async function findBookMismatch(compared: Compared, signal?: AbortSignal): Promise<string | undefined> {
  return (
    (await findListingMismatch(compared, signal)) ??
    (await findSumMismatch(compared, signal)) ??
    findCoverageMismatch(compared, signal)
  );
}

/** True if two listings say the same of an asset. Its terms never change. */
function isSameListing(one: AssetFact, other: AssetFact | undefined): boolean {
  return LISTED.every((name) => one[name] === other?.[name]);
}

async function findListingMismatch(
  { changes, reader, block }: Compared,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const ours = changes.assets;
  const ids = ours.map(({ assetId }) => assetId);
  const theirs = ids.length === 0 ? [] : await reader.readAssets(ids, block, signal);
  const at = ours.findIndex((one, n) => !isSameListing(one, theirs[n]));
  if (at === -1) return undefined;
  const show = (asset: AssetFact | undefined): string => LISTED.map((name) => `${name} ${asset?.[name]}`).join(', ');
  return `the logs list an asset with ${show(ours[at])}; its proof at block ${block.height} says ${show(theirs[at])}; another provider is asked next`;
}

async function findSumMismatch(
  { state, changes, reader, block }: Compared,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const parking = [...state.sums.values()].filter(({ parked }) => parked > 0n);
  const assetIds = [...new Set([...changes.sums, ...parking].map((sum) => sum.assetId))];
  const theirs = assetIds.length === 0 ? [] : await reader.readSums(assetIds, block, signal);
  for (const { assetId, lines, parked } of theirs) {
    const ours = state.sums.get(assetId);
    if (ours?.lines === lines && ours.parked === parked) continue;
    return `the logs give asset ${assetId} ${ours?.lines} in lines and ${ours?.parked} parked at block ${block.height}; the ledger says ${lines} and ${parked}; another provider is asked next`;
  }
  return undefined;
}

async function findCoverageMismatch(
  { state, changes, reader, block }: Compared,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const open = state.coverages.filter(
    ({ impairedSince, lostSeq, orphaned, missing, found }) =>
      (impairedSince | lostSeq | orphaned | missing | found) > 0n,
  );
  const changed = new Set(changes.replicas.map(({ edge }) => edge));
  const rewound = new Set(
    state.replicas
      .filter((one) => one.rewind !== undefined || (generationOf(one) > 0 && changed.has(one.edge)))
      .map(({ source }) => source),
  );
  const listed = [...state.assets.values()].filter(({ source }) => rewound.has(source));
  const ours = distinct([...changes.coverages, ...open, ...listed.map((asset) => state.coverageOf(asset))]);
  const theirs = ours.length === 0 ? [] : await reader.readCoverages(ours, block, signal);
  const show = (figures: CoverageFigures | undefined): string =>
    COVERAGE_FIGURES.map((name) => `${name} ${figures?.[name]}`).join(', ');
  for (const [at, one] of ours.entries()) {
    const read = theirs[at];
    if (read !== undefined && COVERAGE_FIGURES.every((name) => one[name] === read[name])) continue;
    return `the logs give asset ${one.vaultAsset} of source ${one.source} ${show(one)} at block ${block.height}; the ledger says ${show(read)}; another provider is asked next`;
  }
  return undefined;
}

function distinct(coverages: readonly CoverageFact[]): readonly CoverageFact[] {
  return [...new Map(coverages.map((one) => [`${one.source}:${one.vaultAsset}`, one])).values()];
}
