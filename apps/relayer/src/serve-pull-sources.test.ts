import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RelayerConfig } from '@surety/config';
import { Secret } from '@surety/config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChainDesk } from './chain-desk.js';
import { pullSources } from './serve-pull-sources.js';

const ADAPTER = `0x${'aa'.repeat(20)}`;
const UNDERLYINGS = [
  { id: 1, symbol: 'USD', feed: ADAPTER, priceMaxAgeS: 60 },
  {
    id: 2,
    symbol: 'ETH',
    feed: ADAPTER,
    priceMaxAgeS: 60,
    sources: [
      { kind: 'aggregator', network: 'chainlink', adapter: ADAPTER, aggregator: ADAPTER },
      { kind: 'pyth', adapter: ADAPTER, pyth: ADAPTER, feedId: `0x${'ff'.repeat(32)}` },
      { kind: 'redstone', adapter: ADAPTER, feedId: `0x${'00'.repeat(32)}`, signers: [ADAPTER], threshold: 1 },
    ],
  },
] as unknown as RelayerConfig['settlement']['underlyings'];
const desk = { policy: { aggregatorTimeoutMs: 1_000 } } as unknown as ChainDesk;

let server: Server;
let url: string;
let asked: { path: string | undefined; authorization: string | undefined }[];

beforeAll(async () => {
  asked = [];
  server = createServer((request, answer) => {
    asked.push({ path: request.url, authorization: request.headers.authorization });
    answer.writeHead(429).end('Too Many Requests');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function sourcesOf(pyth: readonly string[], redstone: readonly string[]): ReturnType<typeof pullSources> {
  const settlement = { underlyings: UNDERLYINGS } as RelayerConfig['settlement'];
  const services = { pyth: { urls: pyth, token: new Secret('hush') }, redstone: { urls: redstone, token: undefined } };
  return pullSources({ settlement, priceUpdates: { ...services, feeMaxWei: 1n } }, desk);
}

describe('the pull sources of a relayer', () => {
  it('are those whose network has a service', () => {
    expect(sourcesOf([], [])).toEqual([]);
    expect(sourcesOf([], [url]).map(({ name }) => name)).toEqual(['ETH of redstone']);
    expect(sourcesOf([url], [url]).map(({ name }) => name)).toEqual(['ETH of pyth', 'ETH of redstone']);
  });

  it('send the token, keep the path of the service, and name its host alone when it fails', async () => {
    const [pyth] = sourcesOf([`${url}/secret-path`], []);
    const failure = await pyth?.readOffers().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'PRICE_SERVICE_UNAVAILABLE', retryable: true });
    expect(String(failure)).toContain('status 429');
    expect(String(failure)).not.toMatch(/secret-path|hush/);
    expect(asked).toMatchObject([
      { path: expect.stringMatching(/^\/secret-path\/v2\/updates\/price\/latest\?ids/), authorization: 'Bearer hush' },
    ]);
  });
});
