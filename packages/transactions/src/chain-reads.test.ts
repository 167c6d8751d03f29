import { collateralLedgerAbi } from '@surety/contracts';
import { type Hex, address } from '@surety/domain';
import { expect, test } from 'vitest';
import { createChainReads, decodeAnswer } from './chain-reads.js';
import type { Rpc } from './rpc.js';

const CONTRACT = address(`0x${'a1'.repeat(20)}`);
const TOPIC: Hex = `0x${'70'.repeat(32)}`;
const TX_HASH: Hex = `0x${'22'.repeat(32)}`;
const log = { address: CONTRACT, topics: [TOPIC], data: '0x01', transactionHash: TX_HASH, blockNumber: '0x10' };

function readsOf(answer: unknown) {
  const asked: unknown[] = [];
  const rpc: Rpc = {
    chainId: 1,
    call: async (method, params) => (asked.push(method, ...params), answer),
    broadcast: async () => ({ kind: 'accepted' }),
    rotate: () => undefined,
  };
  const of = { contract: CONTRACT, topic: TOPIC, from: 2n, to: 17n };
  return { asked, read: () => createChainReads(rpc, []).readEvents(of) };
}

test('events are read by contract and first topic, with their block, transaction and index', async () => {
  const { asked, read } = readsOf([log]);
  expect(await read()).toEqual([{ address: CONTRACT, topics: [TOPIC], data: '0x01', txHash: TX_HASH, height: 16n }]);
  expect(asked).toEqual(['eth_getLogs', { address: CONTRACT, topics: [TOPIC], fromBlock: '0x2', toBlock: '0x11' }]);
});

test.each([
  ['no list', null],
  ['another contract’s', [{ ...log, address: address(`0x${'b2'.repeat(20)}`) }]],
  ['another event', [{ ...log, topics: [TX_HASH] }]],
  ['without a transaction', [{ ...log, transactionHash: null }]],
  ['without a block', [{ ...log, blockNumber: null }]],
  ['of an earlier block', [{ ...log, blockNumber: '0x1' }]],
  ['of a later block', [log, { ...log, blockNumber: '0x12' }]],
])('an answer that is %s is rejected', async (_name, answer) => {
  await expect(readsOf(answer).read()).rejects.toMatchObject({ code: 'RPC_BAD_ANSWER' });
});

test('a block’s time is read by height, and a missing block is rejected', async () => {
  const block = { number: '0x10', timestamp: '0x65' };
  const asked: unknown[] = [];
  const rpcOf = (answer: unknown): Rpc => ({
    chainId: 1,
    call: async (method, params) => (asked.push(method, ...params), answer),
    broadcast: async () => ({ kind: 'accepted' }),
    rotate: () => undefined,
  });
  expect(await createChainReads(rpcOf(block), []).readTime(16n)).toBe(101n);
  expect(asked).toEqual(['eth_getBlockByNumber', '0x10', false]);
  await expect(createChainReads(rpcOf(null), []).readTime(17n)).rejects.toMatchObject({ code: 'RPC_BAD_ANSWER' });
});

test('a height above 64 bits is rejected, as is an answer of a view that is cut short', async () => {
  const rpc: Rpc = {
    chainId: 1,
    call: async () => ({ number: `0x1${'00'.repeat(8)}`, timestamp: '0x65' }),
    broadcast: async () => ({ kind: 'accepted' }),
    rotate: () => undefined,
  };
  await expect(createChainReads(rpc, []).readHead('latest')).rejects.toMatchObject({ code: 'RPC_BAD_ANSWER' });
  const answered = (data: Hex) => () => decodeAnswer({ abi: collateralLedgerAbi, functionName: 'auction', data });
  expect(answered('0x01')).toThrow('a provider gave "0x01" as auction; expected a value of JSON-RPC');
  expect(answered(`0x${'00'.repeat(12)}${'a1'.repeat(20)}`)()).toMatch(/^0xa1/iu);
});
