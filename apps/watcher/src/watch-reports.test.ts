import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from '@surety/config';
import { systemClock } from '@surety/process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConfiguredChain } from './origin-chain-of.js';
import { type WatchReportsOptions, everyBlocksOf, finalitySOf, watchReports } from './watch-reports.js';

const chain = (change: object): ConfiguredChain =>
  ({
    blockTimeMs: 12_000,
    frameLength: 8,
    finality: { rule: 'finalized', stepBlocks: 32 },
    ...change,
  }) as ConfiguredChain;

describe('the grid of blocks that are reported', () => {
  it('is whole frames, not shorter than the interval', () => {
    expect(everyBlocksOf(chain({}), 300)).toBe(32n);
    expect(everyBlocksOf(chain({}), 288)).toBe(24n);
    expect(everyBlocksOf(chain({ blockTimeMs: 250, frameLength: 1 }), 1)).toBe(4n);
    expect(everyBlocksOf(chain({ blockTimeMs: 12_000, frameLength: 1 }), 1)).toBe(1n);
  });

  it('is final after two steps of a finalized tag, or the depth, and never later than a report may count', () => {
    expect(finalitySOf(chain({}))).toBe(768n);
    expect(finalitySOf(chain({ blockTimeMs: 2_000, finality: { rule: 'finalized', stepBlocks: 192 } }))).toBe(768n);
    expect(finalitySOf(chain({ blockTimeMs: 250, finality: { rule: 'depth', depth: 3 } }))).toBe(1n);
    expect(finalitySOf(chain({ finality: { rule: 'depth', depth: 600 } }))).toBe(1_800n);
  });
});

describe('the first walk over opt-ins', () => {
  const stop = new AbortController();
  let spans = 0;
  let server: Server;

  beforeAll(async () => {
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const { id, method } = JSON.parse((await request.toArray()).join('')) as { id: number; method: string };
      if (method === 'eth_getLogs' && ++spans === 3) stop.abort();
      const results = new Map<string, unknown>([
        ['eth_chainId', '0x384'],
        ['eth_blockNumber', '0xf4240'],
        ['eth_getLogs', []],
      ]);
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: results.get(method) ?? null }));
    };
    server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  it('ends with the signal, and is a trouble until it has ended', async () => {
    const { port } = server.address() as AddressInfo;
    const settlement = {
      ...chain({ chainId: 900, name: 's', finality: { rule: 'depth', depth: 2, stepBlocks: 1 }, providers: [] }),
      limits: { logRangeMax: 1_000, callsPerFrameMax: 64, requestTimeoutMs: 5_000, responseBytesMax: 1_048_576 },
    };
    const word = (byte: string): string => `0x${byte.repeat(20)}`;
    const watch = watchReports(
      {
        config: {
          settlement: { chainId: 900, ledger: word('1e'), lens: word('3e'), fromBlock: '100000', underlyings: [] },
          endpoints: new Map([[900, [{ name: 'a', operator: 'a', url: new Secret(`http://127.0.0.1:${port}`) }]]]),
        },
        settings: { protocols: [word('bb')], marketsFile: 'unread', intervalS: 12 },
        settlement: {
          config: settlement,
          pooled: { readFinalTip: async () => ({ height: 999_997n, timestamp: 1n }) },
        },
        attester: { address: word('5e') },
        refusal: () => undefined,
        clock: systemClock,
        observer: { observe: () => undefined },
      } as unknown as WatchReportsOptions,
      stop.signal,
    );
    await watch.done;
    // One query had been sent when the signal came.
    expect(spans).toBe(3);
    const detail = 'the opt-ins are read from block 100000 on; no account is reported before';
    expect(watch.troubles()).toEqual([{ code: 'SYNCING', detail }]);
  });
});
