import type { AuctionView } from '@surety/api';
import { type BlockHeight, type Bytes32, address, blockHash, bytes32, chainId } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { ALICE, TestLedger } from '../testing/test-ledger.js';
import { auctionReader } from './auction-reader.js';

const accountOf = (index: number): Bytes32 => bytes32(`0x${index.toString(16).padStart(64, '0')}`);
const at = (digit: string): ReturnType<typeof address> => address(`0x${digit.repeat(40)}`);

function auctionOf(account: Bytes32, elapsedS: bigint): AuctionView {
  return {
    account,
    starter: at('a'),
    startedAt: 1_700_000_000n,
    seenAt: 1_700_000_060n,
    taken: false,
    elapsedS,
    discountPpm: -2_500n,
    offers: [
      {
        protocol: at('b'),
        shareWad: 10n ** 18n,
        assumedWad: 2n ** 200n,
        lossWad: 0n,
        discountPpm: -2_500n,
        lines: [{ assetId: 4, amount: 2n ** 127n }],
        wait: null,
      },
    ],
    block: 7n,
  };
}

let test: TestApp;
let asked: (readonly Bytes32[])[];
beforeEach(async () => {
  test = await startTestApp();
  asked = [];
  // Every fourth account is in an auction.
  test.readAuctions = async (accounts) => {
    asked.push(accounts);
    return accounts.filter((one) => BigInt(one) % 4n === 0n).map((one) => auctionOf(one, BigInt(asked.length)));
  };
});
afterEach(() => test.close());

async function read(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const { statusCode, body } = await test.app.inject({ method: 'GET', url });
  return { status: statusCode, body: JSON.parse(body) as Record<string, unknown> };
}

/** Stores accounts 1 to `count` as last judged below a health of 1. */
async function judge(count: number): Promise<void> {
  const block = {
    chainId: chainId(900),
    height: 7n as BlockHeight,
    hash: blockHash(`0x${'b1'.repeat(32)}`),
    timestamp: 1_700_000_000n,
  };
  const rows = Array.from({ length: count }, (_, index) => accountOf(index + 1)).map((account) => ({
    account,
    rung: 4,
    told: 4,
    assets: 1n,
    requirement: 2n,
    block,
  }));
  await test.store.health.saveHealth(rows);
}

describe('/v1/auctions', () => {
  it('lists nothing where nobody owes anything', async () => {
    expect(await read('/v1/auctions')).toEqual({ status: 200, body: { auctions: [], next: null } });
  });

  it('lists the auctions of unhealthy accounts in pages that lead to each other', async () => {
    await judge(130);
    const seen: unknown[] = [];
    let url = '/v1/auctions?limit=500';
    for (let pages = 0; pages < 3; ++pages) {
      const { body } = await read(url);
      seen.push(...(body['auctions'] as { account: string }[]).map(({ account }) => BigInt(account)));
      url = `/v1/auctions?limit=500&after=${String(body['next'])}`;
      if (body['next'] === null) break;
    }
    expect(asked.map(({ length }) => length)).toEqual([64, 64, 2]);
    expect(seen).toEqual(Array.from({ length: 32 }, (_, index) => BigInt(4 * (index + 1))));
  });

  it('asks about each account once in 2 seconds, wherever readers begin their pages', async () => {
    await judge(64);
    await read('/v1/auctions');
    for (let index = 0; index < 64; index++) {
      expect((await read(`/v1/auctions?after=${accountOf(index)}`)).status).toBe(200);
      expect((await read(`/v1/auctions?limit=${index + 1}`)).status).toBe(200);
    }
    expect(asked.map(({ length }) => length)).toEqual([64]);
  });

  it('shows one auction with amounts as decimal text', async () => {
    expect(await read(`/v1/auctions/${accountOf(8)}`)).toMatchObject({
      status: 200,
      body: {
        discountPpm: '-2500',
        elapsedS: '1',
        offers: [{ assumedWad: (2n ** 200n).toString(), lines: [{ assetId: 4, amount: (2n ** 127n).toString() }] }],
      },
    });
  });

  it('refuses an account without an auction', async () => {
    expect(await read(`/v1/auctions/${accountOf(9)}`)).toMatchObject({ status: 404, body: { code: 'NO_AUCTION' } });
    expect((await read('/v1/auctions/0x12')).status).toBe(400);
  });

  it('asks no provider about an account that holds nothing, under any of its names', async () => {
    await new TestLedger(test).credit();
    for (const name of [accountOf(8), at('c')])
      expect(await read(`/v1/auctions/${name}`)).toMatchObject({ status: 404, body: { code: 'NO_AUCTION' } });
    const explained = await read(`/v1/explain/auction:${at('c')}`);
    expect(explained.body).toMatchObject({ explanations: [{ cause: { code: 'AUCTION_NONE' } }] });
    expect(asked).toEqual([]);
    await read(`/v1/auctions/${ALICE}`);
    expect(asked).toEqual([[ALICE]]);
  });

  it('asks the chain once in 2 seconds', async () => {
    const elapsed = async (): Promise<unknown> => (await read(`/v1/auctions/${accountOf(8)}`)).body['elapsedS'];
    expect([await elapsed(), await elapsed()]).toEqual(['1', '1']);
    test.clock.nowValueMs += 2_000;
    expect(await elapsed()).toBe('2');
  });

  it('has no reader where the configuration names no auction', () => {
    const settlement = { chainId: 900, ledger: at('1') };
    expect(auctionReader({ settlement, endpoints: new Map() } as never, test.clock)).toBeNull();
  });
});
