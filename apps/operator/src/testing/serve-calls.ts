import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Hex } from '@surety/domain';

interface Asked {
  readonly id: number;
  readonly method: string;
  readonly params: readonly [{ readonly from: string; readonly to: string }];
}

/**
 * Starts a provider of chain 900 that takes every call, except those for which `refuse` gives the data of a revert; `closing` gets
 * what ends it.
 */
export async function serveCalls(refuse: (from: string) => Hex | undefined, closing: (() => void)[]): Promise<string> {
  const answer = ({ id, method, params: [call] }: Asked): object => {
    const base = { jsonrpc: '2.0', id };
    if (method === 'eth_chainId') return { ...base, result: '0x384' };
    const data = refuse(call.from);
    return data === undefined
      ? { ...base, result: '0x' }
      : { ...base, error: { code: 3, message: 'execution reverted', data } };
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const asked = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Asked | Asked[];
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(Array.isArray(asked) ? asked.map(answer) : answer(asked)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
