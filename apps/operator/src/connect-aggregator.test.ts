import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { connectAggregator } from './connect-aggregator.js';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => (server.closeAllConnections(), server.close())));

async function serve(answers: boolean): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    if (answers)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ready: true, reasons: [] }));
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
