import { pythFeedAbi } from '@surety/contracts';
import { type BlockHeight, type Hex, address } from '@surety/domain';
import type { LandOutcome, TransactionCall, TransactionSender } from '@surety/workflows';
import { decodeFunctionData, encodeFunctionResult, parseAbi } from 'viem';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PriceReads } from './create-price-board.js';
import { createPullSource } from './create-pull-source.js';

const ADAPTER = address(`0x${'bb'.repeat(20)}`);
const SENDER = address(`0x${'5e'.repeat(20)}`);
const PYTH = address(`0x${'cc'.repeat(20)}`);
const FEED_ID: Hex = `0x${'ff'.repeat(32)}`;
const OFFER = { price1e12: 2_000n * 10n ** 12n, observedAt: 1_010n, service: 'service 1', updates: ['0x01' as Hex] };
/** @source Pyth's IPyth.sol */
const pythAbi = parseAbi([
  'struct Price { int64 price; uint64 conf; int32 expo; uint256 publishTime; }',
  'struct PriceFeed { bytes32 id; Price price; Price emaPrice; }',
  'function parsePriceFeedUpdates(bytes[] updateData, bytes32[] priceIds, uint64 minPublishTime, uint64 maxPublishTime) payable returns (PriceFeed[] priceFeeds)',
]);
const LANDED = { kind: 'refused', name: 'x', detail: '' } satisfies LandOutcome;

/** The feed, the price and the time that the update signs. Undefined: `updateFee` reverts. */
interface Signed {
  readonly id: Hex;
  readonly price: bigint;
  readonly time: bigint;
}
const SIGNED: Signed = { id: FEED_ID, price: 200_000_000_000n, time: 1_010n };

let signed: Signed | undefined;
let fee: bigint;
let bytes: Hex | undefined;
let calls: TransactionCall[];

beforeEach(() => {
  signed = SIGNED;
  fee = 5n;
  bytes = undefined;
  calls = [];
});

const reverted = (name: string) => ({ kind: 'reverted', revert: { name, detail: `${name}()` } }) as const;

/** Pyth's contract: opens the update in exchange for its fee, and takes only the feed and the times that it is asked for. */
function parse(calldata: Hex, value: bigint): Awaited<ReturnType<PriceReads['call']>> {
  const [, [id], min, max] = decodeFunctionData({ abi: pythAbi, data: calldata }).args;
  if (value < fee) return reverted('InsufficientFee');
  if (signed === undefined || signed.id !== id || signed.time < min || signed.time > max)
    return reverted('PriceFeedNotFoundWithinRange');
  const price = { price: signed.price, conf: 1n, expo: -8, publishTime: signed.time };
  const result = [{ id, price, emaPrice: price }];
  const answer = encodeFunctionResult({ abi: pythAbi, functionName: 'parsePriceFeedUpdates', result });
  return { kind: 'answer', bytes: answer };
}

const reads: PriceReads = {
  readHead: () => Promise.resolve({ height: 9n as BlockHeight, timestamp: 1_020n }),
  call: ({ to, calldata, from, value }) => {
    if (to === PYTH) return Promise.resolve(parse(calldata, from === SENDER ? (value ?? 0n) : 0n));
    const { functionName } = decodeFunctionData({ abi: pythFeedAbi, data: calldata });
    if (bytes !== undefined && functionName !== 'read') return Promise.resolve({ kind: 'answer', bytes });
    if (functionName === 'read') {
      const result: readonly [bigint, number, number] = [7n, 0, 1_009];
      return Promise.resolve({
        kind: 'answer',
        bytes: encodeFunctionResult({ abi: pythFeedAbi, functionName, result }),
      });
    }
    if (functionName === 'updateFee' && signed === undefined) return Promise.resolve(reverted('InvalidUpdateData'));
    const answer =
      functionName === 'maxAgeS'
        ? encodeFunctionResult({ abi: pythFeedAbi, functionName, result: 60 })
        : encodeFunctionResult({ abi: pythFeedAbi, functionName: 'updateFee', result: fee });
    return Promise.resolve({ kind: 'answer', bytes: answer });
  },
};
const sender: TransactionSender = {
  address: SENDER,
  land: (call) => {
    calls.push(call);
    return Promise.resolve(LANDED);
  },
};
const source = createPullSource({
  name: 'ETH of pyth',
  spec: { kind: 'pyth', adapter: ADAPTER, pyth: PYTH, feedId: FEED_ID },
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

  it.each<[string, Signed | undefined, string]>([
    ['a genuine update of another price', { ...SIGNED, id: `0x${'ee'.repeat(32)}` }, 'PriceFeedNotFoundWithinRange'],
    ['our price at another time', { ...SIGNED, time: 1_009n }, 'PriceFeedNotFoundWithinRange'],
    ['another price of ours', { ...SIGNED, price: 100_000_000_000n }, 'OTHER_THAN_SIGNED'],
    ['no price above zero', { ...SIGNED, price: -1n }, 'OTHER_THAN_SIGNED'],
    ['bytes whose fee nobody can tell', undefined, 'InvalidUpdateData'],
  ])('sends nothing for %s, whatever its service says of it', async (_name, update, name) => {
    signed = update;
    expect(await source.bring(OFFER)).toMatchObject({ kind: 'refused', name });
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
    signed = { ...SIGNED, time: 1_009n };
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
