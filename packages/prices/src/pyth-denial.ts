import type { Address, BlockHeight } from '@surety/domain';
import type { LandOutcome, OfferedPrice } from '@surety/workflows';
import { decodeFunctionResult, encodeFunctionData, parseAbi } from 'viem';
import type { PriceReads } from './create-price-board.js';
import type { PullSourceSpec } from './pull-service.js';
import { scaledPyth } from './pyth-offers.js';

/** @source Pyth's IPyth.sol; `read` of the adapter needs none of it. */
const pythAbi = parseAbi([
  'struct Price { int64 price; uint64 conf; int32 expo; uint256 publishTime; }',
  'struct PriceFeed { bytes32 id; Price price; Price emaPrice; }',
  'function parsePriceFeedUpdates(bytes[] updates, bytes32[] ids, uint64 minTime, uint64 maxTime) payable returns (PriceFeed[] feeds)',
]);

type Denial = Extract<LandOutcome, { kind: 'refused' }>;

/**
 * Has Pyth's contract open an update in a call that costs nothing. Returns why it is not what the service says of it: bytes that
 * nobody signed, a genuine update of another price, or another price or time of ours. Undefined if it is.
 */
export async function pythDenial(
  { pyth, feedId }: Extract<PullSourceSpec, { kind: 'pyth' }>,
  { updates, observedAt, price1e12 }: OfferedPrice,
  at: { readonly reads: PriceReads; readonly height: BlockHeight; readonly from: Address; readonly value: bigint },
  signal?: AbortSignal,
): Promise<Denial | undefined> {
  const named = { abi: pythAbi, functionName: 'parsePriceFeedUpdates' } as const;
  const calldata = encodeFunctionData({ ...named, args: [updates, [feedId], observedAt, observedAt] });
  const answer = await at.reads.call({ to: pyth, calldata, from: at.from, value: at.value }, at.height, signal);
  if (answer.kind === 'reverted') return { kind: 'refused', ...answer.revert };
  const signed = signedPrice(answer.bytes);
  if (signed === price1e12) return undefined;
  const detail = `the service says ${price1e12} of ${observedAt}; signed is ${signed ?? 'no price above zero'}`;
  return { kind: 'refused', name: 'OTHER_THAN_SIGNED', detail };
}

function signedPrice(data: `0x${string}`): bigint | undefined {
  try {
    const [feed] = decodeFunctionResult({ abi: pythAbi, functionName: 'parsePriceFeedUpdates', data });
    const { price = 0n, expo = 0 } = feed?.price ?? {};
    // Beyond these bounds the adapter refuses, and a power would be too large to write down.
    return price > 0n && expo >= -20 && expo <= 12 ? scaledPyth(price, expo) : undefined;
  } catch {
    // Bytes that are no prices say of this update what a revert says.
    return undefined;
  }
}
