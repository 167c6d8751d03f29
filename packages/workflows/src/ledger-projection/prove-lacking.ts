import { ZERO_WORD } from '@surety/domain';
import type { FinalBlock } from '../ports/origin-chain.js';
import type { CollateralState } from './collateral-state.js';
import type { LedgerFact } from './ledger-fact.js';
import type { SettlementReader } from './settlement-reader.js';

/** A state that may lack listings, and the ledger to compare it with. */
interface Lacking {
  readonly state: Pick<CollateralState, 'assets' | 'replicas'>;
  readonly reader: Pick<SettlementReader, 'readAssetCount' | 'readAssets' | 'readSources'>;
  /** Sources that may be listed, besides those of listed assets. */
  readonly sources: readonly number[];
}

/**
 * Returns the listings that a state lacks at a block, by storage proof. The ledger numbers its assets from 1 on, so no
 * provider can leave one out.
 */
export async function proveLacking(
  { state, reader, sources }: Lacking,
  block: FinalBlock,
  signal: AbortSignal | undefined,
): Promise<readonly LedgerFact[]> {
  const count = await reader.readAssetCount(block, signal);
  const ids = Array.from({ length: count }, (_, at) => at + 1).filter((id) => !state.assets.has(id));
  const read = ids.length === 0 ? [] : await reader.readAssets(ids, block, signal);
  const assets = read.filter(({ vaultAsset }) => vaultAsset !== 0);
  const named = new Set([...sources, ...[...state.assets.values(), ...assets].map(({ source }) => source)]);
  for (const { source } of state.replicas) named.delete(source);
  const proven = named.size === 0 ? [] : await reader.readSources([...named], block, signal);
  const listed = proven.filter(({ edge }) => edge !== ZERO_WORD);
  return [
    ...listed.map((source): LedgerFact => ({ kind: 'source-listed', ...source })),
    ...assets.map((asset): LedgerFact => ({ kind: 'asset-listed', ...asset })),
  ];
}
