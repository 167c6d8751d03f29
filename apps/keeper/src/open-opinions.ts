import {
  AUCTION_ERRORS,
  type AuctionDeskOptions,
  type RpcOptions,
  createAuctionDesk,
  createChainReads,
  createRpc,
  joinReads,
} from '@surety/transactions';
import type { KeepAuctionsDeps } from '@surety/workflows';

type Opinions = NonNullable<KeepAuctionsDeps['opinions']>;

/** The contracts to read, and the taker's least discount: below it no offer is read. */
type OpinionPlaces = Pick<AuctionDeskOptions, 'auction' | 'ledger' | 'lens' | 'sender'> & {
  readonly takesFromPpm: bigint;
};

/** Opens each provider alone, for what it says of accounts that are about to be bid for. Nothing is sent through any of them. */
export function openOpinions(overAll: RpcOptions, places: OpinionPlaces): Opinions {
  return overAll.endpoints.map((endpoint) => {
    const rpc = createRpc({ ...overAll, endpoints: [endpoint] });
    const reads = createChainReads(rpc, AUCTION_ERRORS);
    const desk = createAuctionDesk({ ...places, rpc, reads, joined: joinReads(rpc, reads) });
    return { ...desk, provider: endpoint.name };
  });
}
