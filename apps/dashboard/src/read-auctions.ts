import type { AggregatorClient, AuctionView, AuctionsPage } from '@surety/client';

/** Pages that are read of one list, 64 accounts each: every page counts as 20 of the 60 reads a second that an address has. */
const PAGES_MAX = 4;

/** Reads the running auctions from page to page. `next` is the last account looked at where some are left out. */
export async function readEachAuction(client: AggregatorClient, signal: AbortSignal): Promise<AuctionsPage> {
  const auctions: AuctionView[] = [];
  let next: AuctionsPage['next'] = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer: AuctionsPage = await client.readAuctions(next ?? undefined, signal);
    auctions.push(...answer.auctions);
    next = answer.next;
    if (next === null) break;
  }
  return { auctions, next };
}
