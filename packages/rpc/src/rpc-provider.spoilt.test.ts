import { chainId } from '@surety/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { CallBudget } from './call-budget.js';
import { rpcError } from './errors.js';
import { DEFAULT_RPC_LIMITS } from './limits.js';
import { type RpcCall, RpcProvider } from './rpc-provider.js';
import { RecordingObserver, type SeenRequest } from './testing/lying-transport.js';
import { ManualClock } from './testing/manual-clock.js';

const MIB = 1_024 * 1_024;
/** A malformed answer that is longer than any page of a gateway. */
const LONG = `{"result":${' '.repeat(MIB / 2)}`;
/** Hundreds of thousands of short keys, which take a parser a hundred times what an honest answer of that length takes. */
const DENSE = `{"jsonrpc":"2.0","id":7,"result":{${Array.from({ length: 100_000 }, (_, at) => `"${at}":0`).join(',')}}}`;
const TOO_LARGE = rpcError('RESPONSE_TOO_LARGE', 'an answer passed the limit');

let clock: ManualClock;
let observer: RecordingObserver;
let seen: { method: string; bytesMax: number }[];
/** The body of the answer to anything but the chain id, or the transport's failure. */
let spoil: (request: SeenRequest) => string | Error | Promise<string>;
/** The body of the answer to the question for the chain id. */
let identify: (request: SeenRequest) => string | Promise<string>;

beforeEach(() => {
  clock = new ManualClock();
  observer = new RecordingObserver();
  seen = [];
  spoil = honest;
  identify = honest;
});

const honest = ({ id }: SeenRequest): string => JSON.stringify({ jsonrpc: '2.0', id, result: '0x1' });

function open(limits: Partial<typeof DEFAULT_RPC_LIMITS> = {}): RpcProvider {
  const transport = {
    async send(body: string, { bytesMax }: { bytesMax: number }) {
      const request = JSON.parse(body) as SeenRequest;
      seen.push({ method: request.method, bytesMax });
      const said = await (request.method === 'eth_chainId' ? identify(request) : spoil(request));
      if (said instanceof Error) throw said;
      return { status: 200, body: said };
    },
  };
  const context = { chainId: chainId(1), clock, observer, limits: { ...DEFAULT_RPC_LIMITS, ...limits } };
  return new RpcProvider({ name: 'p1', operator: 'op1', transport }, context);
}

function call(method = 'eth_blockNumber', params: readonly unknown[] = ['latest', false]): RpcCall<unknown> {
  return { method, params, parse: (result) => result, budget: new CallBudget('a test', 100) };
}

/** Resolves to the code of each of several calls, one after the other. */
async function codesOf(provider: RpcProvider, calls: readonly RpcCall<unknown>[]): Promise<unknown[]> {
  const codes: unknown[] = [];
  for (const one of calls) {
    codes.push(
      await provider.call(one).then(
        () => 'ok',
        (error: { code: string }) => error.code,
      ),
    );
  }
  return codes;
}

describe('the largest answer that is read', () => {
  it.each([
    ['eth_chainId', [], 0.25],
    ['eth_getBlockByNumber', ['finalized', false], 4.25],
    ['eth_getProof', ['0x', [], '0x1'], 0.25 + 72 / 1_024],
    ['eth_getProof', ['0x', ['0x1', '0x2'], '0x1'], 0.25 + 216 / 1_024],
    ['eth_getBlockByNumber', ['latest', true], 32],
    ['eth_getLogs', [{}], 32],
    ['eth_call', [{}, 'latest'], 32],
  ])('of %s %j has %d MiB', async (method, params, mebibytes) => {
    await open().call(call(method, params));
    expect(seen.at(-1)).toEqual({ method, bytesMax: mebibytes * MIB });
  });

  it('is never larger than configured', async () => {
    await open({ responseBytesMax: 700 }).call(call());
    expect(seen.map(({ bytesMax }) => bytesMax)).toEqual([700, 700]);
  });
});

