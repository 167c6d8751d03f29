import { AppError, type Bytes32 } from '@surety/domain';
import type { AssetFact, FinalBlock, LedgerFollower, VaultFollower, VaultReader } from '@surety/workflows';
import { Problem } from '../problem.js';

/** Returns the asset that a quote is about. @throws Problem 404. */
export function requireAsset({ books }: LedgerFollower, assetId: number): AssetFact {
  const asset = books.assets.get(assetId);
  if (asset !== undefined) return asset;
  const detail = `the ledger lists no asset ${assetId}; see /v1/assets for those it lists`;
  throw new Problem({ status: 404, code: 'UNKNOWN_ASSET', detail });
}

/** Asks the vault of an asset at its newest final block; null while it cannot be asked: the ledger's word stands without it. */
export async function askVault<Answer>(
  vaults: ReadonlyMap<Bytes32, VaultFollower>,
  { source }: AssetFact,
  ask: (reader: VaultReader, block: FinalBlock) => Promise<Answer>,
): Promise<Answer | null> {
  const reader = [...vaults.values()].find((vault) => vault.reader.known.source === source)?.reader;
  if (reader === undefined) return null;
  try {
    return await ask(reader, await reader.readFinalTip());
  } catch (error) {
    if (error instanceof AppError && error.retryable) return null;
    throw error;
  }
}
