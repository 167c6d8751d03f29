import { type Bytes32, bytes32 } from '@surety/domain';
import { expect, it } from 'vitest';
import { createAggregatorClient } from './aggregator-client.js';

const EDGE: Bytes32 = bytes32(`0x${'ab'.repeat(32)}`);

it('reads a limited number of pages for one batch from an aggregator that lists counts without end', async () => {
  let pages = 0;
  const flood: typeof fetch = async (input) => {
    pages += 1;
    const count = String(
      BigInt(new URL(input instanceof Request ? input.url : input).searchParams.get('after') ?? 0n) + 1n,
    );
    const place = { count, tip: count, head: EDGE, blockNumber: count, blockHash: EDGE, asOf: '1', epoch: 1 };
    const signed = { signers: [`0x${'11'.repeat(20)}`], signatures: `0x${'22'.repeat(65)}`, complete: true };
    const row = { statement: { edge: EDGE, ...place }, ...signed };
    return Response.json({ statements: Array.from({ length: 1_000 }, () => row) });
  };
  const client = createAggregatorClient({ url: 'http://flood', timeoutMs: 1_000, fetch: flood });
  expect(await client.readAttested(EDGE, { after: 0n, upTo: 512n })).toHaveLength(16 * 100);
  expect(pages).toBe(16);
});
