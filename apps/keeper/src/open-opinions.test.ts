import { address, bytes32 } from '@surety/domain';
import { systemClock } from '@surety/process';
import type { KeptSender, RpcOptions } from '@surety/transactions';
import { expect, it } from 'vitest';
import { openOpinions } from './open-opinions.js';

const some = (pair: string) => address(`0x${pair.repeat(20)}`);

it('asks each provider alone', async () => {
  const asked: string[] = [];
  const transportOf: RpcOptions['transportOf'] = ({ name }) => ({
    send: async (body) => {
      asked.push(name);
      const { id, method } = JSON.parse(body) as { id: number; method: string };
      const reply = method === 'eth_chainId' ? { result: '0x7' } : { error: { code: -32_000, message: 'no' } };
      return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, ...reply }) };
    },
  });
  const endpoints = ['one', 'other'].map((name) => ({ name, url: `http://${name}.invalid` }));
  const overAll = { chainId: 7, endpoints, timeoutMs: 1_000, clock: systemClock, transportOf };
  const sender = { address: some('d0') } as unknown as KeptSender;
  const places = { auction: some('a0'), ledger: some('b0'), lens: some('c0'), sender, takesFromPpm: 10_000n };
  const opinions = openOpinions(overAll, places);
  const account = bytes32(`0x${'70'.repeat(32)}`);
  const seen: string[][] = [];
  for (const reader of opinions) {
    await expect(reader.readTaker(account)).rejects.toThrow('no');
    await expect(reader.readAccount(account)).rejects.toThrow('no');
    seen.push([...new Set(asked.splice(0))]);
  }
  expect(seen).toEqual([['one'], ['other']]);
  expect(opinions.map(({ provider }) => provider)).toEqual(['one', 'other']);
});
