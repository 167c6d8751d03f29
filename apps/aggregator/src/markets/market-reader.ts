import type { MarketView } from '@surety/api';
import { readLendingMarket } from '@surety/chain';
import type { AggregatorConfig } from '@surety/config';
import { address } from '@surety/domain';
import type { Clock } from '@surety/workflows';
import { openViewClient } from '../chains/open-view-client.js';

/** Returns what reads every configured market at the newest block of one provider; nothing is read yet. */
export function marketReader(
  config: Pick<AggregatorConfig, 'settlement' | 'endpoints'>,
  clock: Clock,
): () => Promise<readonly MarketView[]> {
  const { chainId, markets = [] } = config.settlement;
  if (markets.length === 0) return async () => [];
  const reader = openViewClient(config, chainId, clock);
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
