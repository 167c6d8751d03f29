import type { AggregatorClient, AuctionsPage } from '@surety/client';
import { describe, expect, it } from 'vitest';
import { readEachAuction } from './read-auctions.js';
import { wordsShown } from './testing/words-shown.js';
import { AuctionsLeftOut } from './views/auctions-left-out.js';

const accountAt = (page: number): string => `0x${String(page).repeat(64)}`;

/** An aggregator with one auction on each of some pages. */
function aggregatorOf(pages: number) {
  const asked: (string | undefined)[] = [];
  const readAuctions = async (after: string | undefined): Promise<AuctionsPage> => {
    asked.push(after);
    const next = asked.length < pages ? accountAt(asked.length) : null;
    return { auctions: [{ account: accountAt(asked.length) }], next } as AuctionsPage;
  };
  return { asked, client: { readAuctions } as unknown as AggregatorClient };
}

describe('running auctions', () => {
  it('are read from each page', async () => {
    const { asked, client } = aggregatorOf(3);
    const { auctions, next } = await readEachAuction(client, new AbortController().signal);
    expect(auctions.map(({ account }) => account)).toEqual([1, 2, 3].map(accountAt));
    expect([asked, next]).toEqual([[undefined, accountAt(1), accountAt(2)], null]);
  });

  it('are read from a bounded number of pages, which says where it ends', async () => {
    const { asked, client } = aggregatorOf(9);
    const { auctions, next } = await readEachAuction(client, new AbortController().signal);
    expect([asked.length, auctions.length, next]).toEqual([4, 4, accountAt(4)]);
  });

  it('are not called all where some were left out', () => {
    expect(wordsShown(AuctionsLeftOut({ next: null }))).toBe('');
    expect(wordsShown(AuctionsLeftOut({ next: accountAt(4) as never }))).toContain(
      'Not every account was looked at: those past 0x444444…4444 are left out.',
    );
  });
});
