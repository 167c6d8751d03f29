import type { Address } from '@surety/domain';
import type { MarketPlace } from './find-market.js';

/** One booked loss, and the part of it that a holder may collect now. */
export interface CollectableLoss {
  /** Number of the loss at the market, from 1. */
  readonly loss: bigint;
  readonly units: bigint;
}

/** Losses that are read at a time. */
const AT_A_TIME = 50;

/** Lists the losses of which something was paid that a holder bore and has not collected, at one block, the oldest first. */
export async function readCollectable(
  { reader, market }: Pick<MarketPlace, 'reader' | 'market'>,
  holder: Address,
  blockNumber: bigint,
): Promise<CollectableLoss[]> {
  const at = { ...market, blockNumber } as const;
  const count = await reader.readContract({ ...at, functionName: 'lossCount' });
  const found: CollectableLoss[] = [];
  for (let first = 1n; first <= count; first += BigInt(AT_A_TIME)) {
    const size = Number(count - first + 1n);
    const losses = Array.from({ length: size < AT_A_TIME ? size : AT_A_TIME }, (_, index) => first + BigInt(index));
    const units = await Promise.all(
      losses.map((loss) => reader.readContract({ ...at, functionName: 'collectableOf', args: [holder, loss] })),
    );
    found.push(...losses.map((loss, index) => ({ loss, units: units[index] ?? 0n })).filter((one) => one.units > 0n));
  }
  return found;
}
