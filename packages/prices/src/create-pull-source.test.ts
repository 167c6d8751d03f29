import { pythFeedAbi } from '@surety/contracts';
import { type BlockHeight, type Hex, address } from '@surety/domain';
import type { LandOutcome, TransactionCall, TransactionSender } from '@surety/workflows';
import { decodeFunctionData, encodeFunctionResult } from 'viem';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PriceReads } from './create-price-board.js';
import { createPullSource } from './create-pull-source.js';

const ADAPTER = address(`0x${'bb'.repeat(20)}`);
const OFFER = { price1e12: 1n, observedAt: 1_010n, updates: ['0x01' as Hex] };
const LANDED = { kind: 'refused', name: 'x', detail: '' } satisfies LandOutcome;

let fee: bigint;
let bytes: Hex | undefined;
let calls: TransactionCall[];

beforeEach(() => {
  fee = 5n;
  bytes = undefined;
  calls = [];
});

const reads: PriceReads = {
  readHead: () => Promise.resolve({ height: 9n as BlockHeight, timestamp: 1_020n }),
  call: ({ calldata }) => {
    const { functionName } = decodeFunctionData({ abi: pythFeedAbi, data: calldata });
    if (bytes !== undefined && functionName !== 'read') return Promise.resolve({ kind: 'answer', bytes });
    if (functionName === 'read') {
      const result: readonly [bigint, number, number] = [7n, 0, 1_009];
      return Promise.resolve({
        kind: 'answer',
        bytes: encodeFunctionResult({ abi: pythFeedAbi, functionName, result }),
      });
    }
    const answer =
      functionName === 'maxAgeS'
        ? encodeFunctionResult({ abi: pythFeedAbi, functionName, result: 60 })
        : encodeFunctionResult({ abi: pythFeedAbi, functionName: 'updateFee', result: fee });
    return Promise.resolve({ kind: 'answer', bytes: answer });
  },
};
const sender: TransactionSender = {
  address: ADAPTER,
  land: (call) => {
    calls.push(call);
    return Promise.resolve(LANDED);
  },
};
const source = createPullSource({
  name: 'ETH of pyth',
  spec: { kind: 'pyth', adapter: ADAPTER, feedId: '0x01' },
  readOffers: () => Promise.resolve([OFFER]),
  reads,
  sender,
  feeMaxWei: 5n,
});

describe('a pull source', () => {
  it('refuses a fee above its limit before anything is sent', async () => {
    fee = 6n;
    await expect(source.bring(OFFER)).rejects.toMatchObject({ code: 'UPDATE_TOO_DEAR', retryable: true });
    expect(calls).toEqual([]);
  });

  it.each(['0x' as Hex, '0x01' as Hex])('refuses an address that answers %s as no adapter', async (answer) => {
    bytes = answer;
    await expect(source.readChain()).rejects.toMatchObject({ code: 'NO_ADAPTER' });
  });

  it('pays the fee that the adapter names, and knows the effect by the adapter’s time', async () => {
    await source.bring(OFFER);
    expect(calls).toMatchObject([{ to: ADAPTER, value: 5n, purpose: 'update-price' }]);
    expect(await calls[0]?.readEffect?.()).toBe(false);
    await source.bring({ ...OFFER, observedAt: 1_009n });
    expect(await calls[1]?.readEffect?.()).toBe(true);
  });

  it('reads price, block time and the adapter’s own age', async () => {
    expect(await source.readChain()).toEqual({
      price: { kind: 'price', price1e12: 7n, observedAt: 1_009n },
      timestamp: 1_020n,
      maxAgeS: 60n,
    });
  });
});
