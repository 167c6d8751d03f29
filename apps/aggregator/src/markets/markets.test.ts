import type { MarketView } from '@surety/api';
import { address } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';

const at = (digit: string): ReturnType<typeof address> => address(`0x${digit.repeat(40)}`);
const market = (borrowed: bigint): MarketView => ({
  market: 'usds',
  address: at('a'),
  tranche: { address: at('b'), units: 1_000n },
  token: at('c'),
  symbol: 'USDS',
  decimals: 6,
  listed: true,
  block: 7n,
  supplied: 10_000n,
  cash: 10_000n - borrowed,
  borrowed,
  utilisationWad: 500_000_000_000_000_000n,
  borrowRateWad: 41_250_000_000_000_000n,
  supplyRateWad: 16_500_000_000_000_000n,
  provisions: 0n,
  writtenOff: 2n ** 200n,
  uncollected: 0n,
});

let test: TestApp;
let reads: bigint;
beforeEach(async () => {
  test = await startTestApp();
  reads = 0n;
  test.readMarkets = async () => [market(reads++)];
});
afterEach(() => test.close());

async function read(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const { statusCode, body } = await test.app.inject({ method: 'GET', url });
  return { status: statusCode, body: JSON.parse(body) as Record<string, unknown> };
}

describe('/v1/markets', () => {
  it('lists every market with amounts as decimal text', async () => {
    expect(await read('/v1/markets')).toMatchObject({
      status: 200,
      body: {
        markets: [
          {
            market: 'usds',
            decimals: 6,
            block: '7',
            tranche: { units: '1000' },
            borrowRateWad: '41250000000000000',
            writtenOff: (2n ** 200n).toString(),
          },
        ],
      },
    });
  });

  it('gives one market by its name, or by its address in any case', async () => {
    for (const wanted of ['usds', at('a'), `0x${'A'.repeat(40)}`])
      expect(await read(`/v1/markets/${wanted}`)).toMatchObject({ status: 200, body: { market: 'usds' } });
  });

  it('refuses a market that is not configured, with those that are', async () => {
    expect(await read('/v1/markets/euro')).toMatchObject({
      status: 404,
      body: { code: 'UNKNOWN_MARKET', detail: 'no market is called "euro"; expected a name or an address of: usds' },
    });
  });

  it('reads the chain once in 5 seconds, and keeps no failure', async () => {
    const borrowed = async (): Promise<unknown> => (await read('/v1/markets/usds')).body['borrowed'];
    expect([await borrowed(), await borrowed()]).toEqual(['0', '0']);
    test.clock.nowValueMs += 4_999;
    expect(await borrowed()).toBe('0');
    test.clock.nowValueMs += 1;
    expect(await borrowed()).toBe('1');
    test.clock.nowValueMs += 5_000;
    test.readMarkets = () => Promise.reject(new TypeError('no chain'));
    expect((await read('/v1/markets')).status).toBe(500);
    test.readMarkets = async () => [market(9n)];
    expect(await borrowed()).toBe('9');
  });
});
