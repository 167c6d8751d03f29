import type { AssetView } from '@surety/client';
import { collateralLedgerAbi, collateralVaultAbi } from '@surety/contracts';
import type { Address } from '@surety/domain';
import { erc20Abi } from 'viem';
import { readContract } from 'viem/actions';
import { showWholeAmount } from '../format.js';
import { type OpenWallet, WalletProblem } from './open-wallet.js';

/** An asset's contracts on its own chain, and how its amounts are written. */
export interface ReadPlace {
  readonly token: Address;
  readonly vault: Address;
  /** Writes token units with every digit and the symbol that the token gives itself. */
  readonly text: (units: bigint) => string;
}

/** Names an asset with its chain. */
export function assetNameOf(asset: AssetView): string {
  return `${asset.symbol} on ${chainOf(asset).name}`;
}

/** Returns the chain of an asset's vault. */
export function chainOf({ chainId, chain }: AssetView): { readonly chainId: number; readonly name: string } {
  return { chainId, name: chain ?? `chain ${chainId}` };
}

/**
 * Has a wallet on the chain of an asset's vault compare what an aggregator says of the asset with what the vault lists.
 * @throws WalletProblem where they differ, or the aggregator's configuration names no token or no vault
 */
export async function checkAtVault(wallet: OpenWallet, asset: AssetView): Promise<ReadPlace> {
  const { token, vault, vaultAsset, decimals } = asset;
  if (token === null || vault === null)
    throw new WalletProblem(
      `the aggregator names no token or no vault of ${assetNameOf(asset)}; use the command line, surety`,
    );
  const listing = { address: vault, abi: collateralVaultAbi, functionName: 'assetOf', args: [vaultAsset] } as const;
  const [listed, symbol] = await Promise.all([
    readContract(wallet.chain, listing),
    // Some tokens give themselves none, or not as text. The aggregator's word would prove nothing in its place.
    readContract(wallet.chain, { address: token, abi: erc20Abi, functionName: 'symbol' }).catch(() => 'tokens'),
  ]);
  if (listed.token.toLowerCase() !== token.toLowerCase() || listed.decimals !== decimals)
    throw new WalletProblem(
      `the vault lists ${listed.token} with ${listed.decimals} decimals; expected ${token} with ${decimals}; nothing was sent: compare with surety addresses`,
    );
  return { token, vault, text: (units) => `${showWholeAmount(units, decimals)} ${symbol}` };
}

/**
 * Has a wallet on the ledger's chain compare what an aggregator says of an asset with what the ledger lists under its number.
 * @throws WalletProblem where they differ
 */
export async function checkAtLedger({ chain }: OpenWallet, ledger: Address, asset: AssetView): Promise<void> {
  const at = { address: ledger, abi: collateralLedgerAbi } as const;
  const { terms } = await readContract(chain, { ...at, functionName: 'assetOf', args: [asset.assetId] });
  const [source] = await readContract(chain, { ...at, functionName: 'sourceOf', args: [terms.source] });
  const listed = listingOf({ ...terms, vault: source.vault, chainId: String(source.originChainId) });
  const said = listingOf({ ...asset, vault: String(asset.vault), chainId: String(asset.chainId) });
  if (listed === said) return;
  throw new WalletProblem(
    `the ledger lists asset ${asset.assetId} as ${listed}; expected ${said}, as the aggregator says; nothing was sent: compare with surety addresses`,
  );
}

function listingOf(of: {
  readonly vaultAsset: number;
  readonly source: number;
  readonly vault: string;
  readonly chainId: string;
  readonly decimals: number;
}): string {
  return `number ${of.vaultAsset} of source ${of.source}, vault ${of.vault.toLowerCase()} on chain ${of.chainId}, with ${of.decimals} decimals`;
}
