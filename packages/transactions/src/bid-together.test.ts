import { type Address, type Hex, WAD, address, bytes32, txHash } from '@surety/domain';
import type { AuctionBid, LandOutcome } from '@surety/workflows';
import { describe, expect, it } from 'vitest';
import type { ChainReads } from './chain-reads.js';
import { createAuctionDesk } from './create-auction-desk.js';

const some = (pair: string): Address => address(`0x${pair.repeat(20)}`);
const [auction, ledger, lens, keeper, credit] = [some('a0'), some('1e'), some('1a'), some('6e'), some('cc')];
const [first, second] = [bytes32(`0x${'aa'.repeat(32)}`), bytes32(`0x${'ab'.repeat(32)}`)];
const MINED = txHash(`0x${'7'.repeat(64)}`);
const landed: LandOutcome = { kind: 'landed', txHash: MINED, height: 7n as never, gasUsed: 1n, feeWei: 1n };

/** Lands bids for two accounts, and says of which a provider's events make it believe that they took something. */
async function served(readEvents: ChainReads['readEvents']): Promise<ReadonlySet<string>> {
  const desk = createAuctionDesk({
    rpc: { rotate: () => undefined },
    reads: {
      call: () => Promise.reject(new Error('nothing is called')),
      readHead: () => Promise.reject(new Error('nor read')),
      readEvents,
    },
    sender: { address: keeper, land: async () => landed },
    auction,
    ledger,
    lens,
  });
  const terms = { shareMaxWad: WAD, shareMinWad: 0n, leastPpm: 0n, pays: false };
  const bids = [first, second].map((account): AuctionBid => ({
    account,
    protocol: credit,
    to: bytes32(`0x${'70'.repeat(32)}`),
    terms,
  }));
  return (await desk.bidTogether(bids)).served;
}

const taken = (account: Hex, hash = MINED) => {
  return { address: auction, topics: ['0x' as Hex, account], data: '0x' as Hex, txHash: hash, height: 7n as never };
};

describe('bids that landed together', () => {
  it('took of the accounts of which their transaction has an event', async () => {
    const other = txHash(`0x${'8'.repeat(64)}`);
    expect(await served(async () => [taken(second), taken(first, other)])).toEqual(new Set([second]));
  });

  // The auction reverts unless one of them takes something.
  it('are believed to have taken of all while a provider has no event of their block yet', async () => {
    expect(await served(async () => [])).toEqual(new Set([first, second]));
  });

  it('are believed so too where the events cannot be read, since what landed has landed', async () => {
    expect(await served(() => Promise.reject(new Error('away')))).toEqual(new Set([first, second]));
  });
});
