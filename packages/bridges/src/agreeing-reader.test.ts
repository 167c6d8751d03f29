import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseAbi } from 'viem';
import { afterEach, expect, test } from 'vitest';
import { openAgreeingReader } from './agreeing-reader.js';
import { answerOf } from './drift/answer-of.js';

const WORD = (digit: string): string => `0x${digit.padStart(64, '0')}`;
const REFUSED = { code: 3, message: 'execution reverted: no', data: '0x' };
const call = { address: `0x${'ab'.repeat(20)}`, abi: parseAbi(['function m() view returns (uint256)']), functionName: 'm' } as const; // prettier-ignore

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => new Promise((done) => (server.close(done), server.closeAllConnections()))),
  );
});

/** Starts a provider that answers every call alike. */
async function provider(answer: { result?: unknown; error?: unknown } | 'dead'): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (answer === 'dead') return void response.writeHead(500).end();
      const { id } = JSON.parse(body) as { id: number };
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
    });
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function readAt(...answers: Parameters<typeof provider>[0][]): Promise<bigint | undefined> {
  const urls = await Promise.all(answers.map(provider));
  return answerOf(openAgreeingReader(urls, { timeoutMs: 2_000 }).readContract(call));
}

const two = { result: WORD('2') };
const three = { result: WORD('3') };

test('gives what two thirds of the providers answer', async () => {
  expect(await readAt(two, three, two)).toBe(2n);
  expect(await readAt(two, 'dead', two)).toBe(2n);
});

test.each([
  ['one of two lies', [two, three], '2 of 2 providers answered eth_call with 2 answers; expected 2 alike'],
  ['two of four are away', [two, two, 'dead', 'dead'], '2 of 4 providers answered eth_call with 1 answers'],
  ['the only one is away', ['dead'], '0 of 1 providers answered eth_call with 0 answers'],
] as const)('gives nothing where %s', async (_name, answers, words) => {
  await expect(readAt(...answers)).rejects.toThrow(words);
});

test('a contract that refuses answers so, a provider that is overloaded does not', async () => {
  expect(await readAt({ error: REFUSED }, { error: { ...REFUSED, message: 'reverted' } }, two)).toBeUndefined();
  const busy = { error: { code: -32_603, message: 'internal error' } };
  await expect(readAt(busy, busy, busy)).rejects.toThrow('0 of 3 providers answered');
});

test('no code at an address is an answer too', async () => {
  expect(await readAt({ result: '0x' })).toBeUndefined();
});
