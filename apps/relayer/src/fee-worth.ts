import type { RelayerConfig } from '@surety/config';
import { AppError, type Entry, mulDivDown, tokenUnits } from '@surety/domain';
import type { ParkedCredit, PriceBoard, PriceReading, ReadWorths } from '@surety/workflows';

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
    return worthWei(release.fee, asset.decimals, { token, coin });
  };
}

function worthWei(
  units: bigint,
  decimals: number,
  prices: { readonly token: PriceReading | undefined; readonly coin: PriceReading | undefined },
): bigint | null {
  const [tokenPrice, coinPrice] = [prices.token?.cached.price1e12 ?? 0n, prices.coin?.cached.price1e12 ?? 0n];
  if (tokenPrice === 0n || coinPrice === 0n) return null;
  return mulDivDown(units * tokenPrice, COIN_WEI, coinPrice * 10n ** BigInt(decimals));
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

/**
 * Builds what tells the wei that amounts of a source's assets are worth on a chain with this coin, by the prices that the ledger's
 * chain holds; 0 of an asset that the configuration does not list, null while a price is unknown.
 */
export function amountWorths(
  config: Pick<RelayerConfig, 'network'>,
  options: { readonly source: number; readonly gasUnderlying: number | null; readonly board: PriceBoard },
): ReadWorths {
  const { source, gasUnderlying, board } = options;
  const assets = config.network.chains.find(({ vault }) => vault?.source === source)?.vault?.assets ?? [];
  return async (amounts, signal) => {
    if (gasUnderlying === null) return amounts.map(() => null);
    const underlyings = [...new Set([gasUnderlying, ...assets.map(({ underlying }) => underlying)])];
    // Publishing does not wait for prices: what nobody can price now is of unknown worth.
    const readings = await board.readPrices(underlyings, signal).catch((error: unknown) => {
      if (error instanceof AppError) return [];
      throw error;
    });
    const readingOf = (underlying: number): PriceReading | undefined => readings[underlyings.indexOf(underlying)];
    const coin = readingOf(gasUnderlying);
    return amounts.map(({ vaultAsset, units }) => {
      const asset = assets.find(({ index }) => index === vaultAsset);
      // What the vault lists and this deployment does not is nobody's collateral: it is never a reason to hurry.
      if (asset === undefined) return 0n;
      return worthWei(units, asset.decimals, { token: readingOf(asset.underlying), coin });
    });
  };
}
