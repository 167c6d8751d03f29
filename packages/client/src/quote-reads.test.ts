import { type Bytes32, bytes32 } from '@surety/domain';
import { beforeEach, expect, it } from 'vitest';
import { createAggregatorClient } from './aggregator-client.js';

const ACCOUNT = bytes32(`0x${'ab'.repeat(32)}`);
const OTHER = bytes32(`0x${'cd'.repeat(32)}`);
const grade = { assetsWad: '5', requirementWad: '7', freeWad: '-2', utilisationPpm: '1400000' };
const grades = { initial: grade, exit: grade, maintenance: grade };
const block = { chainId: 99, height: '5', hash: ACCOUNT, timestamp: '6' };

const paths: string[] = [];
let served: object;

/** Answers every request with what a test serves. */
async function answer(url: string | URL | Request): Promise<Response> {
  const { pathname, search } = new URL(url instanceof Request ? url.url : url);
  paths.push(`${pathname}${search}`);
  return new Response(JSON.stringify(served), { status: 200, headers: { 'content-type': 'application/json' } });
}

const client = createAggregatorClient({ url: 'http://127.0.0.1', timeoutMs: 5_000, fetch: answer });

beforeEach(() => {
  paths.length = 0;
});

it('quotes a release', async () => {
  served = {
    account: ACCOUNT,
    assetId: 4,
    symbol: 'USDC',
    decimals: 6,
    chainId: 31,
    amount: '9',
    recipient: ACCOUNT,
    fee: '1',
    block,
    allowed: false,
    code: 'MarginTooLow',
    detail: 'MarginTooLow(assetsWad 1)',
    values: [{ name: 'assetsWad', value: '1' }],
    seasoned: '9',
    minimum: '1',
    maxAmount: '3',
    maxBound: 'margin',
    maxMarginAfter: grades,
    feeSuggested: '2',
    feeBasis: { kind: 'paid-releases', samples: 3 },
    marginAfter: grades,
    waitS: 60,
    payment: { block, lane: 'middle', readyAt: '68', waits: true, opensAt: '9999', largest: '100' },
    etaS: 42,
    etaBasis: { kind: 'this-edge', samples: 16 },
  };
  const quote = await client.quoteRelease({ account: ACCOUNT, assetId: 4, amount: 9n, fee: 1n });
  expect(quote).toMatchObject({
    allowed: false,
    code: 'MarginTooLow',
    values: [{ name: 'assetsWad', value: '1' }],
    maxAmount: 3n,
    maxBound: 'margin',
    marginAfter: { exit: { freeWad: -2n } },
    feeSuggested: 2n,
    waitS: 60,
    payment: { lane: 'middle', waits: true, opensAt: 9_999n, largest: 100n },
    etaBasis: { kind: 'this-edge', samples: 16 },
  });
  const request = { account: ACCOUNT, assetId: 4, amount: 9n, fee: 1n, recipient: ACCOUNT };
  await client.quoteRelease(request);
  const asked = `/v1/quote/release?account=${ACCOUNT}&assetId=4&amount=9`;
  expect(paths).toEqual([`${asked}&fee=1`, `${asked}&fee=1&recipient=${ACCOUNT}`]);
  for (const other of [{ assetId: 5 }, { amount: 8n }, { fee: 0n }, { recipient: OTHER }]) {
    const [path] = Object.keys(other);
    const refusal = { code: 'BAD_ANSWER', context: { path: `answer.${path}` } };
    await expect(client.quoteRelease({ ...request, ...other })).rejects.toMatchObject(refusal);
  }
  // The API takes a plain address too, and its answer pads it.
  const plain = `0x${'Ab'.repeat(20)}`;
  served = { ...served, recipient: `0x${'ab'.repeat(20).padStart(64, '0')}` };
  expect(await client.quoteRelease({ ...request, recipient: plain as Bytes32 })).toMatchObject({ amount: 9n });
  const other = client.quoteRelease({ ...request, recipient: `0x${'cd'.repeat(20)}` as Bytes32 });
  await expect(other).rejects.toMatchObject({ code: 'BAD_ANSWER', context: { path: 'answer.recipient' } });
});

it('quotes a lock, and weighs an account with changes', async () => {
  const factors = { base: 1, source: 1, freshness: 1, size: 1, vol: 1 };
  served = {
    account: ACCOUNT,
    assetId: 4,
    symbol: 'USDC',
    decimals: 6,
    chainId: 31,
    amount: '9',
    fee: '1',
    block,
    outcome: 'parked',
    holdUps: [{ code: 'ABOVE_FAST_LIMIT', detail: 'parked', next: 'witnesses', until: '77' }],
    vault: { block, refusal: null, minimum: '1', room: '2', feeMinimum: '0' },
    cap: '10',
    room: '9',
    fastLimit: null,
    fastUsed: '0',
    unseasoned: '0',
    seasonEnd: '0',
    factors: { initial: factors, exit: factors, maintenance: factors },
    marginBefore: grades,
    marginAfter: grades,
    gainedWad: { initial: '0', exit: '-1', maintenance: '2' },
    etaS: null,
    etaBasis: { kind: 'none', samples: 0 },
  };
  expect(await client.quoteLock({ account: ACCOUNT, assetId: 4, amount: 9n, fee: 1n })).toMatchObject({
    outcome: 'parked',
    holdUps: [{ code: 'ABOVE_FAST_LIMIT', until: 77n }],
    gainedWad: { exit: -1n },
  });
  const other = client.quoteLock({ account: ACCOUNT, assetId: 4, amount: 8n, fee: 1n });
  await expect(other).rejects.toMatchObject({ code: 'BAD_ANSWER', context: { path: 'answer.amount' } });
  paths.splice(1);
  const ids = new Map([
    [4, 5n],
    [6, 0n],
  ]);
  const asked = { account: ACCOUNT, amounts: ids, prices: new Map([[1, 7n]]), requirementWad: -3n };
  await expect(client.weighWhatIf(asked)).rejects.toMatchObject({ code: 'BAD_ANSWER' });
  await expect(client.weighWhatIf({ account: ACCOUNT })).rejects.toMatchObject({ code: 'BAD_ANSWER' });
  const whatIf = `/v1/accounts/${ACCOUNT}/what-if?`;
  expect(paths).toEqual([
    `/v1/quote/lock?account=${ACCOUNT}&assetId=4&amount=9&fee=1`,
    `${whatIf}amounts=4:5,6:0&prices=1:7&requirementWad=-3`,
    `${whatIf}requirementWad=0`,
  ]);
});
