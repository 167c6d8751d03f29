import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { devnetAccount } from '@surety/devnet';
import type { PublicClient } from 'viem';
import { encodeAbiParameters, toFunctionSelector } from 'viem';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSurety } from './run-surety.js';
import { type Line, startLine } from './start-line.js';

const ALPHA = 901;
const ALICE = devnetAccount('alice').address;
const LOCKED = 10n ** 18n;
const LOCK_FEE_OF = toFunctionSelector('lockFeeOf(uint16)');
let line: Line;
const closing: (() => void)[] = [];

beforeAll(async () => {
  line = await startLine();
});
afterAll(async () => {
  for (const close of closing) close();
  await line?.stop();
});

/** A provider that passes everything on, and says that the smallest fee of a lock is all that is locked. */
async function lyingOnFees(nodeUrl: string): Promise<string> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8');
      const call = JSON.parse(body) as { id: unknown; method: string; params?: [{ data?: string; input?: string }] };
      const data = call.params?.[0]?.data ?? call.params?.[0]?.input ?? '';
      response.writeHead(200, { 'content-type': 'application/json' });
      if (call.method === 'eth_call' && data.startsWith(LOCK_FEE_OF)) {
        const result = encodeAbiParameters([{ type: 'uint256' }], [LOCKED]);
        response.end(JSON.stringify({ jsonrpc: '2.0', id: call.id, result }));
        return;
      }
      void fetch(nodeUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
        .then((answer) => answer.text())
        .then((text) => response.end(text));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('one provider that lies about the smallest fee makes nobody give a lock away', async () => {
  const environment = line.devnet.environmentOf('operator');
  const alpha = line.devnet.network.readers.get(ALPHA) as PublicClient;
  const before = await alpha.getTransactionCount({ address: ALICE });
  const { code, refusal } = await runSurety(
    ['lock', '--chain', 'alpha', '--asset', 'WETH', '--amount', '1', '--native', '--yes'],
    {
      ...environment,
      RPC_URL_ALPHA_1: await lyingOnFees(environment['RPC_URL_ALPHA_1'] ?? ''),
      SURETY_KEY: devnetAccount('alice').key,
    },
  );
  expect([code, refusal?.code]).toEqual([1, 'LOCK_REFUSED']);
  expect(await alpha.getTransactionCount({ address: ALICE })).toBe(before);
});
