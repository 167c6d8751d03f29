import type { MarketView } from '@surety/api';
import { readLendingMarket } from '@surety/chain';
import type { AggregatorConfig } from '@surety/config';
import { address } from '@surety/domain';
import { openProviders, providerTransport } from '@surety/rpc';
import type { Clock } from '@surety/workflows';
import { createPublicClient } from 'viem';

/** Milliseconds for one read at one provider. */
const READ_TIMEOUT_MS = 10_000;

/** Returns what reads every configured market at the newest block of one provider; nothing is read yet. */
export function marketReader(
  { settlement, endpoints }: Pick<AggregatorConfig, 'settlement' | 'endpoints'>,
  clock: Clock,
): () => Promise<readonly MarketView[]> {
  const { chainId, markets = [] } = settlement;
  if (markets.length === 0) return async () => [];
  const place = { chainId, endpoints: endpoints.get(chainId) ?? [], timeoutMs: READ_TIMEOUT_MS, clock };
  const reader = createPublicClient({ transport: providerTransport(openProviders(place)) });
  return async () => {
    const blockNumber = await reader.getBlockNumber({ cacheTime: 0 });
    return Promise.all(
      markets.map(async ({ name, tranche, token, symbol, decimals, listed, ...configured }): Promise<MarketView> => {
        const market = address(configured.address);
        const { tranche: units, ...books } = await readLendingMarket(reader, { market, blockNumber });
        return {
          market: name,
          address: market,
          tranche: { address: address(tranche), units },
          token: address(token),
          symbol,
          decimals,
          listed,
          block: blockNumber,
          ...books,
        };
      }),
    );
  };
}
