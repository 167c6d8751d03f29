import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAggregatorClient } from '@surety/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningAggregator, startAggregator } from './compose.js';

const some = (digit: string): string => `0x${digit.repeat(40)}`;
const CODE_HASH = `0x${'ab'.repeat(32)}`;

const chain = (chainId: number, name: string): Record<string, unknown> => ({
  chainId,
  name,
  development: true,
  blockTimeMs: 1_000,
  finality: { rule: 'finalized', stepBlocks: 4, reason: 'a local chain with a finalized tag' },
  frameLength: 1,
  frameReason: 'every block, so that a test is quick',
  providers: [{ name: `${name}-1`, operator: 'me', urlEnv: `RPC_${name.toUpperCase()}_1` }],
  limits: { logRangeMax: 1_000, callsPerFrameMax: 64, requestTimeoutMs: 500, responseBytesMax: 1_048_576 },
});

/** A ledger on chain 900 and a vault on chain 901. */
const NETWORK = {
  version: 1,
  profile: 'development',
  settlement: {
    chainId: 900,
    ledger: some('4'),
    ledgerCodeHash: CODE_HASH,
    lens: some('5'),
    riskManager: some('6'),
    attesterSet: some('7'),
    fromBlock: '1',
    underlyings: [{ id: 1, symbol: 'USD', feed: some('8'), priceMaxAgeS: 3_600 }],
  },
  attesters: { epoch: 1, members: ['1', '2', '3', '4'].map(some) },
  chains: [
    chain(900, 's'),
    {
      ...chain(901, 'a'),
      vault: {
        address: some('1'),
        codeHash: CODE_HASH,
        source: 1,
        fromBlock: '1',
        attesterSet: some('2'),
        assets: [
          {
            index: 1,
            assetId: 1,
            symbol: 'USDC',
            token: some('3'),
            decimals: 6,
            underlying: 1,
            cap: '10',
            minimum: '1',
            baseI: 9_500,
            baseM: 9_800,
          },
        ],
      },
    },
  ],
};

let folder = '';
const running: RunningAggregator[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'surety-aggregator-'));
  writeFileSync(join(folder, 'chains.config.json'), JSON.stringify(NETWORK));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
  rmSync(folder, { recursive: true });
});

/** Starts an aggregator whose providers refuse every connection. */
async function start(): Promise<RunningAggregator> {
  const environment = {
    SURETY_CONFIG: join(folder, 'chains.config.json'),
    SURETY_DATABASE_URL: `sqlite:${join(folder, 'store.sqlite')}`,
    SURETY_STATE_DIR: join(folder, 'state'),
    SURETY_HTTP_PORT: '0',
    RPC_S_1: 'http://127.0.0.1:9',
    RPC_A_1: 'http://127.0.0.1:9',
  };
  const one = await startAggregator(environment, { write: () => undefined });
  running.push(one);
  return one;
}

async function read(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(url);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe('startAggregator', () => {
  it('follows every configured chain, and serves before any of them answers', async () => {
    const { url } = await start();
    expect(await read(`${url}/health/live`)).toEqual({ status: 200, body: { status: 'ok' } });
    const failing = new Set<unknown>();
    const events = createAggregatorClient({ url, timeoutMs: 10_000 }).readEvents({ lastEventId: '0' });
    while (failing.size < 2) {
      const { value } = await events.next();
      expect(value).toMatchObject({ name: 'chain', payload: { condition: 'failing', code: 'NO_QUORUM' } });
      failing.add((value as { payload: { chainId: unknown } }).payload.chainId);
    }
    const { status, body: readiness } = await read(`${url}/health/ready`);
    expect(status).toBe(503);
    expect(readiness).toMatchObject({ ready: false });
    expect(readiness['reasons']).toContainEqual(expect.objectContaining({ code: 'NOT_FOLDED' }));
    const { body } = await read(`${url}/v1/edges`);
    expect(body['edges']).toMatchObject([{ direction: 'to-ledger' }, { direction: 'to-vault' }]);
  });

  it('stops while somebody holds a connection that has sent no request', async () => {
    const aggregator = await start();
    running.length = 0;
    const socket = connect(Number(new URL(aggregator.url).port), '127.0.0.1');
    await once(socket, 'connect');
    const ended = once(socket, 'close');
    await aggregator.close();
    await ended;
    expect(socket.destroyed).toBe(true);
  });

  it('ends its loops and gives database and folder back, so that another one can start there', async () => {
    const first = await start();
    await expect(start()).rejects.toMatchObject({ code: 'FOLDER_IN_USE' });
    await first.close();
    running.length = 0;
    await expect(fetch(`${first.url}/health/live`)).rejects.toThrow('fetch failed');
    const second = await start();
    expect((await read(`${second.url}/health/live`)).status).toBe(200);
  });
});
