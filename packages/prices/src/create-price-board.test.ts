import { feedAdapterAbi, riskManagerAbi } from '@surety/contracts';
import { type Address, type BlockHeight, type Hex, address } from '@surety/domain';
import { decodeFunctionData, encodeFunctionResult } from 'viem';
import { beforeEach, describe, expect, it } from 'vitest';
import { type PriceReads, createPriceBoard } from './create-price-board.js';

type Answer = Awaited<ReturnType<PriceReads['call']>>;

const RISK_MANAGER = address(`0x${'aa'.repeat(20)}`);
const FEED = address(`0x${'bb'.repeat(20)}`);
const NO_FEED = address(`0x${'00'.repeat(20)}`);

let feeds: Map<number, Address>;
let read: Answer;
let heights: Set<BlockHeight>;
let hasCode: boolean;

beforeEach(() => {
  feeds = new Map([[1, FEED]]);
  const result: readonly [bigint, number, number] = [2_000_000_000_000n, 0, 1_010];
  read = { kind: 'answer', bytes: encodeFunctionResult({ abi: feedAdapterAbi, functionName: 'read', result }) };
  heights = new Set();
  hasCode = true;
});

const reads: PriceReads = {
  readHead: () => Promise.resolve({ height: 9n as BlockHeight, timestamp: 1_020n }),
  call: (request, at) => {
    heights.add(at);
    return Promise.resolve(request.to === FEED ? read : viewOf(request.calldata));
  },
};

function viewOf(calldata: Hex): Answer {
  if (!hasCode) return { kind: 'answer', bytes: '0x' };
  const { functionName, args } = decodeFunctionData({ abi: riskManagerAbi, data: calldata });
  const slot = Number(args?.[0]);
  if (functionName === 'feedOf') {
    const result = feeds.get(slot) ?? NO_FEED;
    return { kind: 'answer', bytes: encodeFunctionResult({ abi: riskManagerAbi, functionName, result }) };
  }
  const result = { price: 1_990_000_000_000n, ema: 1n, confPpm: 700, maxAgeS: 3_600, observedAt: 1_000, failing: true };
  return { kind: 'answer', bytes: encodeFunctionResult({ abi: riskManagerAbi, functionName: 'priceOf', result }) };
}

const board = createPriceBoard({ reads, riskManager: RISK_MANAGER });

describe('a price board', () => {
  it('refuses an address without a risk manager', async () => {
    hasCode = false;
    await expect(board.readPrices([1])).rejects.toMatchObject({ code: 'NO_RISK_MANAGER', retryable: true });
  });

  it('reads a failing, a missing and a babbling feed as failing, and keeps the cached price beside it', async () => {
    read = { kind: 'reverted', revert: { name: 'PriceStale', detail: 'PriceStale(1, 2)' } };
    const [reverting, missing] = await board.readPrices([1, 2]);
    expect(reverting?.feed).toEqual({ kind: 'failing', name: 'PriceStale' });
    expect(missing?.feed).toEqual({ kind: 'failing', name: 'NO_FEED' });
    expect(reverting?.cached.price1e12).toBe(1_990_000_000_000n);
    read = { kind: 'answer', bytes: '0x1234' };
    expect((await board.readPrices([1]))[0]?.feed).toEqual({ kind: 'failing', name: 'BAD_FORM' });
  });

  it('reads the cached price and its feed at one block', async () => {
    expect(await board.readPrices([1])).toEqual([
      {
        slot: 1,
        cached: { price1e12: 1_990_000_000_000n, confPpm: 700, observedAt: 1_000n, maxAgeS: 3_600n, failing: true },
        feed: { kind: 'price', price1e12: 2_000_000_000_000n, observedAt: 1_010n },
        timestamp: 1_020n,
      },
    ]);
    expect([...heights]).toEqual([9n]);
  });
});
