import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ProviderEndpoint } from '@surety/config';
import type { Hex } from '@surety/domain';
import { keccak256, numberToHex } from 'viem';

/** An event in a receipt. */
export interface ServedLog {
  readonly address: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

/** A chain on which whatever is sent lands at the second provider alone. */
export interface LandingChain {
  readonly chainId: number;
  /** Events of the transaction that lands. */
  readonly logs: readonly ServedLog[];
  /** The answer to a call, by its calldata. */
  readonly answer: (data: Hex, seesLanded: boolean) => Hex;
  /** The data of the revert of what is simulated, by its calldata; it takes everything if left out. */
  readonly refuse?: (data: Hex) => Hex | undefined;
  /** Coin of every key and base fee of a block, as of now; plenty of one and little of the other if left out. */
  readonly market?: () => { readonly balance?: Hex; readonly baseFee?: Hex };
}

/**
 * Starts two providers of a chain: the first stands still before the block in which a transaction lands, the second shows it landed. `closing`
 * gets what ends them.
 */
export async function serveLanding(
  { chainId, logs, answer, refuse, market }: LandingChain,
  closing: (() => void)[],
): Promise<LandingEndpoints> {
  let sent: Hex | undefined;
  const answerOf = (isStill: boolean, method: string, [first]: readonly unknown[]): unknown => {
    const landed = isStill ? undefined : sent;
    const number = isStill ? '0x64' : '0x6a';
    switch (method) {
      case 'eth_chainId':
        return numberToHex(chainId);
      case 'eth_blockNumber':
        return number;
      case 'eth_getBlockByNumber':
        return { number, timestamp: '0x65000000', baseFeePerGas: market?.().baseFee ?? '0x1' };
      case 'eth_getBalance':
        return market?.().balance ?? '0xde0b6b3a7640000';
      case 'eth_getTransactionCount':
        return landed === undefined ? '0x0' : '0x1';
      case 'eth_call':
        return answer((first as Simulated).data, landed !== undefined);
      case 'eth_sendRawTransaction':
        return (sent = keccak256(first as Hex));
      case 'eth_getTransactionByHash':
        return sent === undefined ? null : { hash: sent };
      case 'eth_getTransactionReceipt':
        if (landed === undefined) return null;
        return {
          transactionHash: landed,
          blockHash: `0x${'ab'.repeat(32)}`,
          blockNumber: number,
          gasUsed: '0x1',
          effectiveGasPrice: '0x1',
          status: '0x1',
          logs,
        };
      case 'eth_estimateGas': {
        const data = refuse?.((first as Simulated).data);
        return data === undefined ? '0x10000' : { reverted: data };
      }
      default:
        return '0x10000';
    }
  };
  const start = (isStill: boolean): Promise<string> =>
    serveMethods((method, params) => answerOf(isStill, method, params), closing);
  const urls = [await start(true), await start(false)] as const;
  const endpoints = urls.map((url, at) => ({ name: String(at), operator: String(at), url: { reveal: () => url } }));
  return { urls, endpoints: endpoints as unknown as ProviderEndpoint[] };
}

/** The two providers: their addresses, and how a command knows them. */
export interface LandingEndpoints {
  readonly urls: readonly [still: string, live: string];
  readonly endpoints: ProviderEndpoint[];
}

interface Simulated {
  readonly data: Hex;
}

interface Asked {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/**
 * Starts a provider that answers each method with this; `closing` gets what ends it. `{ reverted }` is a
 * revert with that data, `{ failed }` another error.
 */
export async function serveMethods(
  answerOf: (method: string, params: readonly unknown[]) => unknown,
  closing: (() => void)[],
): Promise<string> {
  const answer = ({ id, method, params }: Asked): object => {
    const result = answerOf(method, params);
    if (typeof result !== 'object' || result === null) return { jsonrpc: '2.0', id, result };
    if ('failed' in result) return { jsonrpc: '2.0', id, error: result.failed };
    return 'reverted' in result
      ? { jsonrpc: '2.0', id, error: { code: 3, message: 'execution reverted', data: result.reverted } }
      : { jsonrpc: '2.0', id, result };
  };
  const server: Server = createServer((request, response) => {
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
