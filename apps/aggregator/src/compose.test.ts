import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAggregatorClient } from '@surety/client';
import { developmentNetwork } from '@surety/config/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningAggregator, startAggregator } from './compose.js';

let folder = '';
const running: RunningAggregator[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'surety-aggregator-'));
  writeFileSync(join(folder, 'chains.config.json'), JSON.stringify(developmentNetwork()));
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

  it('ends where its database is that of another ledger, whose lines it would serve as those of this one', async () => {
    await (await start()).close();
    running.length = 0;
    const network = developmentNetwork() as { settlement: object };
    const settlement = { ...network.settlement, ledger: `0x${'e4'.repeat(20)}` };
    writeFileSync(join(folder, 'chains.config.json'), JSON.stringify({ ...network, settlement }));
    await expect(start()).rejects.toMatchObject({ code: 'DATABASE_OF_OTHER_DEPLOYMENT', retryable: false });
  });
});
