import { request } from 'node:http';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { type HealthServer, type Readiness, startHealthServer } from './start-health-server.js';

const open: HealthServer[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function start(readiness: () => Readiness, port = 0): Promise<HealthServer> {
  const server = await startHealthServer({ host: '127.0.0.1', port, readiness, registry: new Registry() });
  open.push(server);
  return server;
}

function ask(url: string, method = 'GET'): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

const ready: Readiness = { ready: true, reasons: [] };

describe('startHealthServer', () => {
  it('refuses a port that somebody else holds', async () => {
    const first = await start(() => ready);
    const port = Number(new URL(first.url).port);
    await expect(start(() => ready, port)).rejects.toMatchObject({ code: 'PORT_UNAVAILABLE' });
  });

  it('refuses other methods and paths', async () => {
    const { url } = await start(() => ready);
    expect(await ask(`${url}/health/ready`, 'POST')).toMatchObject({ status: 405 });
    expect(await ask(`${url}/health/ready/..%2f..`)).toMatchObject({ status: 404 });
  });

  it('answers 503 with the reasons while it is not ready, and 200 once it is', async () => {
    let now: Readiness = { ready: false, reasons: [{ code: 'NO_QUORUM', detail: 'two of four answer' }] };
    const { url } = await start(() => now);
    expect(await ask(`${url}/health/ready`)).toEqual({ status: 503, body: JSON.stringify(now) });
    now = ready;
    expect(await ask(`${url}/health/ready`)).toEqual({ status: 200, body: '{"ready":true,"reasons":[]}' });
  });

  it('serves further pages as JSON, and names them where there is nothing', async () => {
    const pages = new Map([['/v1/halts', () => ({ halts: [{ nonce: 2n }] })]]);
    const options = { host: '127.0.0.1', port: 0, readiness: () => ready, registry: new Registry(), pages };
    const server = await startHealthServer(options);
    open.push(server);
    expect(await ask(`${server.url}/v1/halts`)).toEqual({ status: 200, body: '{"halts":[{"nonce":"2"}]}' });
    expect((await ask(`${server.url}/nowhere`)).body).toContain('/v1/halts');
  });

  it('lives and serves metrics whatever its readiness', async () => {
    const { url } = await start(() => ({ ready: false, reasons: [] }));
    expect(await ask(`${url}/health/live`)).toEqual({ status: 200, body: '{"status":"ok"}' });
    expect(await ask(`${url}/metrics`)).toMatchObject({ status: 200 });
  });

  it('counts readiness and its reasons at each scrape', async () => {
    const quorum = (detail: string): Readiness['reasons'][number] => ({ code: 'NO_QUORUM', detail });
    let now: Readiness = { ready: false, reasons: [quorum('a'), quorum('b'), { code: 'no code', detail: 'c' }] };
    const { url } = await start(() => now);
    const scrape = async (): Promise<readonly string[]> =>
      (await ask(`${url}/metrics`)).body.split('\n').filter((line) => line.startsWith('surety_read'));
    expect(await scrape()).toEqual([
      'surety_ready 0',
      'surety_readiness_reasons{code="NO_QUORUM"} 2',
      'surety_readiness_reasons{code="other"} 1',
    ]);
    now = ready;
    expect(await scrape()).toEqual(['surety_ready 1']);
  });
});
