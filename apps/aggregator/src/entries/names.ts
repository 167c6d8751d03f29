import type { Network } from '@surety/config';
import type { AssetFact } from '@surety/workflows';

/** Names for people, by the ledger's numbers. For display only: facts come from the ledger. */
export interface Names {
  symbolOf(asset: Pick<AssetFact, 'source' | 'vaultAsset'>): string;
  chainIdOf(source: number): number;
}

/** Takes names from the configuration. An asset that it does not list is named by its number. */
export function namesOf(network: Network): Names {
  const symbols = new Map<string, string>();
  const chainIds = new Map<number, number>();
  for (const { chainId, vault } of network.chains) {
    if (vault === undefined) continue;
    chainIds.set(vault.source, chainId);
    for (const asset of vault.assets) symbols.set(`${vault.source}:${asset.index}`, asset.symbol);
  }
  return {
    symbolOf: ({ source, vaultAsset }) =>
      symbols.get(`${source}:${vaultAsset}`) ?? `asset ${vaultAsset} of source ${source}`,
    chainIdOf: (source) => chainIds.get(source) ?? 0,
  };
}
