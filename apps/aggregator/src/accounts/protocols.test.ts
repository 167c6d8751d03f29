import type { AccountProtocolsView } from '@surety/api';
import { type Bytes32, address } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';
import { testAccount } from '../testing/test-attesters.js';
import { ALICE, TestLedger } from '../testing/test-ledger.js';

const OWNER = `0x${'11'.repeat(20)}`;
const ACCOUNT = `${OWNER}${'00'.repeat(12)}` as Bytes32;
const view = (netWad: bigint): AccountProtocolsView => ({
  account: ACCOUNT,
  block: { height: 7n, timestamp: 1_700_000_000n },
  netWad,
  linesWad: 2n ** 130n,
  burdensWad: 5n,
  protocols: [
    {
      protocol: address(`0x${'b1'.repeat(20)}`),
      market: null,
      answered: true,
      initialWad: 2n,
      maintenanceWad: 1n,
      positionNonce: 3n,
      claims: false,
      burdenWad: 1n,
      cashWad: -4n,
      positions: [{ slot: 3, symbol: null, kind: 'call', expiry: 1_800_000_000n, priceWad: 9n, sizeWad: -8n }],
    },
  ],
});

let test: TestApp;
let asked: Bytes32[];
beforeEach(async () => {
  test = await startTestApp();
  asked = [];
  test.readProtocols = async (account) => {
    asked.push(account);
    return view(BigInt(-asked.length));
  };
});
afterEach(() => test.close());

async function read(account: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const { statusCode, body } = await test.app.inject({ method: 'GET', url: `/v1/accounts/${account}/protocols` });
  return { status: statusCode, body: JSON.parse(body) as Record<string, unknown> };
}

describe('/v1/accounts/:account/protocols', () => {
  it('gives the net value below 0 too, and positions with their sides', async () => {
    expect(await read(ACCOUNT)).toMatchObject({
      status: 200,
      body: {
        netWad: '-1',
        linesWad: (2n ** 130n).toString(),
        block: { height: '7' },
        protocols: [
          { claims: false, cashWad: '-4', positions: [{ kind: 'call', sizeWad: '-8', expiry: '1800000000' }] },
        ],
      },
    });
  });

  it('takes an owner’s address, and refuses what is no account', async () => {
    expect((await read(OWNER)).status).toBe(200);
    expect(asked).toEqual([ACCOUNT]);
    expect((await read('0x1234')).status).toBe(400);
    expect(asked).toHaveLength(1);
  });

  it('reads no chain for an account that no final block knows', async () => {
    await new TestLedger(test).credit();
    await test.follower.advance();
    expect(await read(testAccount(77))).toMatchObject({ status: 200, body: { netWad: '0', protocols: [] } });
    expect(asked).toEqual([]);
    expect((await read(ALICE)).status).toBe(200);
    expect(asked).toEqual([ALICE]);
  });

  it('reads the chain once in 2 seconds for an account, and keeps no failure', async () => {
    const net = async (): Promise<unknown> => (await read(ACCOUNT)).body['netWad'];
    expect([await net(), await net()]).toEqual(['-1', '-1']);
    test.clock.nowValueMs += 2_000;
    expect(await net()).toBe('-2');
    test.clock.nowValueMs += 2_000;
    test.readProtocols = () => Promise.reject(new TypeError('no chain'));
    expect((await read(ACCOUNT)).status).toBe(500);
    test.readProtocols = async () => view(9n);
    expect(await net()).toBe('9');
  });
});
