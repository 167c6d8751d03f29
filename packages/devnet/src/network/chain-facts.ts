import type { MarketTermsRequest } from '@surety/contracts';
import { address } from '@surety/domain';

/** The three chains of the local network; ids that no public chain uses. */
export const CHAINS = [
  { chainId: 900, name: 'settlement', source: 0 },
  { chainId: 901, name: 'alpha', source: 1 },
  { chainId: 902, name: 'beta', source: 2 },
] as const;

/** The id of the settlement chain. */
export const SETTLEMENT_CHAIN_ID = 900;

/** The collateral chains. */
export const COLLATERAL_CHAINS = CHAINS.filter(({ source }) => source > 0);

/** Providers in front of each chain, each of an operator of its own. */
export const PROVIDERS_PER_CHAIN = 4;

/** Returns a provider's name in the configuration, and the variable of its URL. */
export function providerOf(
  chain: { readonly name: string },
  number: number,
): { name: string; operator: string; urlEnv: string } {
  return {
    name: `${chain.name}-${number}`,
    operator: `operator-${number}`,
    urlEnv: `RPC_URL_${chain.name.toUpperCase()}_${number}`,
  };
}

/**
 * The feeds' first prices in 8 decimals, by price slot from 1, and the share of the value that counts.
 * @source PROTOCOL section 9
 */
export const UNDERLYINGS = [
  { id: 1, symbol: 'USD', answer: 100_000_000n, initialBp: 9500, maintenanceBp: 9800 },
  { id: 2, symbol: 'BTC', answer: 6_500_000_000_000n, initialBp: 8000, maintenanceBp: 8500 },
  { id: 3, symbol: 'ETH', answer: 350_000_000_000n, initialBp: 8000, maintenanceBp: 8500 },
] as const;

/** The tokens of each collateral chain in the order in which they are listed. */
export const LOCAL_TOKENS = [
  { symbol: 'USDC', decimals: 6, underlying: 1, minMillionths: 1_000_000n, capThousandths: 50_000_000_000n },
  { symbol: 'WBTC', decimals: 8, underlying: 2, minMillionths: 100n, capThousandths: 1_000_000n },
  { symbol: 'WETH', decimals: 18, underlying: 3, minMillionths: 1000n, capThousandths: 20_000_000n },
] as const;

/** The token that the local market lends, on the settlement chain. */
export const SETTLEMENT_TOKEN = { name: 'Settlement Dollar', symbol: 'USDS', decimals: 6 } as const;

const NOBODY = address(`0x${'00'.repeat(20)}`);
/**
 * Terms of the local market, in basis points, token units and WAD a year: 1 % at rest, 6 % at the kink, 66 % when all is lent.
 * @source IMarket.MarketTerms
 */
export const MARKET_TERMS: MarketTermsRequest = {
  initialBp: 11_000,
  maintenanceBp: 10_500,
  feeBp: 100,
  keeperMost: 50_000_000n,
  priceSlot: 1,
  reserveBp: 2_000,
  rate0: 10_000_000_000_000_000n,
  rate1: 50_000_000_000_000_000n,
  rate2: 600_000_000_000_000_000n,
  kinkBp: 8_000,
  debtCap: 20_000_000_000_000n,
  least: 1_000_000_000n,
  gate: NOBODY,
  exitClaimant: NOBODY,
};

/** Age in seconds up to which a cached price counts for new risk. */
export const PRICE_MAX_AGE_S = 3600;

/** Share of an asset's cap, in basis points, that may be in use before a witness confirms it, where a source has witnesses. */
export const FAST_BP = 200;
