import type { AuctionView } from '@surety/api';
import { readRunningAuction } from '@surety/chain';
import type { AggregatorConfig } from '@surety/config';
import { type Bytes32, address } from '@surety/domain';
import { openProviders, providerTransport } from '@surety/rpc';
import type { Clock } from '@surety/workflows';
import { createPublicClient } from 'viem';

/** Milliseconds for one read at one provider. */
const READ_TIMEOUT_MS = 10_000;

/** Reads accounts' auctions, all at one block; an account without one is left out. */
export type ReadAuctions = (accounts: readonly Bytes32[]) => Promise<readonly AuctionView[]>;

/** Returns what reads auctions at the newest block of one provider; null if the configuration names no auction. Nothing is read yet. */
export function auctionReader(
  { settlement, endpoints }: Pick<AggregatorConfig, 'settlement' | 'endpoints'>,
  clock: Clock,
): ReadAuctions | null {
  if (settlement.auction === undefined) return null;
  const [auction, ledger, { chainId }] = [address(settlement.auction), address(settlement.ledger), settlement];
  const place = { chainId, endpoints: endpoints.get(chainId) ?? [], timeoutMs: READ_TIMEOUT_MS, clock };
  const reader = createPublicClient({ transport: providerTransport(openProviders(place)) });
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
