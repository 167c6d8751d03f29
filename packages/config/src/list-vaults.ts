import { type Address, address } from '@surety/domain';
import type { Network } from './parse-network.js';

/** A configured vault with its assets, as ledger and vault number them. */
export interface ListedVault {
  readonly source: number;
  readonly chainId: number;
  readonly vault: Address;
  readonly assets: readonly {
    readonly assetId: number;
    readonly vaultAsset: number;
    readonly symbol: string;
    readonly decimals: number;
    readonly token: Address;
  }[];
}

/** Lists every vault of a configuration, in the file's order. */
export function listVaults({ chains }: Pick<Network, 'chains'>): ListedVault[] {
  return chains.flatMap(({ chainId, vault }) => {
    if (vault === undefined) return [];
    const assets = vault.assets.map(({ assetId, index, symbol, decimals, token }) => {
      return { assetId, vaultAsset: index, symbol, decimals, token: address(token) };
    });
    return [{ source: vault.source, chainId, vault: address(vault.address), assets }];
  });
}
