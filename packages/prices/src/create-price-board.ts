import { feedAdapterAbi, riskManagerAbi } from '@surety/contracts';
import type { Address, BlockHeight, Hex } from '@surety/domain';
import { type FeedPrice, NO_FEED, type PriceBoard, type PriceReading } from '@surety/workflows';
import { decodeFunctionResult, encodeFunctionData } from 'viem';
import { priceError } from './errors.js';

/** Calls to the settlement chain at one block, supplied by the owner of the providers. */
export interface PriceReads {
  readHead(tag: 'latest', signal?: AbortSignal): Promise<{ readonly height: BlockHeight; readonly timestamp: bigint }>;
  call(
    request: { readonly to: Address; readonly calldata: Hex; readonly from?: Address; readonly value?: bigint },
    at: BlockHeight,
    signal?: AbortSignal,
  ): Promise<
    | { readonly kind: 'answer'; readonly bytes: Hex }
    | { readonly kind: 'reverted'; readonly revert: { readonly name: string; readonly detail: string } }
  >;
}

/**
 * Reads the price slots of a risk manager and their feeds, all at one block. A feed that reverts, is missing or answers too
 * little gives a reading with its reason; the other slots are not affected.
 */
export function createPriceBoard(options: { readonly reads: PriceReads; readonly riskManager: Address }): PriceBoard {
  const { reads, riskManager } = options;
  return {
    async readPrices(slots, signal) {
      const head = await reads.readHead('latest', signal);
      const at: Place = { reads, riskManager, height: head.height, signal };
      return Promise.all(slots.map((slot) => readSlot(at, slot, head.timestamp)));
    },
  };
}

interface Place {
  readonly reads: PriceReads;
  readonly riskManager: Address;
  readonly height: BlockHeight;
  readonly signal: AbortSignal | undefined;
}

async function readSlot(at: Place, slot: number, timestamp: bigint): Promise<PriceReading> {
  const [cached, feedBytes] = await Promise.all([readCountedPrice(at, slot), readView(at, 'feedOf', slot)]);
  const feed = decodeFunctionResult({ abi: riskManagerAbi, functionName: 'feedOf', data: feedBytes });
  return {
    slot,
    cached: {
      price1e12: cached.price,
      confPpm: cached.confPpm,
      observedAt: BigInt(cached.observedAt),
      maxAgeS: BigInt(cached.maxAgeS),
      failing: cached.failing,
    },
    feed: await askFeed(at, feed.toLowerCase() as Address),
    timestamp,
  };
}

/** Reads the price of a slot that counts at one block. */
export async function readCountedPrice(at: Place, slot: number) {
  const data = await readView(at, 'priceOf', slot);
  return decodeFunctionResult({ abi: riskManagerAbi, functionName: 'priceOf', data });
}

async function readView(at: Place, functionName: 'priceOf' | 'feedOf', slot: number): Promise<Hex> {
  const calldata = encodeFunctionData({ abi: riskManagerAbi, functionName, args: [slot] });
  const answer = await at.reads.call({ to: at.riskManager, calldata }, at.height, at.signal);
  if (answer.kind === 'answer' && answer.bytes !== '0x') return answer.bytes;
  const seen = answer.kind === 'answer' ? 'no code' : answer.revert.detail;
  throw priceError(
    'NO_RISK_MANAGER',
    `${functionName}(${slot}) of ${at.riskManager} gave ${seen}; expected a risk manager; check settlement.riskManager in chains.config.json`,
    { slot },
  );
}

/** Reads what a feed answers at one block; its failure is an answer. */
export async function askFeed(at: Omit<Place, 'riskManager'>, feed: Address): Promise<FeedPrice> {
  if (BigInt(feed) === 0n) return { kind: 'failing', name: NO_FEED };
  const calldata = encodeFunctionData({ abi: feedAdapterAbi, functionName: 'read' });
  const answer = await at.reads.call({ to: feed, calldata }, at.height, at.signal);
  if (answer.kind === 'reverted') return { kind: 'failing', name: answer.revert.name };
  try {
    const [price1e12, , observedAt] = decodeFunctionResult({
      abi: feedAdapterAbi,
      functionName: 'read',
      data: answer.bytes,
    });
    return { kind: 'price', price1e12, observedAt: BigInt(observedAt) };
  } catch {
    // Bytes that are no price say so in the reading; the slot keeps its cached price.
    return { kind: 'failing', name: 'BAD_FORM' };
  }
}
