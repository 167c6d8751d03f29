import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { connectAggregator } from './connect-aggregator.js';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => (server.closeAllConnections(), server.close())));

const PROBLEM = { type: 'about:blank', title: 'no', status: 500, code: 'NOT_FOLDED', detail: 'not yet', instance: '/' };
const BODIES: Readonly<Record<number, object>> = { 200: { ready: true, reasons: [], chains: [] } };

async function serve(answers: boolean, status = 200): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    if (answers)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(BODIES[status] ?? PROBLEM));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked };
}

it('refuses an address that is none, also as the second one', () => {
  expect(() => connectAggregator(['http://127.0.0.1:1', 'nonsense'])).toThrow(/is not an http or https address/);
});

it('names every aggregator when none answers', async () => {
  await expect(connectAggregator(['http://127.0.0.1:1', 'http://127.0.0.1:2']).readReadiness()).rejects.toMatchObject({
    code: 'AGGREGATOR_UNREACHABLE',
    retryable: true,
    message: expect.stringContaining(
      'no aggregator answered: http://127.0.0.1:1 (bad port), http://127.0.0.1:2 (connect ECONNREFUSED 127.0.0.1:2); expected',
    ),
  });
});

it('asks the next one where one is dead or hangs, and remembers which one answers', async () => {
  const [hung, good] = [await serve(false), await serve(true)];
  const client = connectAggregator(['http://127.0.0.1:1', hung.url, good.url]);
  expect((await client.readReadiness()).ready).toBe(true);
  expect((await client.readReadiness()).ready).toBe(true);
  expect([hung.asked(), good.asked()]).toEqual([1, 2]);
});

it.each([429, 500, 503])(
  'asks the next one where one answers %d, and remembers which one does better',
  async (status) => {
    const [failing, good] = [await serve(true, status), await serve(true)];
    const client = connectAggregator([failing.url, good.url]);
    expect([await client.readChains(), await client.readChains()]).toEqual([[], []]);
    expect([failing.asked(), good.asked()]).toEqual([1, 2]);
  },
);

it('passes on what they answer where none does better, and a refusal at once', async () => {
  const [failing, poor, refusing, good] = [
    await serve(true, 503),
    await serve(true, 500),
    await serve(true, 404),
    await serve(true),
  ];
  const told = { code: 'AGGREGATOR_FAILED', retryable: true };
  await expect(connectAggregator([failing.url, poor.url]).readChains()).rejects.toMatchObject(told);
  await expect(connectAggregator([failing.url, 'http://127.0.0.1:1']).readChains()).rejects.toMatchObject({
    ...told,
    message: expect.stringContaining('answered 503 (NOT_FOLDED: not yet)') as string,
  });
  await expect(connectAggregator([refusing.url, good.url]).readChains()).rejects.toMatchObject({
    code: 'AGGREGATOR_REFUSED',
  });
  expect(good.asked()).toBe(0);
});
