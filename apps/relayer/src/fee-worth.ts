import type { RelayerConfig } from '@surety/config';
import { type Entry, mulDivDown, tokenUnits } from '@surety/domain';
import type { ParkedCredit, PriceBoard } from '@surety/workflows';

/** Wei of one coin. */
const COIN_WEI = 10n ** 18n;

/**
 * Builds what tells the wei that a release's fee is worth on a vault's chain, by the prices that the ledger's chain holds,
 * rounded down. Gives null while a price, the asset or the chain's gas coin is unknown.
 */
export function feeWorth(
  config: Pick<RelayerConfig, 'network'>,
  options: { readonly vaultChainId: number; readonly gasUnderlying: number | null; readonly board: PriceBoard },
): (release: Pick<Entry, 'asset' | 'fee'>, signal?: AbortSignal) => Promise<bigint | null> {
  const { vaultChainId, gasUnderlying, board } = options;
  const assets = config.network.chains.find(({ chainId }) => chainId === vaultChainId)?.vault?.assets ?? [];
  return async (release, signal) => {
    const asset = assets.find(({ index }) => index === release.asset);
    if (asset === undefined || gasUnderlying === null || release.fee === 0n) return release.fee === 0n ? 0n : null;
    const [token, coin] = await board.readPrices([asset.underlying, gasUnderlying], signal);
    const [tokenPrice, coinPrice] = [token?.cached.price1e12 ?? 0n, coin?.cached.price1e12 ?? 0n];
    if (tokenPrice === 0n || coinPrice === 0n) return null;
    return mulDivDown(release.fee * tokenPrice, COIN_WEI, coinPrice * 10n ** BigInt(asset.decimals));
  };
}

/** Builds what tells the wei that the fee of a parked credit is worth on the settlement chain, as `feeWorth` does. */
export function parkedWorth(
  config: Pick<RelayerConfig, 'network'>,
  options: { readonly source: number; readonly gasUnderlying: number | null; readonly board: PriceBoard },
): (credit: ParkedCredit, signal?: AbortSignal) => Promise<bigint | null> {
  const { source, gasUnderlying, board } = options;
  const chain = config.network.chains.find(({ vault }) => vault?.source === source);
  const readWorth = feeWorth(config, { vaultChainId: chain?.chainId ?? 0, gasUnderlying, board });
  return (credit, signal) => readWorth({ asset: credit.vaultAsset, fee: tokenUnits(credit.fee) }, signal);
}
