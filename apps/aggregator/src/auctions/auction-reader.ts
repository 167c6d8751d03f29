import type { AuctionView } from '@surety/api';
import { readRunningAuction } from '@surety/chain';
import type { AggregatorConfig } from '@surety/config';
import { type Bytes32, address } from '@surety/domain';
import type { Clock } from '@surety/workflows';
import { openViewClient } from '../chains/open-view-client.js';

/** Reads accounts' auctions, all at one block; an account without one is left out. */
export type ReadAuctions = (accounts: readonly Bytes32[]) => Promise<readonly AuctionView[]>;

/** Returns what reads auctions at the newest block of one provider; null if the configuration names no auction. Nothing is read yet. */
export function auctionReader(
  config: Pick<AggregatorConfig, 'settlement' | 'endpoints'>,
  clock: Clock,
): ReadAuctions | null {
  const { settlement } = config;
  if (settlement.auction === undefined) return null;
  const [auction, ledger] = [address(settlement.auction), address(settlement.ledger)];
  const reader = openViewClient(config, settlement.chainId, clock);
  return async (accounts) => {
    const blockNumber = await reader.getBlockNumber({ cacheTime: 0 });
    const found = await Promise.all(
      accounts.map(async (account): Promise<AuctionView[]> => {
        const running = await readRunningAuction(reader, { auction, ledger, account, blockNumber });
        return running === null ? [] : [{ account, ...running, block: blockNumber }];
      }),
    );
    return found.flat();
  };
}
