import type { RpcTransport } from '@surety/rpc';
import { ManualClock } from '@surety/rpc/testing';
import type { ObservedEvent } from '@surety/workflows';
import { expect, it } from 'vitest';
import { STILL_AFTER_MS } from './limits.js';
import { type Rpc, createRpc } from './rpc.js';

type Call = readonly [method: string, params: readonly unknown[]];

const CODE: Call = ['eth_getCode', []];
const NEWEST: Call = ['eth_getBlockByNumber', ['latest', false]];

/** Providers that say the heights of a list, and name themselves as the code of any account. */
function open(heights: readonly (() => string)[]) {
  const clock = new ManualClock();
  const events: ObservedEvent[] = [];
  const asked: string[] = [];
  const serve = (at: number): RpcTransport => ({
    async send(body) {
      const { id, method } = JSON.parse(body) as { id: number; method: string };
      asked.push(`${at} ${method}`);
      const height = heights[at]?.() ?? '0x0';
      const results: Record<string, unknown> = {
        eth_chainId: '0x1',
        eth_blockNumber: height,
        eth_getBlockByNumber: { number: height },
      };
      return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, result: results[method] ?? `0x0${at}` }) };
    },
  });
  const rpc: Rpc = createRpc({
    chainId: 1,
    endpoints: heights.map((_, at) => ({ name: String(at), url: '' })),
    timeoutMs: 1_000,
    clock,
    observer: { observe: (event) => events.push(event) },
    transportOf: ({ name }) => serve(Number(name)),
  });
  /** Asks again and again, a minute apart unless given, and returns who answered. */
  const answers = async (times: number, everyMs = STILL_AFTER_MS, call: Call = CODE) => {
    const said: unknown[] = [];
    for (let asking = 0; asking < times; asking++) {
      said.push(await rpc.call(...call));
      clock.advance(everyMs);
    }
    return said;
  };
  return { answers, asked, events, rising: () => `0x${(1_000 + clock.elapsedMs()).toString(16)}` };
}

it('leaves a provider whose height does not rise, and says so', async () => {
  const held: { rising: () => string } = { rising: () => '0x0' };
  const { answers, events, rising } = open([() => '0x10', () => held.rising()]);
  held.rising = rising;
  expect(await answers(8)).toEqual(['0x00', '0x00', '0x01', '0x01', '0x01', '0x01', '0x01', '0x01']);
  expect(events).toMatchObject([
    { name: 'provider-stands-still', level: 'warn', fields: { chain_id: 1, provider: '0', height: '0x10' } },
  ]);
});

it('asks for no height while answers show that it rises', async () => {
  const held: { rising: () => string } = { rising: () => '0x0' };
  const { answers, asked, events, rising } = open([() => held.rising(), () => '0x10']);
  held.rising = rising;
  await answers(5, STILL_AFTER_MS / 2, NEWEST);
  expect(asked.filter((one) => one.endsWith('eth_blockNumber'))).toEqual([]);
  expect(await answers(5)).toEqual(['0x00', '0x00', '0x00', '0x00', '0x00']);
  expect(events).toEqual([]);
});

it('asks each in turn while the chain itself stands still', async () => {
  const { answers } = open([() => '0x10', () => '0x10']);
  expect(new Set(await answers(10))).toEqual(new Set(['0x00', '0x01']));
});

it('stays with the only provider there is, and asks it for nothing more', async () => {
  const { answers, asked } = open([() => '0x10']);
  expect(await answers(5)).toEqual(['0x00', '0x00', '0x00', '0x00', '0x00']);
  expect(asked.filter((one) => one.endsWith('eth_blockNumber'))).toEqual([]);
});
