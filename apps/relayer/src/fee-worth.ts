import type { RelayerConfig } from '@surety/config';
import { AppError, type Entry, mulDivDown, tokenUnits } from '@surety/domain';
import type { ParkedCredit, PriceBoard, PriceReading, ReadWorths } from '@surety/workflows';

/** Wei of one coin. */
const COIN_WEI = 10n ** 18n;

/**
 * Makes a function that values a release's fee in wei of a vault's chain, by prices of the ledger's chain, rounded down. It
 * returns null while a price, the asset or the chain's gas coin is unknown.
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

/** Makes a function that values a parked credit's fee in wei of the settlement chain, like `feeWorth`. */
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
 * Creates a function that values amounts of a source's assets in wei of a chain with this coin, by prices of the
 * ledger's chain. It returns 0 for an asset that the configuration does not list, and null while a price is unknown.
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
    // Publishing does not wait for prices: an amount without one has unknown worth.
    const readings = await board.readPrices(underlyings, signal).catch((error: unknown) => {
      if (error instanceof AppError) return [];
      throw error;
    });
    const readingOf = (underlying: number): PriceReading | undefined => readings[underlyings.indexOf(underlying)];
    const coin = readingOf(gasUnderlying);
    return amounts.map(({ vaultAsset, units }) => {
      const asset = assets.find(({ index }) => index === vaultAsset);
      // An asset that the vault lists and this deployment does not is nobody's collateral, so it is never urgent.
      if (asset === undefined) return 0n;
      return worthWei(units, asset.decimals, { token: readingOf(asset.underlying), coin });
    });
  };
}
