import { keccak256 } from '@surety/contracts';
import { type Bytes32, address, blockHash, bytes32, chainId, statementDigest } from '@surety/domain';
import { privateKeyToAccount } from 'viem/accounts';
import { expect, it } from 'vitest';
import { createAggregatorClient } from './aggregator-client.js';
import { verifyStatement } from './verify-statement.js';

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
  expect(await client.readStatements({ edge: EDGE, after: 0n, limit: 7 })).toHaveLength(7);
});

/** A signature that would be told as nobody's once it is recovered. */
const NONE = '00'.repeat(65);

it.each([
  [
    'none, if there are more than members',
    [],
    200,
    '200 signatures; expected at most 4, one of each member of epoch 1',
  ],
  [
    'none behind a member’s second one',
    [0, 0],
    2,
    'signature 1 is by 0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a again',
  ],
])('recovers of the signatures of a statement %s', async (_, signing, more, why) => {
  const domain = { chainId: chainId(900), verifyingContract: address(`0x${'aa'.repeat(20)}`) };
  const members = [1, 2, 3, 4].map((at) => privateKeyToAccount(`0x${String(at).repeat(64)}`));
  const place = { edge: EDGE, count: 1n, tip: 1n, head: EDGE, blockNumber: 8n, blockHash: blockHash(EDGE), asOf: 1n };
  const hash = statementDigest({ ...place, epoch: 1 }, domain, keccak256);
  const signed = await Promise.all(signing.map((at) => members[at]?.sign({ hash })));
  const signatures = `0x${signed.map((one) => one?.slice(2)).join('')}${NONE.repeat(more)}`;
  const signers = Array.from({ length: signing.length + more }, () => `0x${'11'.repeat(20)}`);
  const text = { ...place, count: '1', tip: '1', blockNumber: '8', asOf: '1', epoch: 1 };
  const flood: typeof fetch = async () =>
    Response.json({ statements: [{ statement: text, signers, signatures, complete: true }] });
  const client = createAggregatorClient({ url: 'http://flood', timeoutMs: 1_000, fetch: flood });
  const [complete] = await client.readAttested(EDGE, { after: 0n });
  if (complete === undefined) throw new Error('no statement was read');
  const verified = verifyStatement(complete, { epoch: 1, domain, members: members.map((one) => address(one.address)) });
  await expect(verified).rejects.toMatchObject({ code: 'FORGED_STATEMENT' });
  await expect(verified).rejects.toThrow(why);
});