describe('a provider that spoils its answers again and again', () => {
  it.each<[string, string, string, () => string | Error]>([
    ['long and no JSON-RPC', 'BAD_RESPONSE', 'eth_getBlockByNumber', () => LONG],
    ['dense logs', 'BAD_RESPONSE', 'eth_getLogs', () => DENSE],
    ['a dense receipt', 'BAD_RESPONSE', 'eth_getTransactionReceipt', () => DENSE],
    ['a dense output', 'BAD_RESPONSE', 'eth_call', () => DENSE],
    ['larger than any honest one', 'RESPONSE_TOO_LARGE', 'eth_blockNumber', () => TOO_LARGE],
  ])('is refused for a while: %s', async (_, code, method, spoilt) => {
    const provider = open();
    spoil = spoilt;
    const calls = Array.from({ length: 5 }, () => call(method));
    expect(await codesOf(provider, calls)).toEqual([code, code, code, 'PROVIDER_REFUSED', 'PROVIDER_REFUSED']);
    expect(seen).toHaveLength(4);
    expect(observer.named('provider-refused')).toMatchObject([{ level: 'warn', fields: { provider: 'p1', code } }]);
    clock.advance(DEFAULT_RPC_LIMITS.recheckAfterMs);
    // One spoilt answer after the recheck is enough.
    expect(await codesOf(provider, calls)).toEqual([code, ...Array.from({ length: 4 }, () => 'PROVIDER_REFUSED')]);
    spoil = honest;
    clock.advance(DEFAULT_RPC_LIMITS.recheckAfterMs);
    expect(await codesOf(provider, calls.slice(0, 2))).toEqual(['ok', 'ok']);
  });

  it('is not refused for three within more than two minutes', async () => {
    const provider = open();
    spoil = () => LONG;
    for (let at = 0; at < 5; at++) {
      expect(await codesOf(provider, [call('eth_getBlockByNumber')])).toEqual(['BAD_RESPONSE']);
      clock.advance(2 * DEFAULT_RPC_LIMITS.recheckAfterMs);
    }
    expect(observer.named('provider-refused')).toEqual([]);
  });

  it('stays refused where its identity was being proved meanwhile', async () => {
    const provider = open();
    await provider.call(call());
    let release = (_body: string): void => undefined;
    const held = new Promise<string>((resolve) => (release = resolve));
    spoil = ({ method }) =>
      method === 'eth_getBlockByNumber' ? held : rpcError('UNREACHABLE', 'the connection is lost');
    const spoilt = [1, 2, 3].map(() => codesOf(provider, [call('eth_getBlockByNumber')]));
    expect(await codesOf(provider, [call()])).toEqual(['UNREACHABLE']);
    spoil = honest;
    identify = async (request) => {
      release(LONG);
      await Promise.all(spoilt);
      return honest(request);
    };
    await codesOf(provider, [call()]);
    expect(observer.named('provider-refused')).toHaveLength(1);
    expect(await codesOf(provider, [call()])).toEqual(['PROVIDER_REFUSED']);
    clock.advance(DEFAULT_RPC_LIMITS.recheckAfterMs);
    identify = honest;
    expect(await codesOf(provider, [call()])).toEqual(['ok']);
  });
});

describe('an honest provider is not refused', () => {
  it.each([
    ['logs', 'eth_getLogs', [{}]],
    ['a full block', 'eth_getBlockByNumber', ['latest', true]],
    ['an output', 'eth_call', [{}, 'latest']],
  ])('for %s above the configured limit', async (_, method, params) => {
    spoil = () => TOO_LARGE;
    const calls = Array.from({ length: 5 }, () => call(method, params));
    expect(new Set(await codesOf(open(), calls))).toEqual(new Set(['RESPONSE_TOO_LARGE']));
  });

  it('for blocks above a configured limit that is lower than what a block may have', async () => {
    spoil = () => TOO_LARGE;
    const calls = Array.from({ length: 5 }, () => call('eth_getBlockByNumber', ['finalized', false]));
    expect(new Set(await codesOf(open({ responseBytesMax: MIB }), calls))).toEqual(new Set(['RESPONSE_TOO_LARGE']));
  });

  it.each([
    ['a page of a gateway', 'eth_blockNumber', () => '<html>busy</html>'],
    ['no bytes', 'eth_blockNumber', () => ''],
    ['the first half of an answer', 'eth_blockNumber', (request: SeenRequest) => honest(request).slice(0, 20)],
    ['the answer to another question', 'eth_blockNumber', () => honest({ id: 999, method: '', params: [] })],
    ['the first half of long logs', 'eth_getLogs', () => LONG],
    ['the first half of a full block', 'eth_getBlockByHash', () => LONG],
    ['the first half of an output', 'eth_call', () => LONG],
    ['the first half of the reason of a revert', 'eth_estimateGas', () => LONG],
    ['a page with many marks', 'eth_call', () => `<style>${'a{b:c,d}'.repeat(1_000)}</style>`],
  ])('for %s', async (_, method, spoilt) => {
    spoil = spoilt;
    const calls = Array.from({ length: 5 }, () => call(method, ['latest', true]));
    expect(new Set(await codesOf(open(), calls))).toEqual(new Set(['BAD_RESPONSE']));
  });

  it('for contents that its caller cannot read, or an error', async () => {
    const unread = { ...call(), parse: () => Promise.reject(rpcError('BAD_RESPONSE', 'a field is malformed')) };
    const calls = Array.from({ length: 5 }, () => unread);
    expect(new Set(await codesOf(open(), calls))).toEqual(new Set(['BAD_RESPONSE']));
    spoil = ({ id }) => JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_000, message: 'missing trie node' } });
    expect(new Set(await codesOf(open(), [call(), call(), call(), call()]))).toEqual(new Set(['RPC_ERROR']));
  });

  it.each(['eth_call', 'eth_estimateGas', 'eth_sendRawTransaction'])(
    'for the long reason of a revert in an answer to %s',
    async (method) => {
      const message = `execution reverted: ${'[{:,'.repeat(100_000)}`;
      spoil = ({ id }) => JSON.stringify({ jsonrpc: '2.0', id, error: { code: 3, message, data: '0x08c379a0' } });
      const calls = Array.from({ length: 5 }, () => call(method));
      expect(new Set(await codesOf(open(), calls))).toEqual(new Set(['RPC_ERROR']));
      expect(observer.named('provider-refused')).toEqual([]);
    },
  );
});
