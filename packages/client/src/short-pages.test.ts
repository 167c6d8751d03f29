import type { Bytes32 } from '@surety/domain';
import { describe, expect, it } from 'vitest';
import { type AggregatorClient, createAggregatorClient } from './aggregator-client.js';

const EDGE: Bytes32 = `0x${'ab'.repeat(32)}` as Bytes32;
const entry = `0x${'10'.repeat(95)}`;

/** A client of an aggregator whose answer follows from the number that is asked past. */
function clientOf(pageAfter: (after: number) => object): AggregatorClient {
  const answer: typeof fetch = async (url) => {
    const after = new URL(url instanceof Request ? url.url : url).searchParams.get('after');
    const headers = { 'content-type': 'application/json' };
    return new Response(JSON.stringify(pageAfter(Number(after))), { status: 200, headers });
  };
  return createAggregatorClient({ url: 'http://there', timeoutMs: 5_000, fetch: answer });
}

const open = (seq: number) => ({ seq: String(seq), entry, readyAt: '9', state: 'payable', lane: null });
const stopped = (seq: number) => ({ seq: String(seq), entry, state: 'stopped', reason: null, refunded: null });

describe('a page of payments that ends before it is full', () => {
  it('is read on behind what is not shown', async () => {
    const pages: Record<number, object> = {
      0: { payments: [open(3)], next: '4096', stopped: [stopped(2)], nextStopped: '9' },
      9: { payments: [], stopped: [stopped(12)] },
      4096: { payments: [open(5_000)], stopped: [] },
    };
    const client = clientOf((after) => pages[after] ?? {});
    expect((await client.readPayments(EDGE, 0n)).map(({ seq }) => seq)).toEqual([3n, 5_000n]);
    expect((await client.readStopped(EDGE, 0n)).map(({ seq }) => seq)).toEqual([2n, 12n]);
  });

  it('is enough once a page is full, however short its parts are', async () => {
    const client = clientOf((after) => {
      const payments = Array.from({ length: 200 }, (_, at) => open(after + 1 + at));
      return { payments, next: String(after + 4_096), stopped: [] };
    });
    expect(await client.readPayments(EDGE, 0n)).toHaveLength(400);
  });

  it('is read on a few times only, since a liar answers each as late as it may, and its reader pays nothing until then', async () => {
    let asked = 0;
    const client = clientOf((after) => {
      asked++;
      return { payments: [], next: String(after + 1), stopped: [] };
    });
    expect(await client.readPayments(EDGE, 0n)).toEqual([]);
    expect(asked).toBe(4);
  });

  it('is refused where it leads back', async () => {
    const still = clientOf(() => ({ payments: [open(8)], next: '7', stopped: [], nextStopped: '7' }));
    for (const page of [still.readPayments(EDGE, 7n), still.readStopped(EDGE, 7n)]) {
      await expect(page).rejects.toMatchObject({ code: 'BAD_ANSWER' });
    }
  });
});
