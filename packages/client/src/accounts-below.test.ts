import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Bytes32, bytes32 } from '@surety/domain';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AggregatorClient, createAggregatorClient } from './aggregator-client.js';

const ANN = bytes32(`0x${'ab'.repeat(32)}`);
const BEFORE = bytes32(`0x${'aa'.repeat(32)}`);
const paths: string[] = [];
let served: readonly Bytes32[] = [];
let client: AggregatorClient;

const server = createServer((request, response) => {
  paths.push(request.url ?? '');
  const block = { chainId: 99, height: '5', hash: ANN, timestamp: '6' };
  const accounts = served.map((account) => ({ account, aM: '7', qM: '9', block }));
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ accounts }));
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = createAggregatorClient({ url: `http://127.0.0.1:${port}`, timeoutMs: 5_000 });
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it('reads pages of accounts below a step', async () => {
  served = [BEFORE, ANN];
  const [first] = await client.readAccountsBelow({ below: '1.05' });
  expect(first).toEqual({
    account: BEFORE,
    aM: 7n,
    qM: 9n,
    block: { chainId: 99, height: 5n, hash: ANN, timestamp: 6n },
  });
  served = [ANN];
  await client.readAccountsBelow({ below: '1', after: BEFORE, limit: 7 });
  expect(paths).toEqual(['/v1/accounts?below=1.05&limit=256', `/v1/accounts?below=1&limit=7&after=${BEFORE}`]);
});

it('reads the least healthy, in the order given', async () => {
  served = [ANN, BEFORE];
  const found = await client.readLeastHealthy({ below: '1.05', skip: 256 });
  expect(found.map(({ account }) => account)).toEqual([ANN, BEFORE]);
  expect(paths.at(-1)).toBe('/v1/accounts?below=1.05&order=health&skip=256&limit=256');
  served = [ANN, BEFORE, ANN];
  const twice = client.readLeastHealthy({ below: '1', skip: 0, limit: 7 });
  await expect(twice).rejects.toMatchObject({ code: 'BAD_ANSWER', message: expect.stringContaining('2 different') });
});

it.each([
  { name: 'out of order', accounts: [ANN, BEFORE], after: undefined },
  { name: 'listed twice', accounts: [ANN, ANN], after: undefined },
  { name: 'not past the one that was named', accounts: [ANN], after: ANN },
])('rejects accounts $name', async ({ accounts, after }) => {
  served = accounts;
  await expect(client.readAccountsBelow({ below: '1', after })).rejects.toMatchObject({ code: 'BAD_ANSWER' });
});
