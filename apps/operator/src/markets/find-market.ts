import type { Network } from '@surety/config';
import { collateralLedgerAbi, marketAbi, marketTrancheAbi } from '@surety/contracts';
import { type Address, address } from '@surety/domain';
import type { PublicClient } from 'viem';
import { operatorError } from '../errors.js';
import { openAgreedReader } from '../chains/open-agreed.js';
import { type Reach, placeOf, requireSettlement } from '../chains/open-config.js';
import type { SpendingChain } from '../chains/open-sender.js';

type Settlement = NonNullable<Network['settlement']>;
/** A market as chains.config.json states it. */
export type ConfiguredMarket = NonNullable<Settlement['markets']>[number];

/** Six decimals more than the asset for market shares, and six more for those of the tranche. @source MarketState, MarketTranche */
export const SHARE_DECIMALS = 6;

/** A market, and how to reach its chain. */
export interface MarketPlace {
  readonly place: SpendingChain;
  readonly reader: PublicClient;
  readonly ledger: Address;
  readonly configured: ConfiguredMarket;
  readonly market: { readonly address: Address; readonly abi: typeof marketAbi };
  readonly tranche: { readonly address: Address; readonly abi: typeof marketTrancheAbi };
}

/** Names of every error that an act at a market may meet. */
export const MARKET_ERRORS = [...marketAbi, ...marketTrancheAbi, ...collateralLedgerAbi].filter(
  (item) => item.type === 'error',
);

/** Returns every market of the configuration, in its order. @throws NO_PROVIDER, BAD_USE without a settlement part. */
export function openMarkets(reach: Reach): MarketPlace[] {
  const { settlement, chain } = requireSettlement(reach.network);
  const markets = settlement.markets ?? [];
  if (markets.length === 0) return [];
  const place = placeOf(reach, chain);
  const reader = openAgreedReader(place);
  return markets.map((configured) => ({
    place,
    reader,
    ledger: address(settlement.ledger),
    configured,
    market: { address: address(configured.address), abi: marketAbi },
    tranche: { address: address(configured.tranche), abi: marketTrancheAbi },
  }));
}

/** Finds a market by its name or address. @throws BAD_USE with those that are known. */
export function findMarket(config: Reach, name: string): MarketPlace {
  const places = openMarkets(config);
  const found = places.find(
    ({ configured, market }) => configured.name === name || market.address === name.toLowerCase(),
  );
  if (found !== undefined) return found;
  const known = places.map(({ configured, market }) => `${configured.name} (${market.address})`).join(', ') || 'none';
  throw operatorError(
    'BAD_USE',
    `"${name}" is no market; expected one of settlement.markets in chains.config.json: ${known}`,
  );
}
