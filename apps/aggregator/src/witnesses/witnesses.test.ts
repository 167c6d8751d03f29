import type { WitnessEdgeView } from '@surety/api';
import { bytes32 } from '@surety/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestApp, startTestApp } from '../testing/start-test-app.js';

const configuration = { state: 'same' as const, comparedAtMs: 5, drift: [] };
const edge = (alive: number): WitnessEdgeView => ({
  edge: bytes32(`0x${'ee'.repeat(32)}`),
  direction: 'to-ledger',
  source: 1,
  chain: 'alpha',
  originChainId: 901,
  destinationChainId: 900,
  count: 3n,
  m: 1,
  alive,
  fastShareBp: 200,
  fast: [{ assetId: 1, symbol: 'USDC', units: 7n }],
  witnesses: [
    {
      witness: 'layerzero',
      kind: 'layerzero',
      slot: 0,
      health: 'behind',
      head: { count: 2n, time: 9n, block: null },
      confirmed: 2n,
      lag: { entries: 1n, seconds: 4n },
      feeWei: 10n ** 15n,
      configuration,
    },
  ],
  configuration,
});

let test: TestApp;
let reads: number;
beforeEach(async () => {
  test = await startTestApp();
  reads = 0;
  test.readEdges = async () => [edge(reads++)];
});
afterEach(() => test.close());

async function read(): Promise<{ status: number; body: { edges: { alive: number }[] } }> {
  const { statusCode, body } = await test.app.inject({ method: 'GET', url: '/v1/witnesses' });
  return { status: statusCode, body: JSON.parse(body) as { edges: { alive: number }[] } };
}

describe('/v1/witnesses', () => {
  it('gives amounts and counts as decimal text, and null for what is not known', async () => {
    expect((await read()).body.edges[0]).toMatchObject({
      count: '3',
      fast: [{ assetId: 1, symbol: 'USDC', units: '7' }],
      witnesses: [
        {
          health: 'behind',
          head: { count: '2', time: '9', block: null },
          lag: { entries: '1', seconds: '4' },
          feeWei: '1000000000000000',
        },
      ],
    });
  });

  it('reads the chains once in 15 seconds, and again once settings were compared', async () => {
    const aliveNow = async (): Promise<number | undefined> => (await read()).body.edges[0]?.alive;
    expect([await aliveNow(), await aliveNow()]).toEqual([0, 0]);
    test.clock.nowValueMs += 14_999;
    expect(await aliveNow()).toBe(0);
    test.clock.nowValueMs += 1;
    expect(await aliveNow()).toBe(1);
    test.drift.tell(1, { drift: [], unread: [] }, 1);
    expect(await aliveNow()).toBe(2);
  });

  it('keeps no failure', async () => {
    test.readEdges = () => Promise.reject(new TypeError('no chain'));
    expect((await read()).status).toBe(500);
    test.readEdges = async () => [edge(2)];
    expect((await read()).body.edges[0]?.alive).toBe(2);
  });
});
