import type { PublicClient } from 'viem';

/**
 * Returns the height of the first block at or after a time in seconds; null if the newest block is earlier. Takes about
 * 30 reads.
 */
export async function findBlock(reader: Pick<PublicClient, 'getBlock'>, timeS: number): Promise<bigint | null> {
  const wanted = BigInt(timeS);
  const newest = await reader.getBlock();
  if (newest.timestamp < wanted) return null;
  let [low, high] = [0n, newest.number];
  while (low < high) {
    const middle = (low + high) >> 1n;
    const { timestamp } = await reader.getBlock({ blockNumber: middle });
    if (timestamp < wanted) low = middle + 1n;
    else high = middle;
  }
  return high;
}
